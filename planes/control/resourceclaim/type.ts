import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ResourceV1ResourceClaim as ResourceClaim } from '../../../kernel/schema/standard/types.ts';
import { admitResourceClaim } from './admit.ts';

/** resource.k8s.io/v1 ResourceClaim: devices a workload asks for. */
export const resourceClaimKind: KindDefinition<ResourceClaim> = {
  group: 'resource.k8s.io',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('resource/v1.ResourceClaim'),
      columns: [{ name: 'State', type: 'string', description: 'How far it is.', value: formatState }],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'spec',
  admission: admitResourceClaim,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};

/** `pending`, `allocated,reserved` …, with `deleted` in front once it is on its way out. */
function formatState({ metadata, status }: ResourceClaim): string {
  const words = metadata.deletionTimestamp === undefined ? [] : ['deleted'];
  if (status?.allocation !== undefined) words.push('allocated');
  else if (words.length === 0) words.push('pending');
  if ((status?.reservedFor ?? []).length > 0) words.push('reserved');
  return words.join(',');
}
