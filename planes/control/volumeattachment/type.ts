import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { VolumeAttachment } from '../../../kernel/schema/standard/types.ts';
import { admitVolumeAttachment } from './admit.ts';

/** storage.k8s.io/v1 VolumeAttachment: a volume that should be attached to a node. */
export const volumeAttachmentKind: KindDefinition<VolumeAttachment> = {
  group: 'storage.k8s.io',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('storage/v1.VolumeAttachment'),
      columns: [
        {
          name: 'Attacher',
          type: 'string',
          format: 'name',
          description: 'Driver that does it.',
          value: '.spec.attacher',
        },
        {
          name: 'PV',
          type: 'string',
          description: 'The volume.',
          value: ({ spec }: VolumeAttachment) => spec.source.persistentVolumeName ?? '',
        },
        { name: 'Node', type: 'string', description: 'The node.', value: '.spec.nodeName' },
        {
          name: 'Attached',
          type: 'boolean',
          description: 'Whether it is done.',
          value: ({ status }: VolumeAttachment) => status?.attached ?? false,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'none',
  admission: admitVolumeAttachment,
  countsGeneration: false,
  strategicMerge: true,
  returnsDeleted: true,
};
