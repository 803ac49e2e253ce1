import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Pod,
  Service,
} from '../../../kernel/schema/standard/types.ts';
import { resolvePort } from '../pod/type.ts';
import { isPodActive, isPodReady } from '../workload/pod-state.ts';

/** Most addresses in one Endpoints object (Kubernetes `maxCapacity`). */
const addressesMax = 1_000;

/**
 * The addresses behind a Service. Pods of a site share the host's address and have ports of their own, so each pod gets
 * its own subset unless ports agree; a deleted pod leaves at once, whatever its probes say.
 */
export function planSubsets(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const bound = pods
    .filter((pod) => isPodActive(pod) && (pod.status?.podIP ?? '') !== '')
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .slice(0, addressesMax);
  const subsets = new Map<
    string,
    { ready: EndpointAddress[]; notReady: EndpointAddress[]; ports: readonly EndpointPort[] }
  >();
  for (const pod of bound) {
    const ports = portsOf(service, pod);
    if (ports === undefined) continue;
    const key = JSON.stringify(ports);
    const subset = subsets.get(key) ?? { ready: [], notReady: [], ports };
    const takesTraffic = service.spec?.publishNotReadyAddresses === true || isPodReady(pod);
    (takesTraffic ? subset.ready : subset.notReady).push(addressOf(pod));
    subsets.set(key, subset);
  }
  return Array.from(subsets.values(), ({ ready, notReady, ports }) => ({
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ...(ports.length === 0 ? {} : { ports }),
  }));
}

/** Real ports of a pod for the ports of a Service; `undefined` when it has none of them (as upstream: it is left out). */
function portsOf({ spec }: Service, pod: Pod): readonly EndpointPort[] | undefined {
  const wanted = spec?.ports ?? [];
  const found = wanted.flatMap(({ name, port, targetPort, protocol = 'TCP', appProtocol }) => {
    const real = resolvePort(pod, targetPort ?? port);
    if (real === undefined) return [];
    return [
      {
        ...(name === undefined ? {} : { name }),
        port: real,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      },
    ];
  });
  return wanted.length > 0 && found.length === 0 ? undefined : found;
}

function addressOf({ metadata, spec, status }: Pod): EndpointAddress {
  const { name, namespace = '', uid } = metadata;
  return {
    ip: status?.podIP ?? '',
    ...(spec?.hostname === undefined ? {} : { hostname: spec.hostname }),
    ...(spec?.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}
