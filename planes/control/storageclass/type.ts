import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { StorageClass } from '../../../kernel/schema/standard/types.ts';
import { classNameColumn } from '../volumes/columns.ts';
import { admitStorageClass } from './admit.ts';

/** storage.k8s.io/v1 StorageClass: a kind of storage claims can ask for. */
export const storageClassKind: KindDefinition<StorageClass> = {
  group: 'storage.k8s.io',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('storage/v1.StorageClass'),
      columns: [
        classNameColumn('storageclass.kubernetes.io/is-default-class'),
        { name: 'Provisioner', type: 'string', description: 'What makes the volumes.', value: '.provisioner' },
        {
          name: 'ReclaimPolicy',
          type: 'string',
          description: 'What becomes of a volume when its claim is gone.',
          value: '.reclaimPolicy',
        },
        {
          name: 'VolumeBindingMode',
          type: 'string',
          description: 'When a claim gets its volume.',
          value: '.volumeBindingMode',
        },
        {
          name: 'AllowVolumeExpansion',
          type: 'string',
          description: 'Whether volumes can grow.',
          value: ({ allowVolumeExpansion }: StorageClass) => allowVolumeExpansion ?? false,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitStorageClass,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};
