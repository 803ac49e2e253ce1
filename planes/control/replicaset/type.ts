import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { templateColumns } from '../workload/columns.ts';
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
        {
          name: 'Desired',
          type: 'integer',
          description: 'Pods wanted.',
          value: ({ spec }: ReplicaSet) => spec?.replicas ?? 1,
        },
        {
          name: 'Current',
          type: 'integer',
          description: 'Pods there are.',
          value: ({ status }: ReplicaSet) => status?.replicas ?? 0,
        },
        {
          name: 'Ready',
          type: 'integer',
          description: 'Pods that are ready.',
          value: ({ status }: ReplicaSet) => status?.readyReplicas ?? 0,
        },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        ...templateColumns,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    labelSelectorPath: 'spec.selector',
  },
  history: 'spec',
  admission: admitReplicaSet,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
