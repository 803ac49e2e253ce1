import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Node } from '../../../kernel/schema/standard/types.ts';
import { admitNode } from './admit.ts';

export type { Node } from '../../../kernel/schema/standard/types.ts';

/** core/v1 Node: a host pods are bound to. A site has one to begin with. */
export const nodeKind: KindDefinition<Node> = {
  group: '',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.Node'),
      columns: [
        { name: 'Status', type: 'string', description: 'Whether it takes and runs pods.', value: formatStatus },
        { name: 'Roles', type: 'string', description: 'From node-role.kubernetes.io labels.', value: formatRoles },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        {
          name: 'Version',
          type: 'string',
          description: 'Version of the agent.',
          value: '.status.nodeInfo.kubeletVersion',
        },
        {
          name: 'Internal-IP',
          type: 'string',
          priority: 1,
          description: 'Address pods of this node answer on.',
          value: (node: Node) => addressOf(node, 'InternalIP'),
        },
        {
          name: 'External-IP',
          type: 'string',
          priority: 1,
          description: 'Address others reach it at.',
          value: (node: Node) => addressOf(node, 'ExternalIP'),
        },
        {
          name: 'OS-Image',
          type: 'string',
          priority: 1,
          description: 'Operating system.',
          value: ({ status }: Node) => status?.nodeInfo?.osImage || '<unknown>',
        },
        {
          name: 'Kernel-Version',
          type: 'string',
          priority: 1,
          description: 'Kernel of the operating system.',
          value: ({ status }: Node) => status?.nodeInfo?.kernelVersion || '<unknown>',
        },
        {
          name: 'Container-Runtime',
          type: 'string',
          priority: 1,
          description: 'Driver that runs the pods.',
          value: ({ status }: Node) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'none',
  createTakesStatus: true,
  admission: admitNode,
  selectableFields: [{ label: 'spec.unschedulable', value: (node: Node) => String(node.spec?.unschedulable ?? false) }],
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};

function formatStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  const words = { True: 'Ready', False: 'NotReady' } as const;
  const word = words[ready as keyof typeof words] ?? 'Unknown';
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function formatRoles(node: Node): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
  return roles.length === 0
    ? '<none>'
    : roles
        .map((label) => label.slice(prefix.length))
        .toSorted()
        .join(',');
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}
