import { ApiError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { formatResource } from '../../meta/key.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../ports/admission.ts';
import type { Authorizer, UserInfo } from '../../ports/auth.ts';
import type { ClusterRole, PolicyRule, RoleBinding, RoleRef } from '../../schema/standard/types.ts';
import { formatQuoted, formatRule, isCoveredBy, missingRules } from './covers.ts';
import { notFoundText, type RbacAuthorizer } from './rbac-authorizer.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const roles = ['roles', 'clusterroles'];
const bindings = ['rolebindings', 'clusterrolebindings'];

/** What the check asks. */
export interface EscalationPorts {
  /** Decides on all requests, and can list rules. */
  readonly authorizer: Required<Authorizer>;
  readonly rbac: Pick<RbacAuthorizer, 'rulesOfRole'>;
}

/** Every right there is: what it takes to let a role collect whatever others write. */
const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody hands out rights they do not hold: roles may be written by those who hold all of their rules or have the verb
 * `escalate`, bindings by those who hold all rules of the role or have the verb `bind` on it (kube-apiserver
 * `registry/rbac/…/policybased`, texts included).
 */
export function rbacEscalationCheck(ports: EscalationPorts): AdmissionPlugin {
  return {
    name: 'RbacEscalationCheck',
    handles: ({ operation, definition }) => operation !== 'delete' && definition.group === rbacGroup,
    async validate(object, attributes) {
      if (object === undefined || attributes.user.groups.includes('system:masters')) return;
      if (isOnlyForCollector(object, attributes.old)) return;
      const { plural } = attributes.definition;
      if (roles.includes(plural)) checkRole(object, attributes, ports);
      else if (bindings.includes(plural)) checkBinding(object as RoleBinding, attributes, ports);
    },
  };
}

function checkRole(role: ClusterRole, attributes: AdmissionAttributes, ports: EscalationPorts): void {
  const { user, namespace, name } = attributes;
  if (isAllowed(ports, attributes, 'escalate', { resource: attributes.definition.plural, name })) return;
  requireHeld(role.rules ?? [], attributes, ports);
  const old: Partial<ClusterRole> | undefined = attributes.old;
  const collects = hasAggregationRule(role) || hasAggregationRule(old);
  if (!collects || isCoveredBy(ports.authorizer.rulesFor(user, namespace), fullAuthority)) return;
  throw forbidden(attributes, 'must have cluster-admin privileges to use the aggregationRule');
}

function hasAggregationRule(role: Partial<ClusterRole> | undefined): boolean {
  return (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

function checkBinding({ roleRef }: RoleBinding, attributes: AdmissionAttributes, ports: EscalationPorts): void {
  const resource = resourceOf(roleRef);
  if (isAllowed(ports, attributes, 'bind', { resource, name: roleRef.name })) return;
  const rules = ports.rbac.rulesOfRole(roleRef, attributes.namespace);
  if (rules === undefined) {
    throw new ApiError('NotFound', notFoundText(roleRef), { group: rbacGroup, kind: resource, name: roleRef.name });
  }
  requireHeld(rules, attributes, ports);
}

function resourceOf({ kind }: RoleRef): string {
  return kind === 'ClusterRole' ? 'clusterroles' : 'roles';
}

function isAllowed(
  { authorizer }: EscalationPorts,
  { user, namespace }: AdmissionAttributes,
  verb: string,
  on: { readonly resource: string; readonly name: string },
): boolean {
  const asked = { user, verb, group: rbacGroup, subresource: '', namespace, ...on };
  return authorizer.authorize(asked).verdict === 'allow';
}

/** @throws {ApiError} `Forbidden`, naming every rule the user does not hold. */
function requireHeld(rules: readonly PolicyRule[], attributes: AdmissionAttributes, ports: EscalationPorts): void {
  const { user, namespace } = attributes;
  const owned = ports.authorizer.rulesFor(user, namespace);
  const missing = missingRules(owned, rules);
  if (missing.length === 0) return;
  const lines = [...new Set(missing.map(formatRule))].toSorted().join('\n');
  const problems = owned.problems.length === 0 ? '' : `; resolution errors: [${owned.problems.join(', ')}]`;
  throw forbidden(attributes, `${attempt(user)}\n${lines}${problems}`);
}

function attempt({ name, groups }: UserInfo): string {
  const who = `user ${JSON.stringify(name)} (groups=${formatQuoted(groups)})`;
  return `${who} is attempting to grant RBAC permissions not currently held:`;
}

function forbidden({ definition, name }: AdmissionAttributes, why: string): ApiError {
  const { group, plural } = definition;
  const text = `${formatResource(plural, group)} ${JSON.stringify(name)} is forbidden: ${why}`;
  return new ApiError('Forbidden', text, { group, kind: plural, name });
}

/** The garbage collector must be able to release an object whose rules it does not hold. */
function isOnlyForCollector(object: KubeObject, old: KubeObject | undefined): boolean {
  return old !== undefined && jsonEquals(withoutOwners(object), withoutOwners(old));
}

function withoutOwners({ metadata, ...rest }: KubeObject) {
  const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _managed, ...others } = metadata;
  return { ...rest, metadata: { ...others, resourceVersion: undefined } };
}
