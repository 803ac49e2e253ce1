import type { KindDefinition } from '../../schema/kind.ts';
import { countedAs } from '../../schema/quota.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { Secret } from '../../schema/standard/types.ts';
import { admitSecret } from './admit.ts';

/** Small confidential values: passwords, keys, tokens (`core/v1.Secret`). */
export const secretKind: KindDefinition<Secret> = {
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.Secret'),
      columns: [
        { name: 'Type', type: 'string', description: 'What the data is for.', value: '.type' },
        {
          name: 'Data',
          type: 'string',
          description: 'Number of entries in data.',
          value: ({ data }: Secret) => Object.keys(data ?? {}).length,
        },
      ],
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  confidential: true,
  history: 'spec',
  selectableFields: [{ label: 'type', value: (secret: Secret) => secret.type ?? '' }],
  admission: admitSecret,
  quota: countedAs('secrets'),
};
