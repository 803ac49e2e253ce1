import { checkDnsLabel } from '../../meta/names.ts';
import { allMetadataOfStatus, type KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { Namespace } from '../../schema/standard/types.ts';
import { admitNamespace } from './admit.ts';

/** A room for names: objects inside it go when it goes (`core/v1.Namespace`). */
export const namespaceKind: KindDefinition<Namespace> = {
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.Namespace'),
      columns: [
        {
          name: 'Status',
          type: 'string',
          description: 'Active, or Terminating while its contents are being deleted.',
          value: '.status.phase',
        },
      ],
    },
  ],
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  objectSubresources: ['finalize'],
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  history: 'spec',
  selectableFields: [{ label: 'status.phase', value: (namespace: Namespace) => namespace.status?.phase ?? '' }],
  checkName: checkDnsLabel,
  holdsDeletion: (namespace) => (namespace.spec?.finalizers ?? []).length > 0,
  admission: admitNamespace,
  deletesCollections: false,
  deletionOrder: 1000,
};
