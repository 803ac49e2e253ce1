import type { AuthorizationAttributes } from '../../ports/auth.ts';
import type { PolicyRule } from '../../schema/standard/types.ts';

/** An `rbac/v1` PolicyRule in a form that is matched without making garbage: it is asked at every request. */
export interface CompiledRule {
  /** `undefined`: all. The same for groups, resources and names. */
  readonly verbs: ReadonlySet<string> | undefined;
  readonly groups: ReadonlySet<string> | undefined;
  readonly resources: ReadonlySet<string> | undefined;
  /** Subresource → the resources it is granted of; `*` among them stands for all resources. */
  readonly subresources: ReadonlyMap<string, ReadonlySet<string>>;
  readonly names: ReadonlySet<string> | undefined;
  readonly paths: ReadonlySet<string>;
  /** What paths granted by a trailing `*` start with. */
  readonly pathPrefixes: readonly string[];
}

/** Prepares a rule for matching. Lists that are absent grant nothing, except `resourceNames`, where all names are meant. */
export function compileRule(rule: PolicyRule): CompiledRule {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  return {
    verbs: setUnlessAll(verbs),
    groups: setUnlessAll(apiGroups),
    resources: setUnlessAll(resources),
    subresources: subresourcesOf(resources),
    names: resourceNames.length === 0 ? undefined : new Set(resourceNames),
    paths: new Set(nonResourceURLs),
    pathPrefixes: nonResourceURLs.filter((path) => path.endsWith('*')).map((path) => path.replace(/\*+$/, '')),
  };
}

/** True if the rule grants the request (Kubernetes `rbac.RuleAllows`). */
export function compiledRuleAllows(rule: CompiledRule, attributes: AuthorizationAttributes): boolean {
  if (rule.verbs?.has(attributes.verb) === false) return false;
  if (attributes.path !== undefined) return allowsPath(rule, attributes.path);
  if (rule.groups?.has(attributes.group) === false) return false;
  if (rule.names?.has(attributes.name) === false) return false;
  if (rule.resources === undefined) return true;
  if (attributes.subresource === '') return rule.resources.has(attributes.resource);
  const granted = rule.subresources.get(attributes.subresource);
  return granted !== undefined && (granted.has(attributes.resource) || granted.has('*'));
}

function allowsPath(rule: CompiledRule, path: string): boolean {
  if (rule.paths.has(path)) return true;
  for (const prefix of rule.pathPrefixes) if (path.startsWith(prefix)) return true;
  return false;
}

function setUnlessAll(values: readonly string[]): ReadonlySet<string> | undefined {
  return values.includes('*') ? undefined : new Set(values);
}

/** `pods/log` → log: {pods}. What stands behind the first slash is the subresource (`userextras/example.com/team`). */
function subresourcesOf(resources: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const subresources = new Map<string, Set<string>>();
  for (const text of resources) {
    const slash = text.indexOf('/');
    if (slash < 0) continue;
    const subresource = text.slice(slash + 1);
    subresources.getOrInsertComputed(subresource, () => new Set()).add(text.slice(0, slash));
  }
  return subresources;
}
