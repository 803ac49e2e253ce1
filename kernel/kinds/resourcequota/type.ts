import { allMetadataOfStatus, type KindDefinition } from '../../schema/kind.ts';
import { countedAs } from '../../schema/quota.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ResourceQuota } from '../../schema/standard/types.ts';
import { admitResourceQuota } from './admit.ts';

/** core/v1 ResourceQuota: how much a namespace may use in all. */
export const resourceQuotaKind: KindDefinition<ResourceQuota> = {
  group: '',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.ResourceQuota'),
      columns: [
        {
          name: 'Request',
          type: 'string',
          description: 'Used of what may be requested or made.',
          value: (quota: ResourceQuota) => formatUse(quota, false),
        },
        {
          name: 'Limit',
          type: 'string',
          description: 'Used of what limits may add up to.',
          value: (quota: ResourceQuota) => formatUse(quota, true),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  statusTakes: allMetadataOfStatus,
  history: 'spec',
  admission: admitResourceQuota,
  quota: countedAs('resourcequotas'),
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};

/** `pods: 3/10, requests.cpu: 1/4`: what `status.hard` names, by name. */
function formatUse({ status }: ResourceQuota, isLimit: boolean): string {
  const names = Object.keys(status?.hard ?? {}).filter((name) => name.startsWith('limits.') === isLimit);
  return names
    .toSorted()
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
    .join(', ');
}
