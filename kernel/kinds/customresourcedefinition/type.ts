import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { admitCustomResourceDefinition, terminatingType } from './admit.ts';

/** A kind somebody adds to a running server (`apiextensions/v1.CustomResourceDefinition`). */
export const customResourceDefinitionKind: KindDefinition<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apiextensions/v1.CustomResourceDefinition'),
      addsAge: false,
      columns: [
        {
          name: 'Created At',
          type: 'date',
          showsTime: true,
          description: 'When the definition was created.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  statusSubresource: true,
  history: 'spec',
  strategicMerge: true,
  // The first deletion adds the finalizer in `mutate`; only then may the object be looked at as one that can go.
  holdsDeletion: ({ status }) => status?.conditions?.some(({ type }) => type === terminatingType) !== true,
  admission: admitCustomResourceDefinition,
  deletionOrder: 1000,
};
