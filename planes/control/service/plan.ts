import type { ProxyBackend, ProxyConfig, ProxyListener } from '../../../drivers/api/proxy.ts';
import type { Endpoints, Service, ServicePort } from '../../../kernel/schema/standard/types.ts';
import { hasAddress } from './type.ts';

/** What the planner looks at. */
export interface ProxyFacts {
  readonly services: readonly Service[];
  readonly endpoints: readonly Endpoints[];
}

/** The proxy's whole configuration: one listener per TCP port of every Service with an address. Pure; ordered by name. */
export function planProxy({ services, endpoints }: ProxyFacts): ProxyConfig {
  const byName = new Map(endpoints.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
  const listeners = services.filter(hasAddress).flatMap((service) => {
    const name = `${service.metadata.namespace}/${service.metadata.name}`;
    return (service.spec?.ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
      .map((port) => listenerOf(service, port, byName.get(name)));
  });
  return { listeners: listeners.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

function listenerOf({ metadata, spec }: Service, port: ServicePort, endpoints: Endpoints | undefined): ProxyListener {
  return {
    name: `${metadata.namespace}/${metadata.name}:${port.name ?? port.port}`,
    address: spec?.clusterIP ?? '',
    port: port.port,
    backends: backendsOf(endpoints, port.name),
  };
}

/** Ready addresses only; ports of Services and Endpoints go together by name. */
function backendsOf(endpoints: Endpoints | undefined, portName: string | undefined): readonly ProxyBackend[] {
  return (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports
      .filter(({ name = '' }) => name === (portName ?? ''))
      .flatMap(({ port }) =>
        addresses.map(({ ip, targetRef }) => ({ address: ip, port, podUid: targetRef?.uid ?? `${ip}:${port}` })),
      ),
  );
}
