import type { UserRules } from '../../ports/auth.ts';
import type { PolicyRule } from '../../schema/standard/types.ts';

/** A rule about one verb on one resource (perhaps one object of it) or path: what is left when a rule is taken apart. */
type SingleRight =
  | { readonly verb: string; readonly group: string; readonly resource: string; readonly name: string | undefined }
  | { readonly verb: string; readonly path: string };

/**
 * What `wanted` grants and `owned` does not, as few rules as possible; empty when `owned` covers it all (Kubernetes
 * `rbac/validation.Covers`). Every single right must be covered by one rule as a whole.
 */
export function missingRules(owned: UserRules, wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return compact(wanted.flatMap(singleRights).filter((right) => !isCovered(owned, right)));
}

/** True if `owned` covers every right of `wanted`. */
export function isCoveredBy(owned: UserRules, wanted: readonly PolicyRule[]): boolean {
  return wanted.flatMap(singleRights).every((right) => isCovered(owned, right));
}

/** Rules of the API in the form in which authorizers list them. */
export function asUserRules(rules: readonly PolicyRule[]): UserRules {
  const ofResources = rules.filter(({ resources = [] }) => resources.length > 0);
  const ofPaths = rules.filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0);
  return {
    resourceRules: ofResources.map(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) => ({
      verbs,
      groups: apiGroups,
      resources,
      ...(resourceNames.length === 0 ? {} : { names: resourceNames }),
    })),
    pathRules: ofPaths.map(({ verbs, nonResourceURLs = [] }) => ({ verbs, paths: nonResourceURLs })),
    problems: [],
  };
}

/** A rule in one line, as the messages of kube-apiserver show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function formatRule(rule: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const shown = parts.filter(([, values]) => values !== undefined && values.length > 0);
  return `{${shown.map(([label, values = []]) => `${label}:${formatQuoted(values)}`).join(', ')}}`;
}

/** A list as Go's `%q` writes it: `["a" "b"]`. */
export function formatQuoted(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function singleRights(rule: PolicyRule): readonly SingleRight[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) => names.map((name) => ({ verb, group, resource, name }))),
    ),
    ...nonResourceURLs.map((path) => ({ verb, path })),
  ]);
}

function isCovered({ resourceRules, pathRules }: UserRules, right: SingleRight): boolean {
  if ('path' in right) {
    return pathRules.some(
      ({ verbs, paths }) => includesOrAll(verbs, right.verb) && paths.some((owner) => pathCovers(owner, right.path)),
    );
  }
  const { verb, group, resource, name } = right;
  return resourceRules.some(
    ({ verbs, groups, resources, names, namespaces, exceptNamespaces }) =>
      includesOrAll(verbs, verb) &&
      includesOrAll(groups, group) &&
      coversResource(resources, resource) &&
      (names === undefined || (name !== undefined && names.includes(name))) &&
      // What is limited to namespaces is no right that could be handed on.
      namespaces === undefined &&
      exceptNamespaces === undefined,
  );
}

/** A subresource is also covered by the same one of all resources. */
function coversResource(owned: readonly string[], resource: string): boolean {
  if (includesOrAll(owned, resource)) return true;
  const slash = resource.indexOf('/');
  return slash > 0 && owned.includes(`*${resource.slice(slash)}`);
}

function pathCovers(owner: string, path: string): boolean {
  return owner === path || (owner.endsWith('*') && path.startsWith(owner.replace(/\*+$/, '')));
}

function includesOrAll(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes(wanted) || allowed.includes('*');
}

/** Rights on the same resource become one rule with all their verbs; those on paths stay apart (Kubernetes `CompactRules`). */
function compact(rights: readonly SingleRight[]): readonly PolicyRule[] {
  const rules = new Map<string, Omit<PolicyRule, 'verbs'> & { readonly verbs: string[] }>();
  for (const right of rights) {
    const thing = thingOf(right);
    const key = JSON.stringify('path' in right ? right : thing);
    const { verbs } = rules.getOrInsertComputed(key, () => ({ ...thing, verbs: [] }));
    if (!verbs.includes(right.verb)) verbs.push(right.verb);
  }
  return [...rules.values()];
}

function thingOf(right: SingleRight): Omit<PolicyRule, 'verbs'> {
  if ('path' in right) return { nonResourceURLs: [right.path] };
  const { group, resource, name } = right;
  return { apiGroups: [group], resources: [resource], ...(name === undefined ? {} : { resourceNames: [name] }) };
}
