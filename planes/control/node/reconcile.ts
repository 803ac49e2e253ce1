import { DriverError, type Runtime, type RuntimeFeatures } from '../../../drivers/api/runtime.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { heartbeatMs, type HostFacts, nodeLabels, planNodeStatus } from './plan.ts';
import { nodeKind } from './type.ts';

/** What the Node of this host is made from. */
export interface NodePorts {
  readonly nodeName: string;
  readonly address: string;
  readonly host: HostFacts;
  /** Version of the agent: `v0.1.0`. */
  readonly version: string;
  readonly runtime: Runtime;
}

/** Keeps the status of this host's Node; of others nothing is known here. */
export async function reconcileNode(pass: Pass<Node>, ports: NodePorts): Promise<Outcome> {
  const { object: node, clock, signal } = pass;
  if (node.metadata.name !== ports.nodeName) return settled;
  const { name, version } = ports.runtime;
  const features = await readFeatures(ports.runtime, signal);
  const runtime = `${name}://${version}`;
  replaceStatus(pass.status, planNodeStatus({ ...ports, node, runtime, features, nowMs: clock.nowMs() }));
  return { kind: 'waiting', afterMs: heartbeatMs, reason: 'Heartbeat' };
}

/** Makes the Node object if it is not there. */
export async function ensureNode(client: Client, { nodeName, host }: NodePorts, signal: AbortSignal): Promise<void> {
  try {
    await client.create(nodeKind, { metadata: { name: nodeName, labels: nodeLabels(nodeName, host) } }, {}, signal);
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
  }
}

async function readFeatures(
  runtime: Runtime,
  signal: AbortSignal,
): Promise<RuntimeFeatures | { readonly problem: string }> {
  try {
    return await runtime.fingerprint(signal);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return { problem: errorText(error) };
  }
}
