import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { EndpointSlice } from '../../../kernel/schema/standard/types.ts';
import { admitEndpointSlice } from './admit.ts';

export type { EndpointSlice } from '../../../kernel/schema/standard/types.ts';

/** Names the Service a slice belongs to. */
export const serviceNameLabel = 'kubernetes.io/service-name';
/** Names who keeps a slice; only those with `managedBy` are ours. */
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
/** Value of `managedByLabel` on the slices the control plane keeps. */
export const managedBy = 'endpointslice-controller.k8s.io';

/** discovery.k8s.io/v1 EndpointSlice: some of the addresses behind a Service, all with the same ports. */
export const endpointSliceKind: KindDefinition<EndpointSlice> = {
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('discovery/v1.EndpointSlice'),
      columns: [
        { name: 'AddressType', type: 'string', description: 'IPv4, IPv6 or FQDN.', value: '.addressType' },
        { name: 'Ports', type: 'string', description: 'Ports of all its endpoints.', value: formatPorts },
        { name: 'Endpoints', type: 'string', description: 'Addresses.', value: formatEndpoints },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  admission: admitEndpointSlice,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};

function formatPorts({ ports }: EndpointSlice): string {
  return (ports ?? []).map(({ port }) => String(port ?? '*')).join(',') || '<unset>';
}

function formatEndpoints({ endpoints }: EndpointSlice): string {
  const addresses = (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []);
  const more = addresses.length > 3 ? ` + ${addresses.length - 3} more...` : '';
  return addresses.length === 0 ? '<unset>' : `${addresses.slice(0, 3).join(',')}${more}`;
}
