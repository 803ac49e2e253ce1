import type { Draft } from '../../../kernel/meta/object.ts';
import type {
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  EndpointSubset,
  Pod,
  Service,
} from '../../../kernel/schema/standard/types.ts';
import { planSubsets } from '../endpoints/plan.ts';
import { controllerReference } from '../workload/ownership.ts';
import { managedBy, managedByLabel, serviceNameLabel } from './type.ts';

/**
 * The slices of a Service: the same facts as its Endpoints, one slice per set of ports. The name follows from the
 * ports, so that a slice stays what it is while its pods come and go.
 */
export function planSlices(service: Service, pods: readonly Pod[]): readonly Draft<EndpointSlice>[] {
  return planSubsets(service, pods).map((subset) => sliceOf(service, subset));
}

function sliceOf(
  service: Service,
  { addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset,
): Draft<EndpointSlice> {
  const { name, namespace } = service.metadata;
  const suffix = ports.map(({ port }) => port).join('-') || 'headless';
  return {
    metadata: {
      name: `${name}-${suffix}`.slice(0, 253),
      namespace,
      labels: { ...service.metadata.labels, [serviceNameLabel]: name, [managedByLabel]: managedBy },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    endpoints: [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ],
    ports: ports.map(({ name: portName = '', ...port }) => ({ name: portName, ...port })),
  };
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready, serving: ready, terminating: false },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}
