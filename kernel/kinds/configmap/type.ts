import type { KindDefinition } from '../../schema/kind.ts';
import { countedAs } from '../../schema/quota.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ConfigMap } from '../../schema/standard/types.ts';
import { admitConfigMap } from './admit.ts';

/** Settings that are no secrets, read by workloads as files or variables (`core/v1.ConfigMap`). */
export const configMapKind: KindDefinition<ConfigMap> = {
  group: '',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.ConfigMap'),
      columns: [
        {
          name: 'Data',
          type: 'string',
          description: 'Number of entries in data and binaryData.',
          value: ({ data, binaryData }: ConfigMap) =>
            Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
        },
      ],
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  history: 'spec',
  admission: admitConfigMap,
  quota: countedAs('configmaps'),
};
