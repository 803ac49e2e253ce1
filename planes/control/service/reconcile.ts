import type { ProxyStatus, ServiceProxy } from '../../../drivers/api/proxy.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { endpointsKind } from '../endpoints/type.ts';
import type { TrafficGate } from '../traffic/traffic-gate.ts';
import { planProxy } from './plan.ts';
import { serviceKind } from './type.ts';

/** What the proxy's controller works with. */
export interface ServiceProxyPorts {
  /** The Node whose host the proxy serves. */
  readonly nodeName: string;
  readonly proxy: ServiceProxy;
  readonly gate: TrafficGate;
}

/** The proxy is looked at again at least this often: it is a process of its own and may have died. */
const checkMs = 5_000;
/** A listener that could not be opened is tried again after this. */
const retryMs = 5_000;

/** Makes the host's proxy serve what Services and Endpoints say, and tells the runtime what it confirmed. */
export async function reconcileProxy(pass: Pass<Node>, ports: ServiceProxyPorts): Promise<Outcome> {
  const { object: node, view, signal } = pass;
  if (node.metadata.name !== ports.nodeName) return settled;
  const config = planProxy({ services: view.list(serviceKind), endpoints: view.list(endpointsKind) });
  const before = await ports.proxy.observe(signal);
  if (before === undefined && config.listeners.length === 0) {
    // Nothing to serve and nobody serving: no process is needed for that.
    ports.gate.confirm([]);
    return settled;
  }
  await ports.proxy.apply(config, signal);
  const status = await ports.proxy.observe(signal);
  ports.gate.confirm(status?.podUids ?? []);
  return reportFailures(pass, status);
}

function reportFailures(pass: Pass<Node>, status: ProxyStatus | undefined): Outcome {
  for (const { name, message } of status?.failures ?? []) {
    const [namespace = '', rest = ''] = name.split('/');
    const regarding = { apiVersion: 'v1', kind: 'Service', namespace, name: rest.slice(0, rest.lastIndexOf(':')) };
    pass.event({ type: 'Warning', reason: 'ListenFailed', message: `Cannot serve ${name}: ${message}`, regarding });
  }
  const [failure] = status?.failures ?? [];
  if (failure === undefined) return { kind: 'waiting', afterMs: checkMs, reason: 'Watching' };
  return { kind: 'waiting', afterMs: retryMs, reason: 'ListenFailed', message: failure.message };
}
