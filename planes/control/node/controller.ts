import { BoundedQueue } from '../../../kernel/base/bounded-queue.ts';
import type { ControllerDefinition } from '../../../kernel/controller/controller.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { ensureNode, type NodePorts, reconcileNode } from './reconcile.ts';
import { nodeKind } from './type.ts';

/** Keeps the Node of this host: makes it, makes it again when somebody deletes it, and beats its heart. */
export function nodeController(ports: NodePorts): ControllerDefinition<Node> {
  // One entry is enough: it says "look whether the Node is there".
  const looks = new BoundedQueue<'look'>(1);
  return {
    name: 'node',
    kind: nodeKind,
    rules: [{ verbs: ['create'], groups: [''], resources: ['nodes'] }],
    concurrency: 1,
    async run({ client }, signal) {
      looks.push('look');
      while (!signal.aborted) {
        await looks.take(signal);
        await ensureNode(client, ports, signal);
      }
    },
    forget({ name }) {
      if (name === ports.nodeName) looks.push('look');
    },
    reconcile: (pass) => reconcileNode(pass, ports),
  };
}
