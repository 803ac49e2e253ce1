import { checkPathSegment } from '../../meta/names.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ClusterRoleBinding } from '../../schema/standard/types.ts';
import { bindingColumns } from '../rbac-rules/columns.ts';
import { admitClusterRoleBinding } from './admit.ts';

/** Grants the rules of a role to users, groups and ServiceAccounts in the whole cluster (`rbac.authorization.k8s.io/v1.ClusterRoleBinding`). */
export const clusterRoleBindingKind: KindDefinition<ClusterRoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    { name: 'v1', served: true, schema: standardSchema('rbac/v1.ClusterRoleBinding'), columns: bindingColumns },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'spec',
  checkName: checkPathSegment,
  admission: admitClusterRoleBinding,
};
