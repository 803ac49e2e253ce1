import { jsonEquals } from '../../meta/json.ts';
import type { Draft } from '../../meta/object.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef } from '../../schema/standard/types.ts';
import { asUserRules, missingRules } from './covers.ts';
import type { DefaultBinding, DefaultRole } from './default-roles.ts';

/** Annotation of default roles and bindings; `"false"` keeps the server's hands off (Kubernetes `AutoUpdateAnnotationKey`). */
const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate';
const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

/**
 * What a default role has to become; `undefined` when it is right. Rules and labels are added, never taken away: what people
 * added stays (kube-apiserver `reconciliation`).
 */
export function completeRole(role: DefaultRole, existing: ClusterRole | undefined): Draft<ClusterRole> | undefined {
  const { name, labels = {}, rules, aggregationRule } = role;
  const metadata = { name, labels: { ...bootstrapping, ...labels }, annotations: { [autoUpdate]: 'true' } };
  if (existing === undefined) {
    return { metadata, rules, ...(aggregationRule === undefined ? {} : { aggregationRule }) };
  }
  if (isLeftAlone(existing)) return undefined;
  const next = {
    ...existing,
    metadata: completeMetadata(existing.metadata, metadata),
    ...(aggregationRule === undefined
      ? { rules: [...(existing.rules ?? []), ...lackingRules(existing, rules)] }
      : { aggregationRule: existing.aggregationRule ?? aggregationRule }),
  };
  return jsonEquals(next, existing) ? undefined : next;
}

/** The same for a binding. Only its subjects can be completed; a binding to another role is replaced. */
export function completeBinding(
  { name, subjects }: DefaultBinding,
  existing: ClusterRoleBinding | undefined,
): { readonly binding: Draft<ClusterRoleBinding>; readonly replaces: boolean } | undefined {
  const metadata = { name, labels: bootstrapping, annotations: { [autoUpdate]: 'true' } };
  const roleRef: RoleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  if (existing === undefined) return { binding: { metadata, roleRef, subjects }, replaces: false };
  if (isLeftAlone(existing)) return undefined;
  const { subjects: present = [] } = existing;
  const lacking = subjects.filter((subject) => !present.some((known) => jsonEquals(known, subject)));
  if (!jsonEquals(existing.roleRef, roleRef)) {
    return { binding: { metadata, roleRef, subjects: [...present, ...lacking] }, replaces: true };
  }
  const next = {
    ...existing,
    metadata: completeMetadata(existing.metadata, metadata),
    subjects: [...present, ...lacking],
  };
  return jsonEquals(next, existing) ? undefined : { binding: next, replaces: false };
}

function isLeftAlone({ metadata }: ClusterRole | ClusterRoleBinding): boolean {
  return metadata.annotations?.[autoUpdate] === 'false';
}

function completeMetadata(
  existing: ClusterRole['metadata'],
  wanted: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> },
): ClusterRole['metadata'] {
  return {
    ...existing,
    labels: { ...wanted.labels, ...existing.labels },
    annotations: { ...wanted.annotations, ...existing.annotations },
  };
}

function lackingRules({ rules = [] }: ClusterRole, wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  const owned = asUserRules(rules);
  return wanted.filter((rule) => missingRules(owned, [rule]).length > 0);
}
