import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Deployment } from '../../../kernel/schema/standard/types.ts';
import { templateColumns } from '../workload/columns.ts';
import { replicasScale } from '../workload/replicas.ts';
import { admitDeployment } from './admit.ts';

export type { Deployment } from '../../../kernel/schema/standard/types.ts';

/** apps/v1 Deployment: replicated pods that are replaced step by step when their template changes. */
export const deploymentKind: KindDefinition<Deployment> = {
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apps/v1.Deployment'),
      columns: [
        {
          name: 'Ready',
          type: 'string',
          description: 'Ready pods of those wanted.',
          value: ({ spec, status }: Deployment) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}`,
        },
        {
          name: 'Up-to-date',
          type: 'string',
          description: 'Pods of the current template.',
          value: ({ status }: Deployment) => status?.updatedReplicas ?? 0,
        },
        {
          name: 'Available',
          type: 'string',
          description: 'Pods that have been ready for minReadySeconds.',
          value: ({ status }: Deployment) => status?.availableReplicas ?? 0,
        },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        ...templateColumns,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: ['annotations', 'finalizers', 'ownerReferences'],
  scale: replicasScale,
  history: 'spec',
  admission: admitDeployment,
  countsGeneration: 'annotationsToo',
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
