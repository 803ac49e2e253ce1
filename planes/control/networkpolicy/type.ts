import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { NetworkPolicy } from '../../../kernel/schema/standard/types.ts';
import { formatSelector } from '../workload/selector.ts';
import { admitNetworkPolicy } from './admit.ts';

/** networking.k8s.io/v1 NetworkPolicy: who pods may talk to. */
export const networkPolicyKind: KindDefinition<NetworkPolicy> = {
  group: 'networking.k8s.io',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('networking/v1.NetworkPolicy'),
      columns: [
        {
          name: 'Pod-Selector',
          type: 'string',
          description: 'Pods it is about.',
          value: ({ spec }: NetworkPolicy) => formatSelector(spec?.podSelector),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitNetworkPolicy,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};
