import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ServiceCIDR } from '../../../kernel/schema/standard/types.ts';
import { admitServiceCidr } from './admit.ts';

/** networking.k8s.io/v1 ServiceCIDR: a range Services get their addresses from. */
export const serviceCidrKind: KindDefinition<ServiceCIDR> = {
  group: 'networking.k8s.io',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('networking/v1.ServiceCIDR'),
      columns: [
        {
          name: 'CIDRs',
          type: 'string',
          description: 'The range, one per family of addresses.',
          value: ({ spec }: ServiceCIDR) => (spec?.cidrs ?? []).join(','),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'spec',
  admission: admitServiceCidr,
  countsGeneration: false,
  strategicMerge: true,
};
