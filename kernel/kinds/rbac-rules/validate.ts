import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { isJsonObject } from '../../meta/object.ts';
import { checkDnsSubdomain, checkPathSegment } from '../../meta/names.ts';
import type { PolicyRule, RoleRef, Subject } from '../../schema/standard/types.ts';

/** Group of roles, bindings and the users and groups they name. */
const rbacGroup = 'rbac.authorization.k8s.io';

/** Every rule of a role that says nothing or too much (Kubernetes `ValidatePolicyRule`). */
export function validateRules(rules: readonly PolicyRule[], isNamespaced: boolean): readonly FieldError[] {
  return rules.flatMap((rule, index) => validateRule(rule, `rules[${index}]`, isNamespaced));
}

function validateRule(rule: PolicyRule, path: string, isNamespaced: boolean): readonly FieldError[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  const required = (field: string, detail: string) =>
    errors.push({ type: 'Required', path: `${path}.${field}`, detail });
  if (verbs.length === 0) required('verbs', 'verbs must contain at least one value');
  if (nonResourceURLs.length > 0) {
    const invalid = (detail: string) =>
      errors.push({ type: 'Invalid', path: `${path}.nonResourceURLs`, value: nonResourceURLs, detail });
    if (isNamespaced) invalid('namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length > 0 || resources.length > 0 || resourceNames.length > 0) {
      invalid('rules cannot apply to both regular resources and non-resource URLs');
    }
    return errors;
  }
  if (apiGroups.length === 0) required('apiGroups', 'resource rules must supply at least one api group');
  if (resources.length === 0) required('resources', 'resource rules must supply at least one resource');
  return errors;
}

/** What the validation of a binding looks at. */
export interface BindingParts {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

/** Every rule a binding breaks; its role can never be changed (Kubernetes `ValidateRoleBinding` and its update). */
export function validateBinding(
  binding: BindingParts,
  old: BindingParts | undefined,
  roleKinds: readonly string[],
): readonly FieldError[] {
  const { roleRef, subjects = [] } = binding;
  const isNamespaced = roleKinds.includes('Role');
  return [
    ...validateRoleRef(roleRef, roleKinds),
    ...subjects.flatMap((subject, index) => validateSubject(subject, `subjects[${index}]`, isNamespaced)),
    ...(old === undefined || jsonEquals(old.roleRef, roleRef)
      ? []
      : [{ type: 'Invalid', path: 'roleRef', value: roleRef, detail: 'cannot change roleRef' } as const]),
  ];
}

function validateRoleRef({ apiGroup = '', kind, name }: RoleRef, roleKinds: readonly string[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (apiGroup !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', apiGroup, [rbacGroup]));
  if (!roleKinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind ?? '', roleKinds));
  if ((name ?? '') === '') return [...errors, { type: 'Required', path: 'roleRef.name', detail: '' }];
  for (const detail of checkPathSegment(name)) {
    errors.push({ type: 'Invalid', path: 'roleRef.name', value: name, detail });
  }
  return errors;
}

function validateSubject(subject: Subject, path: string, isNamespaced: boolean): readonly FieldError[] {
  const { kind, name, apiGroup = '', namespace = '' } = subject;
  const errors: FieldError[] = [];
  if ((name ?? '') === '') errors.push({ type: 'Required', path: `${path}.name`, detail: '' });
  switch (kind) {
    case 'ServiceAccount':
      for (const detail of name === '' ? [] : checkDnsSubdomain(name)) {
        errors.push({ type: 'Invalid', path: `${path}.name`, value: name, detail });
      }
      if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!isNamespaced && namespace === '') {
        errors.push({ type: 'Required', path: `${path}.namespace`, detail: '' });
      }
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [rbacGroup]));
      break;
    default:
      errors.push(notSupported(`${path}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}

function notSupported(path: string, value: string, allowed: readonly string[]): FieldError {
  const detail = `supported values: ${allowed.map((text) => JSON.stringify(text)).join(', ')}`;
  return { type: 'NotSupported', path, value, detail };
}

/**
 * Fills `roleRef.apiGroup`, and `subjects[].apiGroup`, which follows from the kind of subject (Kubernetes
 * `SetDefaults_RoleBinding`, `SetDefaults_Subject`).
 */
export function defaultBinding(draft: Record<string, unknown>): void {
  const { subjects, roleRef } = draft;
  if (isJsonObject(roleRef) && (roleRef['apiGroup'] ?? '') === '')
    draft['roleRef'] = { ...roleRef, apiGroup: rbacGroup };
  if (!Array.isArray(subjects)) return;
  draft['subjects'] = subjects.map((subject: Subject) => {
    const isOfGroup = subject.kind === 'User' || subject.kind === 'Group';
    return isOfGroup && (subject.apiGroup ?? '') === '' ? { ...subject, apiGroup: rbacGroup } : subject;
  });
}
