import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { Lease } from '../../schema/standard/types.ts';
import { admitLease } from './admit.ts';

/** Who holds a role and until when: leader election and heartbeats (`coordination.k8s.io/v1.Lease`). */
export const leaseKind: KindDefinition<Lease> = {
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('coordination/v1.Lease'),
      columns: [
        {
          name: 'Holder',
          type: 'string',
          description: 'Who holds the lease.',
          value: ({ spec }: Lease) => spec?.holderIdentity ?? '',
        },
      ],
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'none',
  admission: admitLease,
};
