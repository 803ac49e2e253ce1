import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { countedAs } from '../../../kernel/schema/quota.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ReplicationController } from '../../../kernel/schema/standard/types.ts';
import { containerColumns } from '../workload/columns.ts';
import { formatLabels } from '../workload/selector.ts';
import { admitReplicationController } from './admit.ts';

/** core/v1 ReplicationController: the forerunner of ReplicaSet. */
export const replicationControllerKind: KindDefinition<ReplicationController> = {
  group: '',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.ReplicationController'),
      columns: [
        {
          name: 'Desired',
          type: 'integer',
          description: 'Pods wanted.',
          value: ({ spec }: ReplicationController) => spec?.replicas ?? 1,
        },
        {
          name: 'Current',
          type: 'integer',
          description: 'Pods there are.',
          value: ({ status }: ReplicationController) => status?.replicas ?? 0,
        },
        {
          name: 'Ready',
          type: 'integer',
          description: 'Pods that are ready.',
          value: ({ status }: ReplicationController) => status?.readyReplicas ?? 0,
        },
        ...containerColumns(({ spec }: ReplicationController) => spec?.template),
        {
          name: 'Selector',
          type: 'string',
          priority: 1,
          description: 'Labels of its pods.',
          value: ({ spec }: ReplicationController) => formatLabels(spec?.selector),
        },
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
  selectableFields: [
    { label: 'status.replicas', value: ({ status }: ReplicationController) => String(status?.replicas ?? 0) },
  ],
  admission: admitReplicationController,
  quota: countedAs('replicationcontrollers'),
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  orphansByDefault: true,
};
