import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { VolumeAttributesClass } from '../../../kernel/schema/standard/types.ts';
import { classNameColumn } from '../volumes/columns.ts';
import { admitVolumeAttributesClass } from './admit.ts';

/** storage.k8s.io/v1 VolumeAttributesClass: attributes of volumes that can change while they are used. */
export const volumeAttributesClassKind: KindDefinition<VolumeAttributesClass> = {
  group: 'storage.k8s.io',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('storage/v1.VolumeAttributesClass'),
      columns: [
        classNameColumn('storageclass.kubernetes.io/is-default-class'),
        { name: 'DriverName', type: 'string', description: 'Storage driver it is for.', value: '.driverName' },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitVolumeAttributesClass,
  countsGeneration: false,
  strategicMerge: true,
  returnsDeleted: true,
};
