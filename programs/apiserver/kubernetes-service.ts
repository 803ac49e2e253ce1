import { isIP } from 'node:net';
import type { Client } from '../../kernel/ports/client.ts';
import { endpointsKind } from '../../planes/control/endpoints/type.ts';
import { endpointSliceKind, serviceNameLabel } from '../../planes/control/endpointslice/type.ts';
import { serviceKind } from '../../planes/control/service/type.ts';

/** Writer of the objects, as upstream names it. */
const fieldManager = 'kube-apiserver';

/** What leads to the server. */
export interface KubernetesService {
  /** Address of the Service. */
  readonly clusterIp: string;
  /** Where the server answers: `https://127.0.0.1:6443`. */
  readonly url: string;
}

/**
 * Keeps the Service `kubernetes` of namespace `default`, through which clients inside a cluster reach the server, with the
 * address and port it has now. Writes nothing where that is so already.
 */
export async function keepKubernetesService(
  client: Client,
  { clusterIp, url }: KubernetesService,
  signal: AbortSignal,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const ports = [{ name: 'https', protocol: 'TCP' as const, port: Number(port) }];
  const family = isIP(address);
  const options = { fieldManager, force: true };
  const service = {
    metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP' as const,
      clusterIP: clusterIp,
      ports: [{ name: 'https', protocol: 'TCP' as const, port: 443, targetPort: Number(port) }],
    },
  };
  const slice = {
    metadata: { ...metadata, labels: { [serviceNameLabel]: 'kubernetes' } },
    addressType: family === 0 ? 'FQDN' : `IPv${family}`,
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  // The label keeps a controller from making a second slice of the same addresses.
  const endpoints = {
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: family === 0 ? [] : [{ addresses: [{ ip: address }], ports }],
  };
  await Promise.all([
    client.apply(serviceKind, service, options, signal),
    client.apply(endpointSliceKind, slice as never, options, signal),
    client.apply(endpointsKind, endpoints, options, signal),
  ]);
}
