import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { CSIDriver } from '../../../kernel/schema/standard/types.ts';
import { admitCsiDriver } from './admit.ts';

/** storage.k8s.io/v1 CSIDriver: what a storage driver can do and needs. */
export const csiDriverKind: KindDefinition<CSIDriver> = {
  group: 'storage.k8s.io',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('storage/v1.CSIDriver'),
      columns: [
        {
          name: 'AttachRequired',
          type: 'boolean',
          description: 'Whether volumes are attached to nodes first.',
          value: ({ spec }: CSIDriver) => spec.attachRequired ?? true,
        },
        {
          name: 'PodInfoOnMount',
          type: 'boolean',
          description: 'Whether it is told which pod it mounts for.',
          value: ({ spec }: CSIDriver) => spec.podInfoOnMount ?? false,
        },
        {
          name: 'StorageCapacity',
          type: 'boolean',
          description: 'Whether it says how much is left.',
          value: ({ spec }: CSIDriver) => spec.storageCapacity ?? false,
        },
        {
          name: 'TokenRequests',
          type: 'string',
          description: 'Audiences of the tokens it is given.',
          value: ({ spec }: CSIDriver) =>
            (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
        },
        {
          name: 'RequiresRepublish',
          type: 'boolean',
          description: 'Whether it is called again and again.',
          value: ({ spec }: CSIDriver) => spec.requiresRepublish ?? false,
        },
        {
          name: 'Modes',
          type: 'string',
          description: 'Volumes it has.',
          value: ({ spec }: CSIDriver) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>',
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitCsiDriver,
  countsGeneration: 'changesOnly',
  strategicMerge: true,
  returnsDeleted: true,
};
