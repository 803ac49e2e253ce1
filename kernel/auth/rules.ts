import type { AuthorizationAttributes, PathRule, PolicyRule } from '../ports/auth.ts';

/** True if the rule grants a request on a resource (rbac/v1 `RuleAllows`, plus what limits namespaces). */
export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  return (
    includesOrAll(rule.verbs, attributes.verb) &&
    includesOrAll(rule.groups, attributes.group) &&
    matchesResource(rule.resources, attributes.resource, attributes.subresource) &&
    (rule.names === undefined || rule.names.includes(attributes.name)) &&
    (rule.namespaces === undefined || rule.namespaces.includes(attributes.namespace)) &&
    rule.exceptNamespaces?.includes(attributes.namespace) !== true
  );
}

/** True if the rule grants a request on a path. */
export function pathRuleAllows(rule: PathRule, verb: string, path: string): boolean {
  if (!includesOrAll(rule.verbs, verb)) return false;
  return rule.paths.some((allowed) =>
    allowed.endsWith('*') ? path.startsWith(allowed.slice(0, -1)) : path === allowed,
  );
}

function includesOrAll(allowed: readonly string[], wanted: string): boolean {
  return allowed.includes(wanted) || allowed.includes('*');
}

/** The rules that hold in a namespace, or (empty) at the cluster scope. */
export function rulesInNamespace(rules: readonly PolicyRule[], namespace: string): readonly PolicyRule[] {
  return rules
    .filter((rule) => rule.namespaces === undefined || rule.namespaces.includes(namespace))
    .filter((rule) => rule.exceptNamespaces?.includes(namespace) !== true);
}

// Forms: pods, pods/log, all subresources of pods, everything, one subresource of everything.
function matchesResource(allowed: readonly string[], resource: string, subresource: string): boolean {
  if (allowed.includes('*')) return true;
  if (subresource === '') return allowed.includes(resource);
  return (
    allowed.includes(`${resource}/${subresource}`) ||
    allowed.includes(`*/${subresource}`) ||
    allowed.includes(`${resource}/*`)
  );
}
