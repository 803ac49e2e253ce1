import type { UserInfo } from '../../ports/auth.ts';
import type {
  FlowcontrolV1Subject as Subject,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../schema/standard/types.ts';
import type { ResourceRoute } from '../path.ts';

/** What FlowSchemas look at besides the user. */
export interface FlowRequest {
  /** As RBAC names it: `get`, `list`, `watch`, `create` …; for other paths the method in lower case. */
  readonly verb: string;
  readonly path: string;
  /** Absent for paths that are no resources. */
  readonly resource: ResourceRoute | undefined;
}

/** The rules of a schema that are about a user; the others need not be looked at again. */
export function rulesFor(spec: FlowSchemaSpec, user: UserInfo): readonly PolicyRulesWithSubjects[] {
  return (spec.rules ?? []).filter(({ subjects }) => subjects.some((subject) => matchesSubject(subject, user)));
}

/** True if a request is one of those the rule is about; its subjects were looked at before (Kubernetes `matchesPolicyRule`). */
export function matchesRule(
  { resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects,
  request: FlowRequest,
): boolean {
  const { resource } = request;
  if (resource === undefined) return nonResourceRules.some((rule) => matchesPath(rule, request));
  return resourceRules.some((rule) => matchesResource(rule, request.verb, resource));
}

const accountPrefix = 'system:serviceaccount:';

function matchesSubject(subject: Subject, { name, groups }: UserInfo): boolean {
  const { kind, user, group, serviceAccount } = subject;
  if (kind === 'User') return user !== undefined && (user.name === '*' || user.name === name);
  if (kind === 'Group') return group !== undefined && (group.name === '*' || groups.includes(group.name));
  if (kind !== 'ServiceAccount' || serviceAccount === undefined) return false;
  const prefix = `${accountPrefix}${serviceAccount.namespace}:`;
  return serviceAccount.name === '*' ? name.startsWith(prefix) : name === prefix + serviceAccount.name;
}

function matchesResource(rule: ResourcePolicyRule, verb: string, route: ResourceRoute): boolean {
  const { plural, subresource, group, namespace } = route;
  if (!lists(rule.verbs, verb) || !lists(rule.apiGroups, group)) return false;
  const isAny = rule.resources.length === 1 && rule.resources[0] === '*';
  if (!isAny && !rule.resources.includes(subresource === '' ? plural : `${plural}/${subresource}`)) return false;
  return namespace === '' ? rule.clusterScope === true : lists(rule.namespaces ?? [], namespace);
}

function matchesPath({ verbs, nonResourceURLs }: NonResourcePolicyRule, { verb, path }: FlowRequest): boolean {
  if (!lists(verbs, verb)) return false;
  return nonResourceURLs.some((url) => {
    if (url === '*' || url === path) return true;
    const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
    return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
  });
}

/** `*` stands alone, as validation makes sure. */
function lists(values: readonly string[], value: string): boolean {
  return (values.length === 1 && values[0] === '*') || values.includes(value);
}
