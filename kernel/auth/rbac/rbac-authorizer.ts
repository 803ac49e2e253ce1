import { localKey } from '../../meta/key.ts';
import type {
  AuthorizationAttributes,
  AuthorizationDecision,
  Authorizer,
  PathRule,
  PolicyRule,
  UserInfo,
  UserRules,
} from '../../ports/auth.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule as ApiPolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../schema/standard/types.ts';
import { asUserRules } from './covers.ts';
import { type CompiledRule, compiledRuleAllows, compileRule } from './compiled-rule.ts';

/** A Role or ClusterRole, shared by all bindings to it; there may be bindings to one that does not exist. */
interface RoleRecord {
  readonly key: string;
  readonly ref: RoleRef;
  source: readonly ApiPolicyRule[];
  rules: readonly CompiledRule[];
  isThere: boolean;
  bindingCount: number;
}

/** What one binding gives to one subject. */
interface RoleGrant {
  readonly role: RoleRecord;
  /** Made once: the same object answers every request that the grant allows. */
  readonly allowed: AuthorizationDecision;
}

/** The grants of one namespace, or of the whole cluster, by subject. */
interface Grants {
  readonly users: Map<string, RoleGrant[]>;
  readonly groups: Map<string, RoleGrant[]>;
}

interface BindingRecord {
  readonly grants: Grants;
  readonly entries: readonly { readonly kind: keyof Grants; readonly subject: string; readonly grant: RoleGrant }[];
  readonly role: RoleRecord;
}

const noOpinion: AuthorizationDecision = { verdict: 'noOpinion', reason: '' };

/**
 * Decides by Roles and bindings (`rbac.authorization.k8s.io/v1`), which it is told of one by one. All it needs is in memory,
 * found by subject: a request costs two lookups per group of the user and the rules of what is bound to them, whatever
 * the number of roles and bindings. Semantics of kube-apiserver's RBAC authorizer.
 */
export class RbacAuthorizer implements Authorizer {
  readonly #roles = new Map<string, RoleRecord>();
  readonly #bindings = new Map<string, BindingRecord>();
  readonly #cluster: Grants = { users: new Map(), groups: new Map() };
  readonly #namespaces = new Map<string, Grants>();
  /** Roles that are bound but do not exist: where there are none, nobody has to look for them at a refusal. */
  #missingCount = 0;

  /** Takes in a Role (with a namespace) or a ClusterRole, new or changed. */
  putRole(role: Role | ClusterRole): void {
    const { namespace = '', name } = role.metadata;
    const record = this.#roleRecord(namespace, name);
    record.source = role.rules ?? [];
    record.rules = record.source.map(compileRule);
    if (!record.isThere) this.#missingCount--;
    record.isThere = true;
  }

  /** Forgets a Role, or (empty namespace) a ClusterRole. */
  removeRole(namespace: string, name: string): void {
    const record = this.#roleRecord(namespace, name);
    record.source = [];
    record.rules = [];
    if (record.isThere) this.#missingCount++;
    record.isThere = false;
    this.#dropUnused(record);
  }

  /** Takes in a RoleBinding (with a namespace) or a ClusterRoleBinding, new or changed. */
  putBinding(binding: RoleBinding | ClusterRoleBinding): void {
    const { namespace = '', name } = binding.metadata;
    this.removeBinding(namespace, name);
    const isClusterRole = binding.roleRef.kind === 'ClusterRole';
    const role = this.#roleRecord(isClusterRole ? '' : namespace, binding.roleRef.name);
    role.bindingCount++;
    const grants = namespace === '' ? this.#cluster : this.#namespaces.getOrInsertComputed(namespace, noGrants);
    const entries = (binding.subjects ?? []).flatMap((subject) => {
      const place = placeOf(subject, namespace);
      if (place === undefined) return [];
      const grant = { role, allowed: { verdict: 'allow', reason: allowedBy(binding, subject) } as const };
      grants[place.kind].getOrInsertComputed(place.subject, () => []).push(grant);
      return [{ ...place, grant }];
    });
    this.#bindings.set(localKey(namespace, name), { grants, entries, role });
  }

  /** Forgets a RoleBinding, or (empty namespace) a ClusterRoleBinding. */
  removeBinding(namespace: string, name: string): void {
    const key = localKey(namespace, name);
    const binding = this.#bindings.get(key);
    if (binding === undefined) return;
    this.#bindings.delete(key);
    for (const { kind, subject, grant } of binding.entries) removeGrant(binding.grants[kind], subject, grant);
    const { users, groups } = binding.grants;
    if (namespace !== '' && users.size === 0 && groups.size === 0) this.#namespaces.delete(namespace);
    binding.role.bindingCount--;
    this.#dropUnused(binding.role);
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const decision = decide(this.#cluster, attributes);
    if (decision !== undefined) return decision;
    const { namespace, path, user } = attributes;
    const local = namespace === '' || path !== undefined ? undefined : this.#namespaces.get(namespace);
    const localDecision = local === undefined ? undefined : decide(local, attributes);
    return localDecision ?? this.#refusal(user, namespace);
  }

  rulesFor(user: UserInfo, namespace: string): UserRules {
    const resourceRules: PolicyRule[] = [];
    const pathRules: PathRule[] = [];
    for (const { role, isLocal } of this.#grantsOf(user, namespace)) {
      const rules = asUserRules(role.source);
      resourceRules.push(...rules.resourceRules);
      if (!isLocal) pathRules.push(...rules.pathRules);
    }
    return { resourceRules, pathRules, problems: this.#missingRoles(user, namespace) };
  }

  /** The rules of a role; `undefined` when there is no such role. @param namespace that of the binding. */
  rulesOfRole({ kind, name }: RoleRef, namespace: string): readonly ApiPolicyRule[] | undefined {
    const record = this.#roles.get(localKey(kind === 'ClusterRole' ? '' : namespace, name));
    return record?.isThere === true ? record.source : undefined;
  }

  #roleRecord(namespace: string, name: string): RoleRecord {
    const key = localKey(namespace, name);
    const kind = namespace === '' ? 'ClusterRole' : 'Role';
    const known = this.#roles.get(key);
    if (known !== undefined) return known;
    const ref = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
    const record: RoleRecord = { key, ref, source: [], rules: [], isThere: false, bindingCount: 0 };
    this.#roles.set(key, record);
    this.#missingCount++;
    return record;
  }

  #dropUnused({ key, isThere, bindingCount }: RoleRecord): void {
    if (isThere || bindingCount > 0) return;
    if (this.#roles.delete(key)) this.#missingCount--;
  }

  *#grantsOf(user: UserInfo, namespace: string): Generator<{ readonly role: RoleRecord; readonly isLocal: boolean }> {
    const local = namespace === '' ? undefined : this.#namespaces.get(namespace);
    for (const grants of local === undefined ? [this.#cluster] : [this.#cluster, local]) {
      const isLocal = grants === local;
      for (const { role } of grants.users.get(user.name) ?? []) yield { role, isLocal };
      for (const group of user.groups) for (const { role } of grants.groups.get(group) ?? []) yield { role, isLocal };
    }
  }

  #missingRoles(user: UserInfo, namespace: string): readonly string[] {
    const missing = new Set<string>();
    for (const { role } of this.#grantsOf(user, namespace)) if (!role.isThere) missing.add(notFoundText(role.ref));
    return [...missing];
  }

  /** Not allowed; a binding to a role that does not exist is the likely reason, so it is named. */
  #refusal(user: UserInfo, namespace: string): AuthorizationDecision {
    if (this.#missingCount === 0) return noOpinion;
    const missing = this.#missingRoles(user, namespace);
    if (missing.length === 0) return noOpinion;
    const text = missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`;
    return { verdict: 'noOpinion', reason: `RBAC: ${text}` };
  }
}

/** The text of a role that is not there (as kube-apiserver writes it). */
export function notFoundText({ kind, name }: Pick<RoleRef, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io "${name}" not found`;
}

function decide(grants: Grants, attributes: AuthorizationAttributes): AuthorizationDecision | undefined {
  const { user } = attributes;
  const decision = firstAllowing(grants.users.get(user.name), attributes);
  if (decision !== undefined) return decision;
  for (const group of user.groups) {
    const groupDecision = firstAllowing(grants.groups.get(group), attributes);
    if (groupDecision !== undefined) return groupDecision;
  }
  return undefined;
}

function firstAllowing(
  grants: readonly RoleGrant[] | undefined,
  attributes: AuthorizationAttributes,
): AuthorizationDecision | undefined {
  if (grants === undefined) return undefined;
  for (const { role, allowed } of grants) {
    for (const rule of role.rules) if (compiledRuleAllows(rule, attributes)) return allowed;
  }
  return undefined;
}

function noGrants(): Grants {
  return { users: new Map(), groups: new Map() };
}

/** Where a subject is looked up; a ServiceAccount is found by the name of its user. */
function placeOf({ kind, name, namespace = '' }: Subject, bindingNamespace: string) {
  if (kind === 'User') return { kind: 'users', subject: name } as const;
  if (kind === 'Group') return { kind: 'groups', subject: name } as const;
  const home = namespace === '' ? bindingNamespace : namespace;
  if (kind !== 'ServiceAccount' || home === '') return undefined;
  return { kind: 'users', subject: `system:serviceaccount:${home}:${name}` } as const;
}

function removeGrant(grants: Map<string, RoleGrant[]>, subject: string, grant: RoleGrant): void {
  const remaining = (grants.get(subject) ?? []).filter((candidate) => candidate !== grant);
  if (remaining.length === 0) grants.delete(subject);
  else grants.set(subject, remaining);
}

function allowedBy({ metadata, roleRef }: RoleBinding | ClusterRoleBinding, subject: Subject): string {
  const { name, namespace } = metadata;
  const binding = namespace === undefined ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
  const home = subject.kind === 'ServiceAccount' ? `/${subject.namespace ?? namespace ?? ''}` : '';
  const who = `${subject.kind} "${subject.name}${home}"`;
  return `RBAC: allowed by ${binding} of ${roleRef.kind} "${roleRef.name}" to ${who}`;
}
