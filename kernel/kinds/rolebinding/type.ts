import { checkPathSegment } from '../../meta/names.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { RoleBinding } from '../../schema/standard/types.ts';
import { bindingColumns } from '../rbac-rules/columns.ts';
import { admitRoleBinding } from './admit.ts';

/** Grants the rules of a role to users, groups and ServiceAccounts in its namespace (`rbac.authorization.k8s.io/v1.RoleBinding`). */
export const roleBindingKind: KindDefinition<RoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('rbac/v1.RoleBinding'), columns: bindingColumns }],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'spec',
  checkName: checkPathSegment,
  admission: admitRoleBinding,
};
