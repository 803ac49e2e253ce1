import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ResourceSlice } from '../../../kernel/schema/standard/types.ts';
import { admitResourceSlice } from './admit.ts';

/** resource.k8s.io/v1 ResourceSlice: devices a driver offers. */
export const resourceSliceKind: KindDefinition<ResourceSlice> = {
  group: 'resource.k8s.io',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('resource/v1.ResourceSlice'),
      columns: [
        {
          name: 'Node',
          type: 'string',
          description: 'Node that has them.',
          value: ({ spec }: ResourceSlice) => spec.nodeName ?? '<none>',
        },
        { name: 'Driver', type: 'string', description: 'The driver.', value: '.spec.driver' },
        { name: 'Pool', type: 'string', description: 'Pool they belong to.', value: '.spec.pool.name' },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  selectableFields: [
    { label: 'spec.driver', value: ({ spec }: ResourceSlice) => spec.driver },
    { label: 'spec.nodeName', value: ({ spec }: ResourceSlice) => spec.nodeName ?? '' },
  ],
  admission: admitResourceSlice,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};
