import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { countedAs } from '../../../kernel/schema/quota.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ReplicationController } from '../../../kernel/schema/standard/types.ts';
import { containerColumns } from '../workload/columns.ts';
import { formatLabels } from '../workload/selector.ts';
import { replicaColumns, replicasScale } from '../workload/replicas.ts';
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
        ...replicaColumns,
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
  statusTakes: allMetadataOfStatus,
  scale: replicasScale,
  history: 'spec',
  selectableFields: [
    { label: 'status.replicas', value: ({ status }: ReplicationController) => String(status?.replicas ?? 0) },
  ],
  admission: admitReplicationController,
  quota: countedAs('replicationcontrollers'),
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
  orphansByDefault: true,
};
