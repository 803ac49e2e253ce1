import { allMetadataOfStatus, type KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';
import { formatLabels } from '../workload/selector.ts';
import { admitService } from './admit.ts';
import { serviceQuota } from './quota.ts';

export type { Service } from '../../../kernel/schema/standard/types.ts';

/** core/v1 Service: a stable address in front of the pods a selector finds. */
export const serviceKind: KindDefinition<Service> = {
  group: '',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.Service'),
      columns: [
        { name: 'Type', type: 'string', description: 'How it is exposed.', value: '.spec.type' },
        {
          name: 'Cluster-IP',
          type: 'string',
          description: 'Its address.',
          value: ({ spec }: Service) => spec?.clusterIP ?? '<none>',
        },
        { name: 'External-IP', type: 'string', description: 'Addresses outside the site.', value: formatExternal },
        { name: 'Port(s)', type: 'string', description: 'Ports it answers on.', value: formatPorts },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        {
          name: 'Selector',
          type: 'string',
          priority: 1,
          description: 'Labels of its pods.',
          value: ({ spec }: Service) => formatLabels(spec?.selector),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  selectableFields: [
    { label: 'spec.clusterIP', value: ({ spec }: Service) => spec?.clusterIP ?? '' },
    { label: 'spec.type', value: ({ spec }: Service) => spec?.type ?? '' },
  ],
  admission: admitService,
  quota: serviceQuota,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};

/** True when the Service has an address to listen on: not headless, not just a name. */
export function hasAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && (spec?.clusterIP ?? '') !== '' && spec?.clusterIP !== 'None';
}

function formatExternal({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '<none>';
  if (spec?.type !== 'LoadBalancer') return external.length === 0 ? '<none>' : external.join(',');
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
  return [...ingress, ...external].join(',') || '<pending>';
}

function formatPorts({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort === undefined ? `${port}/${protocol ?? 'TCP'}` : `${port}:${nodePort}/${protocol ?? 'TCP'}`,
  );
  return ports.length === 0 ? '<none>' : ports.join(',');
}
