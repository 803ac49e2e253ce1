import { isIP } from 'node:net';
import { isApiError } from '../../kernel/meta/errors.ts';
import { isPlainObject } from '../../kernel/meta/json.ts';
import type { Client } from '../../kernel/ports/client.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
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
 * address and port it has now.
 */
export async function keepKubernetesService(
  client: Client,
  { clusterIp, url }: KubernetesService,
  signal: AbortSignal,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const ports = [{ name: 'https', protocol: 'TCP', port: Number(port) }];
  const family = isIP(address);
  const service = {
    metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: Number(port) }],
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
    keep(client, serviceKind, service, signal),
    keep(client, endpointSliceKind, slice, signal),
    keep(client, endpointsKind, endpoints, signal),
  ]);
}

/** An object that is to be there with these fields, whatever else it has. */
interface WantedObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** Looks first: most starts have nothing to write, and then need no schemas. */
async function keep(client: Client, kind: KindDefinition, wanted: WantedObject, signal: AbortSignal): Promise<void> {
  const stored = await orUndefined(client.get(kind, wanted.metadata, signal));
  if (!holds(stored, wanted)) await client.apply(kind, wanted, { fieldManager, force: true }, signal);
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** True if `value` has everything `wanted` has; lists are alike in length and order. */
function holds(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) &&
      value.length === wanted.length &&
      wanted.every((item, index) => holds(value[index] as unknown, item))
    );
  }
  if (!isPlainObject(wanted)) return value === wanted;
  return isPlainObject(value) && Object.entries(wanted).every(([name, field]) => holds(value[name], field));
}
