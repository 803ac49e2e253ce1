import { DriverError, type Runtime, type RuntimeFeatures } from '../../../drivers/api/runtime.ts';
import { type Clock, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { Draft } from '../../../kernel/meta/object.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import type { NodeLeases } from '../node-lease/node-leases.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { heartbeatMs, type HostFacts, planNodeStatus } from './plan.ts';
import { nodeKind } from './type.ts';

/** What the Node of this host is made from. */
export interface NodePorts {
  readonly nodeName: string;
  readonly address: string;
  readonly host: HostFacts;
  /** Version of the agent: `v0.1.0`. */
  readonly version: string;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A Node that could not be made is tried again after this. */
const createRetryMs = 1_000;

/** Keeps the status and the Lease of this host's Node; of others nothing is known here. */
export async function reconcileNode(pass: Pass<Node>, ports: NodePorts, leases: NodeLeases): Promise<Outcome> {
  const { object: node, clock, signal } = pass;
  if (node.metadata.name !== ports.nodeName) return settled;
  const { name, version } = ports.runtime;
  const features = await readFeatures(ports.runtime, signal);
  const runtime = `${name}://${version}`;
  replaceStatus(pass.status, planNodeStatus({ ...ports, node, runtime, features, nowMs: clock.nowMs() }));
  await leases.keep(node, pass.client, signal);
  return { kind: 'waiting', afterMs: heartbeatMs, reason: 'Heartbeat' };
}

/** Makes the Node object if it is not there; tries until it is, or `signal` aborts. */
export async function ensureNode(
  client: Client,
  metadata: Draft<Node>['metadata'],
  { clock, log }: Pick<NodePorts, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  do {
    try {
      await client.create(nodeKind, { metadata }, {}, signal);
      return;
    } catch (error) {
      if (signal.aborted || isApiError(error, 'AlreadyExists')) return;
      log.warn('node not made', { error: errorText(error), retryInMs: createRetryMs });
    }
  } while (await sleepUnlessAborted(clock, createRetryMs, signal));
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
