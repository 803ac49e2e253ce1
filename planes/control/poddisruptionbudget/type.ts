import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { PodDisruptionBudget } from '../../../kernel/schema/standard/types.ts';
import { admitPodDisruptionBudget } from './admit.ts';

export type { PodDisruptionBudget } from '../../../kernel/schema/standard/types.ts';

/** policy/v1 PodDisruptionBudget: how many pods of a workload may be evicted at the same time. */
export const podDisruptionBudgetKind: KindDefinition<PodDisruptionBudget> = {
  group: 'policy',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('policy/v1.PodDisruptionBudget'),
      columns: [
        {
          name: 'Min Available',
          type: 'string',
          description: 'Pods that must stay available.',
          value: ({ spec }: PodDisruptionBudget) => String(spec?.minAvailable ?? 'N/A'),
        },
        {
          name: 'Max Unavailable',
          type: 'string',
          description: 'Pods that may be unavailable.',
          value: ({ spec }: PodDisruptionBudget) => String(spec?.maxUnavailable ?? 'N/A'),
        },
        {
          name: 'Allowed Disruptions',
          type: 'integer',
          description: 'Pods that may be evicted now.',
          value: ({ status }: PodDisruptionBudget) => status?.disruptionsAllowed ?? 0,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitPodDisruptionBudget,
  strategicMerge: true,
};
