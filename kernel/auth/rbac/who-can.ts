import { localKey } from '../../meta/key.ts';
import type { AuthorizationAttributes } from '../../ports/auth.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../schema/standard/types.ts';
import { compiledRuleAllows, compileRule } from './compiled-rule.ts';

/** A request, whoever sends it. */
export type AccessQuestion = Omit<AuthorizationAttributes, 'user'>;

/** All roles and bindings that may count. */
export interface RoleObjects {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  /** Of the namespace of the question. */
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/** Somebody who may do it, and why. */
export interface AllowedSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace?: string;
  readonly binding: { readonly kind: 'ClusterRoleBinding' | 'RoleBinding'; readonly name: string };
  readonly role: { readonly kind: 'ClusterRole' | 'Role'; readonly name: string };
}

/**
 * Everybody whom a binding allows a request, in the order of the bindings: those of the cluster first. The same rules as
 * `RbacAuthorizer`, asked the other way round. Bindings to roles that do not exist allow nothing.
 */
export function whoCan(question: AccessQuestion, objects: RoleObjects): readonly AllowedSubject[] {
  const asked = { ...question, user: { name: '', groups: [] } };
  const roles = new Map<string, boolean>();
  const allows = ({ kind, name }: RoleRef, namespace: string): boolean => {
    const from = kind === 'ClusterRole' ? '' : namespace;
    return roles.getOrInsertComputed(localKey(from, name), () => {
      const found: Role | ClusterRole | undefined = (from === '' ? objects.clusterRoles : objects.roles).find(
        ({ metadata }) => metadata.name === name,
      );
      return found?.rules?.some((rule) => compiledRuleAllows(compileRule(rule), asked)) === true;
    });
  };
  const isLocal = question.namespace !== '' && question.path === undefined;
  const bindings = [
    ...objects.clusterRoleBindings.map((binding) => ({ binding, kind: 'ClusterRoleBinding' as const, namespace: '' })),
    ...(isLocal ? objects.roleBindings : []).map((binding) => ({
      binding,
      kind: 'RoleBinding' as const,
      namespace: question.namespace,
    })),
  ];
  return bindings.flatMap(({ binding: { metadata, roleRef, subjects = [] }, kind, namespace }) => {
    if (!allows(roleRef, namespace)) return [];
    const role = { kind: roleRef.kind === 'ClusterRole' ? 'ClusterRole' : 'Role', name: roleRef.name } as const;
    const by = { binding: { kind, name: metadata.name }, role };
    return subjects.flatMap((subject) => {
      const who = subjectOf(subject, namespace);
      return who === undefined ? [] : [{ ...who, ...by }];
    });
  });
}

function subjectOf({ kind, name, namespace = '' }: Subject, home: string) {
  if (kind === 'User' || kind === 'Group') return { kind, name } as const;
  return kind === 'ServiceAccount'
    ? ({ kind, name, namespace: namespace === '' ? home : namespace } as const)
    : undefined;
}
