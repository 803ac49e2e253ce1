import type { AuditLevel, AuditTarget } from '../ports/audit.ts';
import type { UserInfo } from '../ports/auth.ts';

/** A moment in the life of a request that gets a record (`audit.k8s.io/v1` Stage). */
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

/** Resources of one group a rule is about (`audit.k8s.io/v1` GroupResources). */
export interface AuditResources {
  /** Empty: the core group. */
  readonly group: string;
  /** `pods`, `pods/log`, `pods/*` (with pods), any subresource `scale` of all, or all by a star; none: every resource of the group. */
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

/** One rule of a policy. A list without entries leaves its field open. */
export interface AuditRule {
  readonly level: AuditLevel;
  readonly users: readonly string[];
  readonly userGroups: readonly string[];
  readonly verbs: readonly string[];
  readonly resources: readonly AuditResources[];
  /** `''` for cluster-scoped resources. */
  readonly namespaces: readonly string[];
  /** Paths; a trailing star stands for any rest. */
  readonly nonResourceURLs: readonly string[];
  /** No records at these moments, besides those the policy leaves out. */
  readonly omitStages: readonly AuditStage[];
  /** Absent: as the policy says. */
  readonly omitManagedFields?: boolean;
}

/** What is recorded: the first rule that matches a request decides; none: nothing (`audit.k8s.io/v1` Policy). */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

/** What a policy says of one request. */
export interface AuditVerdict {
  readonly level: AuditLevel;
  readonly omitStages: readonly AuditStage[];
  readonly omitManagedFields: boolean;
}

/** The level and the rest of the first rule that matches (apiserver `audit/policy/checker.go`). */
export function verdictOf(
  policy: AuditPolicy,
  user: UserInfo | undefined,
  target: AuditTarget,
  path: string,
): AuditVerdict {
  const { omitStages, omitManagedFields } = policy;
  for (const rule of policy.rules) {
    if (!matches(rule, user, target, path)) continue;
    return {
      level: rule.level,
      omitStages: rule.omitStages.length === 0 ? omitStages : [...omitStages, ...rule.omitStages],
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    };
  }
  return { level: 'None', omitStages, omitManagedFields };
}

/** Kubernetes: rules about users count for requests whose credentials nobody accepted, too. */
function matches(rule: AuditRule, user: UserInfo | undefined, target: AuditTarget, path: string): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  if (verbs.length > 0 && !verbs.includes(target.verb)) return false;
  if (user !== undefined) {
    if (users.length > 0 && !users.includes(user.name)) return false;
    if (userGroups.length > 0 && !user.groups.some((group) => userGroups.includes(group))) return false;
  }
  if (namespaces.length > 0 || resources.length > 0) return matchesResource(rule, target);
  if (nonResourceURLs.length === 0) return true;
  return !target.isResource && nonResourceURLs.some((url) => matchesPath(url, path));
}

function matchesResource({ namespaces, resources }: AuditRule, target: AuditTarget): boolean {
  if (!target.isResource) return false;
  if (namespaces.length > 0 && !namespaces.includes(target.namespace)) return false;
  if (resources.length === 0) return true;
  return resources.some(({ group, resources: wanted, resourceNames }) => {
    if (group !== target.group) return false;
    if (wanted.length === 0) return true;
    if (resourceNames.length > 0 && !resourceNames.includes(target.name)) return false;
    return wanted.some((one) => isResource(one, target));
  });
}

function isResource(wanted: string, { resource, subresource }: AuditTarget): boolean {
  if (wanted === '*' || wanted === (subresource === '' ? resource : `${resource}/${subresource}`)) return true;
  if (subresource !== '' && wanted === `*/${subresource}`) return true;
  return wanted === `${resource}/*`;
}

function matchesPath(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  return url.endsWith('*') && path.startsWith(url.slice(0, -1));
}
