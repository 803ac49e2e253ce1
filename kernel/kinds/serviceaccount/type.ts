import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ServiceAccount } from '../../schema/standard/types.ts';

/** An identity for programs that run in a namespace (`core/v1.ServiceAccount`). */
export const serviceAccountKind: KindDefinition<ServiceAccount> = {
  group: '',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.ServiceAccount'),
      columns: [],
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
  history: 'spec',
};
