import { BoundedQueue } from '../../../kernel/base/bounded-queue.ts';
import { TaskGroup } from '../../../kernel/base/task-group.ts';
import type { ControllerDefinition } from '../../../kernel/controller/controller.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { nodeLeaseRule, NodeLeases } from '../node-lease/node-leases.ts';
import { nodeLabels } from './plan.ts';
import { ensureNode, type NodePorts, reconcileNode } from './reconcile.ts';
import { nodeKind } from './type.ts';

/** Keeps the Node of this host: makes it, makes it again when somebody deletes it, and beats its heart. */
export function nodeController(ports: NodePorts): ControllerDefinition<Node> {
  // One entry is enough: it says "look whether the Node is there".
  const looks = new BoundedQueue<'look'>(1);
  const leases = new NodeLeases(ports);
  const metadata = { name: ports.nodeName, labels: nodeLabels(ports.nodeName, ports.host) };
  return {
    name: 'node',
    kind: nodeKind,
    rules: [{ verbs: ['create'], groups: [''], resources: ['nodes'] }, nodeLeaseRule],
    concurrency: 1,
    async run({ client }, signal) {
      const group = new TaskGroup(signal);
      group.start((stop) => leases.run(client, stop));
      group.start(async (stop) => {
        looks.push('look');
        while (!stop.aborted) {
          await looks.take(stop);
          await ensureNode(client, metadata, ports, stop);
        }
      });
      await group.join();
    },
    forget({ name }) {
      leases.drop(name);
      if (name === ports.nodeName) looks.push('look');
    },
    reconcile: (pass) => reconcileNode(pass, ports, leases),
  };
}
