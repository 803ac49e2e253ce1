import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { PersistentVolumeClaim } from '../../../kernel/schema/standard/types.ts';
import {
  formatAccessModes,
  storageClassColumn,
  volumeAttributesClassColumn,
  volumeModeColumn,
} from '../volumes/columns.ts';
import { admitPersistentVolumeClaim } from './admit.ts';
import { claimQuota } from './quota.ts';

/** core/v1 PersistentVolumeClaim: storage a workload asks for. */
export const persistentVolumeClaimKind: KindDefinition<PersistentVolumeClaim> = {
  group: '',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.PersistentVolumeClaim'),
      columns: [
        {
          name: 'Status',
          type: 'string',
          description: 'Whether it has a volume.',
          value: ({ metadata, status }: PersistentVolumeClaim) =>
            metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
        },
        {
          name: 'Volume',
          type: 'string',
          description: 'The volume.',
          value: ({ spec }: PersistentVolumeClaim) => spec?.volumeName ?? '',
        },
        {
          name: 'Capacity',
          type: 'string',
          description: 'How much the volume holds.',
          value: (claim: PersistentVolumeClaim) => (isBound(claim) ? (claim.status?.capacity?.['storage'] ?? '0') : ''),
        },
        {
          name: 'Access Modes',
          type: 'string',
          description: 'How the volume can be mounted.',
          value: (claim: PersistentVolumeClaim) => (isBound(claim) ? formatAccessModes(claim.status?.accessModes) : ''),
        },
        storageClassColumn,
        volumeAttributesClassColumn,
        volumeModeColumn,
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitPersistentVolumeClaim,
  quota: claimQuota,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};

function isBound({ spec }: PersistentVolumeClaim): boolean {
  return (spec?.volumeName ?? '') !== '';
}
