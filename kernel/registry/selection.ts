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
import type { KindDefinition } from '../schema/kind.ts';

/**
 * What the selectors of a list or watch pick.
 * @throws {ApiError} `BadRequest` for a malformed selector or a field that cannot be selected.
 */
export function makeSelection(
  target: ResourceTarget,
  selectors: { readonly labelSelector?: string; readonly fieldSelector?: string },
): Selection {
  const labels = parseLabelSelector(selectors.labelSelector ?? '');
  const fields = parseFieldSelector(selectors.fieldSelector ?? '');
  const { selectableFields = [] } = target.definition;
  for (const { field } of fields) checkField(target.definition, field);
  const name = target.name === '' ? exactValue(fields, 'metadata.name') : target.name;
  const indexed = fields.find(({ field, operator }) => operator === '=' && !field.startsWith('metadata.'));
  const exactLabel = labels.find(({ operator }) => operator === '=' || operator === '==');
  return {
    namespace: target.namespace === '' ? (exactValue(fields, 'metadata.namespace') ?? '') : target.namespace,
    ...(name === undefined ? {} : { name }),
    ...(indexed === undefined ? {} : { field: { index: indexOf(selectableFields, indexed), value: indexed.value } }),
    ...(exactLabel === undefined ? {} : { label: { key: exactLabel.key, value: exactLabel.values[0] ?? '' } }),
    ...(labels.length + fields.length === 0 ? {} : { matches: compile(labels, fields, selectableFields) }),
  };
}

function checkField(definition: KindDefinition, field: string): void {
  if (field === 'metadata.name' || field === 'metadata.namespace') return;
  if (definition.selectableFields?.some(({ label }) => label === field) === true) return;
  throw new ApiError('BadRequest', `field label not supported: ${field}`);
}

function exactValue(fields: FieldSelector, field: string): string | undefined {
  return fields.find((term) => term.field === field && term.operator === '=')?.value;
}

function indexOf(selectable: NonNullable<KindDefinition['selectableFields']>, term: FieldRequirement): number {
  return selectable.findIndex(({ label }) => label === term.field);
}

function compile(
  labels: LabelSelector,
  fields: FieldSelector,
  selectable: NonNullable<KindDefinition['selectableFields']>,
): (object: CachedObject) => boolean {
  const matchesLabels = compileLabelSelector(labels);
  const terms = fields.map((term) => ({ ...term, index: indexOf(selectable, term) }));
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
