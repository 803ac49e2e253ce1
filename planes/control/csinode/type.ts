import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { CSINode } from '../../../kernel/schema/standard/types.ts';
import { admitCsiNode } from './admit.ts';

/** storage.k8s.io/v1 CSINode: the storage drivers of a node. */
export const csiNodeKind: KindDefinition<CSINode> = {
  group: 'storage.k8s.io',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('storage/v1.CSINode'),
      columns: [
        {
          name: 'Drivers',
          type: 'integer',
          description: 'How many there are.',
          value: ({ spec }: CSINode) => spec.drivers.length,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  admission: admitCsiNode,
  countsGeneration: false,
  strategicMerge: true,
  returnsDeleted: true,
};
