import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { RuntimeClass } from '../../../kernel/schema/standard/types.ts';
import { admitRuntimeClass } from './admit.ts';

/** node.k8s.io/v1 RuntimeClass: a way in which nodes run containers. */
export const runtimeClassKind: KindDefinition<RuntimeClass> = {
  group: 'node.k8s.io',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('node/v1.RuntimeClass'),
      columns: [{ name: 'Handler', type: 'string', description: 'What nodes call it.', value: '.handler' }],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitRuntimeClass,
  countsGeneration: false,
  createsOnUpdate: true,
  strategicMerge: true,
};
