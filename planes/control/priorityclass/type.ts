import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { PriorityClass } from '../../../kernel/schema/standard/types.ts';
import { admitPriorityClass } from './admit.ts';

/** scheduling.k8s.io/v1 PriorityClass: how important pods are, by name. */
export const priorityClassKind: KindDefinition<PriorityClass> = {
  group: 'scheduling.k8s.io',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('scheduling/v1.PriorityClass'),
      columns: [
        { name: 'Value', type: 'integer', description: 'Higher is more important.', value: '.value' },
        {
          name: 'Global-Default',
          type: 'boolean',
          description: 'Whether pods without a class get this one.',
          value: ({ globalDefault }: PriorityClass) => globalDefault ?? false,
        },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        {
          name: 'PreemptionPolicy',
          type: 'string',
          description: 'Whether less important pods make way.',
          value: '.preemptionPolicy',
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitPriorityClass,
  countsGeneration: 'once',
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
