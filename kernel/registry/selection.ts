import type { CachedObject } from '../cache/cached-object.ts';
import type { Selection } from '../cache/selection.ts';
import { ApiError } from '../meta/errors.ts';
import {
  compileLabelSelector,
  type FieldRequirement,
  type FieldSelector,
  type LabelSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '../meta/selectors.ts';
import type { ResourceTarget } from '../ports/resources.ts';
import { findVersion, type KindDefinition } from '../schema/kind.ts';

/**
 * What the selectors of a list or watch pick.
 * @param leavesFields fields of the kind are checked and left to somebody else (`late-selection.ts`).
 * @throws {ApiError} `BadRequest` for a malformed selector or a field that cannot be selected.
 */
export function makeSelection(
  target: ResourceTarget,
  selectors: { readonly labelSelector?: string; readonly fieldSelector?: string },
  leavesFields = false,
): Selection {
  const labels = parseLabelSelector(selectors.labelSelector ?? '');
  const allFields = parseFieldSelector(selectors.fieldSelector ?? '');
  for (const { field } of allFields) checkField(target, field);
  const fields = leavesFields ? allFields.filter(({ field }) => field.startsWith('metadata.')) : allFields;
  const indexOf = fieldIndex(target.definition);
  const name = target.name === '' ? exactValue(fields, 'metadata.name') : target.name;
  const indexed = fields.find(({ field, operator }) => operator === '=' && !field.startsWith('metadata.'));
  const exactLabel = labels.find(({ operator }) => operator === '=' || operator === '==');
  return {
    namespace: target.namespace === '' ? (exactValue(fields, 'metadata.namespace') ?? '') : target.namespace,
    ...(name === undefined ? {} : { name }),
    ...(indexed === undefined ? {} : { field: { index: indexOf(indexed), value: indexed.value } }),
    ...(exactLabel === undefined ? {} : { label: { key: exactLabel.key, value: exactLabel.values[0] ?? '' } }),
    ...(labels.length + fields.length === 0 ? {} : { matches: compile(labels, fields, indexOf) }),
  };
}

function checkField({ definition, version }: ResourceTarget, field: string): void {
  if (field === 'metadata.name' || field === 'metadata.namespace') return;
  const { selectableLabels } = findVersion(definition, version) ?? {};
  const labels = selectableLabels ?? definition.selectableFields?.map(({ label }) => label) ?? [];
  if (labels.includes(field)) return;
  // Kubernetes: types without a conversion of their own for field labels say it another way.
  const isPlain = definition.strategicMerge === true && labels.length === 0;
  const known = 'only "metadata.name", "metadata.namespace"';
  const why = isPlain ? `${JSON.stringify(field)} is not a known field selector: ${known}` : undefined;
  throw new ApiError('BadRequest', why ?? `field label not supported: ${field}`);
}

function exactValue(fields: FieldSelector, field: string): string | undefined {
  return fields.find((term) => term.field === field && term.operator === '=')?.value;
}

/** Where the index row of an object has the value of a field: in the order of the kind that is stored. */
function fieldIndex({ selectableFields = [], storedAs }: KindDefinition): (term: FieldRequirement) => number {
  const stored = storedAs?.selectableFields ?? selectableFields;
  return ({ field }) => {
    const own = selectableFields.find(({ label }) => label === field);
    return stored.findIndex(({ label }) => label === (own?.storedLabel ?? field));
  };
}

function compile(
  labels: LabelSelector,
  fields: FieldSelector,
  indexOf: (term: FieldRequirement) => number,
): (object: CachedObject) => boolean {
  const matchesLabels = compileLabelSelector(labels);
  const terms = fields.map((term) => ({ ...term, index: indexOf(term) }));
  return ({ row }) => {
    if (!matchesLabels(row.labels)) return false;
    for (const { field, operator, value, index } of terms) {
      const actual =
        field === 'metadata.name' ? row.name : field === 'metadata.namespace' ? row.namespace : row.fields[index];
      if ((actual === value) !== (operator === '=')) return false;
    }
    return true;
  };
}
