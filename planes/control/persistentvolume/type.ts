import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { PersistentVolume } from '../../../kernel/schema/standard/types.ts';
import {
  formatAccessModes,
  storageClassColumn,
  volumeAttributesClassColumn,
  volumeModeColumn,
} from '../volumes/columns.ts';
import { admitPersistentVolume } from './admit.ts';

/** core/v1 PersistentVolume: storage that is there, whoever uses it. */
export const persistentVolumeKind: KindDefinition<PersistentVolume> = {
  group: '',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.PersistentVolume'),
      columns: [
        {
          name: 'Capacity',
          type: 'string',
          description: 'How much it holds.',
          value: ({ spec }: PersistentVolume) => spec?.capacity?.['storage'] ?? '0',
        },
        {
          name: 'Access Modes',
          type: 'string',
          description: 'How it can be mounted.',
          value: ({ spec }: PersistentVolume) => formatAccessModes(spec?.accessModes),
        },
        {
          name: 'Reclaim Policy',
          type: 'string',
          description: 'What becomes of it when its claim is gone.',
          value: '.spec.persistentVolumeReclaimPolicy',
        },
        {
          name: 'Status',
          type: 'string',
          description: 'Whether it is free, bound or released.',
          value: ({ metadata, status }: PersistentVolume) =>
            metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
        },
        {
          name: 'Claim',
          type: 'string',
          description: 'Claim it is bound to.',
          value: ({ spec }: PersistentVolume) =>
            spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace}/${spec.claimRef.name}`,
        },
        storageClassColumn,
        volumeAttributesClassColumn,
        {
          name: 'Reason',
          type: 'string',
          description: 'Why it is in this state.',
          value: ({ status }: PersistentVolume) => status?.reason ?? '',
        },
        volumeModeColumn,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitPersistentVolume,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};
