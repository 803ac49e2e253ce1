import type { FieldError } from '../../meta/errors.ts';
import { addFinalizer } from '../../meta/finalizers.ts';
import { isConditionTrue, setCondition, type Condition } from '../../meta/conditions.ts';
import { checkDnsSubdomain, checkServiceName } from '../../meta/names.ts';
import { isJsonObject } from '../../meta/object.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../schema/standard/types.ts';
import { checkConversion } from './check-conversion.ts';
import { checkRuleForms, checkRules } from './check-rules.ts';
import { checkVersions } from './check-versions.ts';

/** Finalizer that keeps a definition until its objects are gone (apiextensions `CustomResourceCleanupFinalizer`). */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
/** Condition of a definition that is being deleted. */
export const terminatingType = 'Terminating';
/** Condition of a definition whose kind is served. */
export const establishedType = 'Established';

/** Rules of CustomResourceDefinitions (apiextensions-apiserver `apis/apiextensions/validation`, `registry/strategy`). */
export const admitCustomResourceDefinition: KindAdmission<CustomResourceDefinition> = {
  mutate(draft, _old, { nowMs, subresource }) {
    const { names, versions } = asObject(draft['spec']);
    if (isJsonObject(names)) fillNames(names);
    const metadata = asObject(draft['metadata']);
    const status = asObject(draft['status']);
    // A write of the status may take versions away, once nothing is stored in them any more.
    if (subresource !== 'status') draft['status'] = { ...status, storedVersions: storedVersionsOf(versions, status) };
    if (metadata['deletionTimestamp'] !== undefined) markTerminating(draft, nowMs);
  },
  validate(crd, old, { subresource }) {
    if (subresource === 'status') return checkNames(crd.status?.acceptedNames, 'status.acceptedNames');
    const { names } = crd.spec;
    const errors = [...checkSpec(crd, old === undefined), ...requireNames(names), ...checkNames(names, 'spec.names')];
    errors.push(...checkChange(crd, old), ...checkRuleForms(crd));
    // Expressions are compiled against the schema, which must be fine for it.
    return errors.length > 0 ? errors : checkRules(crd, old);
  },
};

function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}

/** Versions in which objects may be stored: that of today and those of before. */
function storedVersionsOf(
  versions: unknown,
  { storedVersions }: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  const stored = Array.isArray(storedVersions) ? (storedVersions as readonly unknown[]) : [];
  const storage = (Array.isArray(versions) ? versions : [])
    .map(asObject)
    .find((version) => version['storage'] === true);
  return storage === undefined || stored.includes(storage['name']) ? stored : [...stored, storage['name']];
}

function fillNames(names: Record<string, unknown>): void {
  const { kind } = names;
  if (typeof kind !== 'string' || kind === '') return;
  names['singular'] ??= kind.toLowerCase();
  names['listKind'] ??= `${kind}List`;
}

/** The first deletion only begins it: the controller deletes the objects of the kind, then lets the definition go. */
function markTerminating(draft: Record<string, unknown>, nowMs: number): void {
  const status = asObject(draft['status']);
  const before = status['conditions'] as readonly Condition[] | undefined;
  if (before?.some(({ type }) => type === terminatingType) === true) return;
  addFinalizer(draft, cleanupFinalizer);
  const message = 'CustomResourceDefinition marked for deletion';
  const condition = { type: terminatingType, status: 'True', reason: 'InstanceDeletionPending', message } as const;
  draft['status'] = { ...status, conditions: setCondition(before, condition, nowMs) };
}

function checkSpec({ metadata, spec }: CustomResourceDefinition, isNew: boolean): readonly FieldError[] {
  const { group, names, scope, versions } = spec;
  const errors: FieldError[] = [];
  // A change of either name is refused as such.
  if (isNew && metadata.name !== `${names.plural}.${group}`) {
    const detail = 'must be spec.names.plural+"."+spec.group';
    errors.push({ type: 'Invalid', path: 'metadata.name', value: metadata.name, detail });
  }
  errors.push(...checkGroup(group));
  if (isProtected(group)) errors.push(...checkApproval(metadata.annotations ?? {}));
  if (scope === '') errors.push({ type: 'Required', path: 'spec.scope', detail: '' });
  else if (scope !== 'Cluster' && scope !== 'Namespaced') {
    const detail = 'supported values: "Cluster", "Namespaced"';
    errors.push({ type: 'NotSupported', path: 'spec.scope', value: scope, detail });
  }
  errors.push(...checkVersions(versions));
  const versionNames = versions.map(({ name }) => name);
  const problems = [
    ...(new Set(versionNames).size < versionNames.length ? ['must contain unique version names'] : []),
    ...(versions.filter(({ storage }) => storage).length === 1
      ? []
      : ['must have exactly one version marked as storage version']),
  ];
  for (const detail of problems) errors.push({ type: 'Invalid', path: 'spec.versions', value: versionNames, detail });
  return [...errors, ...checkConversion(spec)];
}

function checkGroup(group: string): readonly FieldError[] {
  const path = 'spec.group';
  if (group === '') return [{ type: 'Required', path, detail: '' }];
  const problems = checkDnsSubdomain(group);
  if (problems.length > 0) return [{ type: 'Invalid', path, value: group, detail: problems.join(',') }];
  if (group.includes('.')) return [];
  return [{ type: 'Invalid', path, value: group, detail: 'should be a domain with at least one dot' }];
}

const approvalAnnotation = 'api-approved.kubernetes.io';

/** Groups of the Kubernetes community itself (apihelpers `IsProtectedCommunityGroup`). */
function isProtected(group: string): boolean {
  return /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);
}

function checkApproval(annotations: Readonly<Record<string, string>>): readonly FieldError[] {
  const path = `metadata.annotations[${approvalAnnotation}]`;
  const value = annotations[approvalAnnotation];
  const where = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (value === undefined || value === '') {
    const detail = `protected groups must have approval annotation "${approvalAnnotation}", ${where}`;
    return [{ type: 'Required', path, detail }];
  }
  if (value.startsWith('unapproved') || URL.canParse(value)) return [];
  const detail = `protected groups must have approval annotation "${approvalAnnotation}" with either a URL or a reason starting with "unapproved", ${where}`;
  return [{ type: 'Invalid', path, value, detail }];
}

const requiredNames = ['plural', 'singular', 'kind', 'listKind'] as const;

function requireNames(names: CustomResourceDefinitionNames): readonly FieldError[] {
  return requiredNames.flatMap((field) =>
    (names[field] ?? '') === '' ? [{ type: 'Required', path: `spec.names.${field}`, detail: '' }] : [],
  );
}

/** Names that are given, in the spec or the status. */
function checkNames(names: CustomResourceDefinitionNames | undefined, outer: string): readonly FieldError[] {
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

function checkChange(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined): readonly FieldError[] {
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
  const versions = new Set(crd.spec.versions.map(({ name }) => name));
  (crd.status?.storedVersions ?? []).forEach((name, index) => {
    if (versions.has(name)) return;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push({ type: 'Invalid', path: `status.storedVersions[${index}]`, value: name, detail });
  });
  return errors;
}
