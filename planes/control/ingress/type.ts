import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Ingress } from '../../../kernel/schema/standard/types.ts';
import { admitIngress } from './admit.ts';

/** networking.k8s.io/v1 Ingress: which Services answer HTTP requests from outside, by host and path. */
export const ingressKind: KindDefinition<Ingress> = {
  group: 'networking.k8s.io',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('networking/v1.Ingress'),
      columns: [
        {
          name: 'Class',
          type: 'string',
          description: 'IngressClass that serves it.',
          value: ({ spec }: Ingress) => spec?.ingressClassName ?? '<none>',
        },
        { name: 'Hosts', type: 'string', description: 'Hosts of its rules.', value: formatHosts },
        { name: 'Address', type: 'string', description: 'Where it answers.', value: formatAddress },
        {
          name: 'Ports',
          type: 'string',
          description: 'Ports it answers on.',
          value: ({ spec }: Ingress) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80'),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitIngress,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};

/** Hosts shown before `+ N more...`. */
const hostsMax = 3;

function formatHosts({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).flatMap(({ host = '' }) => (host === '' ? [] : [host]));
  if (hosts.length === 0) return '*';
  const text = hosts.slice(0, hostsMax).join(',');
  return hosts.length > hostsMax ? `${text} + ${hosts.length - hostsMax} more...` : text;
}

function formatAddress({ status }: Ingress): string {
  const entries = status?.loadBalancer?.ingress ?? [];
  return [...new Set(entries.map(({ ip, hostname }) => ip ?? hostname ?? ''))].filter((text) => text !== '').join(',');
}
