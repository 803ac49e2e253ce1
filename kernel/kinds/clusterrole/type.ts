import { checkPathSegment } from '../../meta/names.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ClusterRole } from '../../schema/standard/types.ts';
import { createdAtColumn } from '../rbac-rules/columns.ts';
import { admitClusterRole } from './admit.ts';

/** Rights in the whole cluster, or in one namespace where a RoleBinding grants them (`rbac.authorization.k8s.io/v1.ClusterRole`). */
export const clusterRoleKind: KindDefinition<ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('rbac/v1.ClusterRole'),
      columns: [createdAtColumn],
      addsAge: false,
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'spec',
  checkName: checkPathSegment,
  admission: admitClusterRole,
};
