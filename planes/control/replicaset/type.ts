import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { templateColumns } from '../workload/columns.ts';
import { replicaColumns, replicasScale } from '../workload/replicas.ts';
import { admitReplicaSet } from './admit.ts';

export type { ReplicaSet } from '../../../kernel/schema/standard/types.ts';

/** apps/v1 ReplicaSet: a number of pods made from one template. */
export const replicaSetKind: KindDefinition<ReplicaSet> = {
  group: 'apps',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apps/v1.ReplicaSet'),
      columns: [
        ...replicaColumns,
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        ...templateColumns,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  scale: replicasScale,
  history: 'spec',
  admission: admitReplicaSet,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
