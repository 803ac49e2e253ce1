import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { CSIStorageCapacity } from '../../../kernel/schema/standard/types.ts';
import { admitCsiStorageCapacity } from './admit.ts';

/** storage.k8s.io/v1 CSIStorageCapacity: how much storage of a class is left for some nodes. */
export const csiStorageCapacityKind: KindDefinition<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('storage/v1.CSIStorageCapacity'),
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
  history: 'none',
  admission: admitCsiStorageCapacity,
  countsGeneration: false,
  strategicMerge: true,
};
