import type { Clock } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import { TaskGroup } from '../../../kernel/base/task-group.ts';
import type { ControllerDefinition, Pass, View } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { nodeLeaseRule, NodeLeases } from '../node-lease/node-leases.ts';
import { AddressPool } from '../simulation/address-pool.ts';
import { simulatedLabel } from '../simulation/runs.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { heartbeatMs, type HostFacts, nodeLabels, planNodeStatus } from './plan.ts';
import { ensureNode } from './reconcile.ts';
import { nodeKind } from './type.ts';

/** What simulated nodes are made from. */
export interface SimulationPorts {
  /** Nodes made at start, unless they are there. */
  readonly nodeCount: number;
  /** Version the nodes report: `v1.36.0`. */
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a simulated host is. */
const host: Omit<HostFacts, 'hostname'> = {
  operatingSystem: 'linux',
  architecture: 'amd64',
  kernelVersion: 'simulated',
  osImage: 'simulated',
  machineId: '',
  bootId: '',
  cpuCount: 32,
  memoryBytes: 256 * 1024 ** 3,
};

/** Nodes made at the same time, so that they share syncs of the disk. */
const createsMax = 32;

/** Makes simulated nodes and keeps them Ready. */
export function simulatedNodeController(ports: SimulationPorts): ControllerDefinition<Node> {
  const leases = new NodeLeases(ports);
  let addresses: AddressPool | undefined;
  return {
    name: 'simulated-node',
    kind: nodeKind,
    rules: [{ verbs: ['create'], groups: [''], resources: ['nodes'] }, nodeLeaseRule],
    concurrency: 8,
    async run({ client }, signal) {
      const group = new TaskGroup(signal);
      group.start((stop) => leases.run(client, stop));
      group.start((stop) => createNodes(client, ports, stop));
      await group.join();
    },
    forget({ name }) {
      leases.drop(name);
      addresses?.release(name);
    },
    async reconcile(pass) {
      if (pass.object.metadata.labels?.[simulatedLabel] !== 'true') return settled;
      addresses ??= addressesIn(pass.view);
      return simulateNode(pass, ports, addresses, leases);
    },
  };
}

/** A pool that knows what nodes have from before. */
function addressesIn(view: View): AddressPool {
  const pool = new AddressPool('10.32.0.0', 16);
  for (const node of view.list(nodeKind)) {
    const address = addressOf(node);
    if (address !== undefined) pool.keep(node.metadata.name, address);
  }
  return pool;
}

function addressOf({ status }: Node): string | undefined {
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
}

async function createNodes(client: Client, ports: SimulationPorts, signal: AbortSignal): Promise<void> {
  const names = Array.from({ length: ports.nodeCount }, (_, index) => `node-${index}`);
  for (let first = 0; first < names.length; first += createsMax) {
    const creates = names.slice(first, first + createsMax).map((name) => {
      const labels = { ...nodeLabels(name, { ...host, hostname: name }), [simulatedLabel]: 'true' };
      return ensureNode(client, { name, labels }, ports, signal);
    });
    await Promise.all(creates);
  }
}

/** Fills in what a new Node lacks and beats its heart; what a client set in the status stays. */
async function simulateNode(
  pass: Pass<Node>,
  { version }: SimulationPorts,
  addresses: AddressPool,
  leases: NodeLeases,
): Promise<Outcome> {
  const { object: node, clock, client, signal } = pass;
  const { name } = node.metadata;
  const planned = planNodeStatus({
    node,
    host: { ...host, hostname: name },
    address: addressOf(node) ?? addresses.take(name),
    version,
    runtime: 'simulated://1.0',
    features: { mounts: true, limits: true, reasons: [] },
    nowMs: clock.nowMs(),
  });
  const {
    capacity = planned.capacity,
    allocatable = capacity,
    addresses: found = planned.addresses,
  } = node.status ?? {};
  replaceStatus(pass.status, {
    ...planned,
    ...(capacity === undefined ? {} : { capacity }),
    ...(allocatable === undefined ? {} : { allocatable }),
    ...(found === undefined ? {} : { addresses: found }),
  });
  await leases.keep(node, client, signal);
  return { kind: 'waiting', afterMs: heartbeatMs, reason: 'Heartbeat' };
}
