import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { DaemonSet } from '../../../kernel/schema/standard/types.ts';
import { templateColumns } from '../workload/columns.ts';
import { formatLabels } from '../workload/selector.ts';
import { admitDaemonSet } from './admit.ts';

/** apps/v1 DaemonSet: one pod of a template on every node that fits. */
export const daemonSetKind: KindDefinition<DaemonSet> = {
  group: 'apps',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apps/v1.DaemonSet'),
      columns: [
        {
          name: 'Desired',
          type: 'integer',
          description: 'Nodes that should have a pod.',
          value: ({ status }: DaemonSet) => status?.desiredNumberScheduled ?? 0,
        },
        {
          name: 'Current',
          type: 'integer',
          description: 'Nodes that have one.',
          value: ({ status }: DaemonSet) => status?.currentNumberScheduled ?? 0,
        },
        {
          name: 'Ready',
          type: 'integer',
          description: 'Nodes whose pod is ready.',
          value: ({ status }: DaemonSet) => status?.numberReady ?? 0,
        },
        {
          name: 'Up-to-date',
          type: 'integer',
          description: 'Nodes whose pod is of the current template.',
          value: ({ status }: DaemonSet) => status?.updatedNumberScheduled ?? 0,
        },
        {
          name: 'Available',
          type: 'integer',
          description: 'Nodes whose pod has been ready for minReadySeconds.',
          value: ({ status }: DaemonSet) => status?.numberAvailable ?? 0,
        },
        {
          name: 'Node Selector',
          type: 'string',
          description: 'Labels a node must have.',
          value: ({ spec }: DaemonSet) => formatLabels(spec?.template.spec?.nodeSelector),
        },
        ...templateColumns,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitDaemonSet,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
