import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { LimitRange } from '../../schema/standard/types.ts';
import { admitLimitRange } from './admit.ts';

/** core/v1 LimitRange: bounds and defaults for what single pods, containers and claims of a namespace may use. */
export const limitRangeKind: KindDefinition<LimitRange> = {
  group: '',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.LimitRange'),
      columns: [
        {
          name: 'Created At',
          type: 'string',
          description: 'When it was made.',
          value: '.metadata.creationTimestamp',
        },
      ],
      addsAge: false,
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitLimitRange,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
};
