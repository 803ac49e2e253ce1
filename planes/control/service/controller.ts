import { type ControllerDefinition, watching } from '../../../kernel/controller/controller.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { endpointsKind } from '../endpoints/type.ts';
import { nodeKind } from '../node/type.ts';
import { type ServiceProxyPorts, reconcileProxy } from './reconcile.ts';
import { serviceKind } from './type.ts';

/**
 * Configures the service proxy of a host. The proxy takes one configuration for everything, so there is one pass per
 * Node, whatever Service or Endpoints changed.
 */
export function serviceProxyController(ports: ServiceProxyPorts): ControllerDefinition<Node> {
  const proxied = () => [{ name: ports.nodeName }];
  return {
    name: 'service-proxy',
    kind: nodeKind,
    rules: [],
    watches: [watching(serviceKind, proxied), watching(endpointsKind, proxied)],
    concurrency: 1,
    reconcile: (pass) => reconcileProxy(pass, ports),
  };
}
