import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { HorizontalPodAutoscaler } from '../../../kernel/schema/standard/types.ts';
import { admitHorizontalPodAutoscaler } from './admit.ts';
import { formatTargets } from './targets.ts';

/** autoscaling/v2 HorizontalPodAutoscaler: how many copies of a workload, by what is measured. */
export const horizontalPodAutoscalerKind: KindDefinition<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v2',
      served: true,
      schema: standardSchema('autoscaling/v2.HorizontalPodAutoscaler'),
      columns: [
        {
          name: 'Reference',
          type: 'string',
          description: 'What it scales.',
          value: ({ spec }: HorizontalPodAutoscaler) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
        },
        { name: 'Targets', type: 'string', description: 'Measured and wanted values.', value: formatTargets },
        {
          name: 'MinPods',
          type: 'string',
          description: 'Fewest copies.',
          value: ({ spec }: HorizontalPodAutoscaler) => String(spec?.minReplicas ?? '<unset>'),
        },
        { name: 'MaxPods', type: 'integer', description: 'Most copies.', value: '.spec.maxReplicas' },
        {
          name: 'Replicas',
          type: 'integer',
          description: 'Copies there are.',
          value: ({ status }: HorizontalPodAutoscaler) => status?.currentReplicas ?? 0,
        },
      ],
    },
  ],
  storageVersion: 'v2',
  statusSubresource: true,
  history: 'spec',
  admission: admitHorizontalPodAutoscaler,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
