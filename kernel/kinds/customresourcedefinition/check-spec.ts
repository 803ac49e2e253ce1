import type { FieldError } from '../../meta/errors.ts';
import { isConditionTrue, type Condition } from '../../meta/conditions.ts';
import { checkDnsSubdomain, checkServiceName } from '../../meta/names.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../schema/standard/types.ts';
import { checkConversion } from './check-conversion.ts';
import { checkSharedParts, checkVersions } from './check-versions.ts';
import { establishedType } from './plan.ts';

/** Everything wrong with the spec by itself, and with a new name that does not go with it. */
export function checkSpec(
  { metadata, spec }: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  const { group, names, scope, versions } = spec;
  const errors: FieldError[] = [];
  // A change of either name is refused as such.
  if (old === undefined && metadata.name !== `${names.plural}.${group}`) {
    const detail = 'must be spec.names.plural+"."+spec.group';
    errors.push({ type: 'Invalid', path: 'metadata.name', value: metadata.name, detail });
  }
  errors.push(...checkGroup(group));
  if (scope === '') errors.push({ type: 'Required', path: 'spec.scope', detail: '' });
  else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    const detail = 'supported values: "Cluster", "Namespaced"';
    errors.push({ type: 'NotSupported', path: 'spec.scope', value: scope, detail });
  }
  errors.push(...checkVersions(versions), ...requireNames(names), ...checkNames(names, 'spec.names'));
  errors.push(...checkSharedParts(versions ?? []), ...checkConversion(spec.conversion));
  return errors;
}

function checkGroup(group: string): readonly FieldError[] {
  const path = 'spec.group';
  if (group === '') return [{ type: 'Required', path, detail: '' }];
  const problems = checkDnsSubdomain(group);
  if (problems.length > 0) return [{ type: 'Invalid', path, value: group, detail: problems.join(',') }];
  if (group.includes('.')) return [];
  return [{ type: 'Invalid', path, value: group, detail: 'should be a domain with at least one dot' }];
}

/** Pruning cannot be switched off any more. What was once may stay. */
export function checkPruning({ spec }: CustomResourceDefinition, old: CustomResourceDefinition | undefined) {
  if (spec.preserveUnknownFields !== true || old?.spec.preserveUnknownFields === true) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [{ type: 'Invalid', path: 'spec.preserveUnknownFields', value: true, detail } as const];
}

const requiredNames = ['plural', 'singular', 'kind', 'listKind'] as const;

function requireNames(names: CustomResourceDefinitionNames): readonly FieldError[] {
  return requiredNames.flatMap((field) =>
    (names[field] ?? '') === '' ? [{ type: 'Required', path: `spec.names.${field}`, detail: '' }] : [],
  );
}

/** Names that are given, in the spec or the status. */
export function checkNames(names: CustomResourceDefinitionNames | undefined, outer: string): readonly FieldError[] {
  if (names === undefined) return [];
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  const errors: FieldError[] = [];
  const check = (field: string, value: string, text = value, prefix = '') => {
    const problems = value === '' ? [] : checkServiceName(text);
    if (problems.length === 0) return;
    errors.push({ type: 'Invalid', path: `${outer}.${field}`, value, detail: prefix + problems.join(',') });
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  check('plural', plural);
  check('singular', singular);
  check('kind', kind, kind.toLowerCase(), mixed);
  check('listKind', listKind, listKind.toLowerCase(), mixed);
  shortNames.forEach((name, index) => check(`shortNames[${index}]`, name));
  categories.forEach((name, index) => check(`categories[${index}]`, name));
  if (kind !== '' && kind === listKind) {
    const detail = 'kind and listKind may not be the same';
    errors.push({ type: 'Invalid', path: `${outer}.listKind`, value: listKind, detail });
  }
  return errors;
}

/** What may not change: the names under which objects are stored, and once objects can be there, what they are. */
export function checkChange(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  if (old === undefined) return [];
  const errors: FieldError[] = [];
  const keep = (path: string, value: string, before: string) => {
    if (value !== before) errors.push({ type: 'Invalid', path, value, detail: 'field is immutable' });
  };
  if (isConditionTrue(old.status?.conditions as readonly Condition[] | undefined, establishedType)) {
    keep('spec.scope', crd.spec.scope, old.spec.scope);
    keep('spec.names.kind', crd.spec.names.kind, old.spec.names.kind);
  }
  keep('spec.group', crd.spec.group, old.spec.group);
  keep('spec.names.plural', crd.spec.names.plural, old.spec.names.plural);
  return errors;
}

/** Objects may be stored in any of these versions, so they all must be there. */
export function checkStoredVersions({ spec, status }: CustomResourceDefinition): readonly FieldError[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0)
    return [{ type: 'Invalid', path, value: null, detail: 'must have at least one stored version' }];
  const versions = new Set((spec.versions ?? []).map(({ name }) => name));
  return stored.flatMap((name, index) => {
    if (versions.has(name)) return [];
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return [{ type: 'Invalid', path: `${path}[${index}]`, value: name, detail } as const];
  });
}
