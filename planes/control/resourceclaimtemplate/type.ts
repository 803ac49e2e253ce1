import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ResourceClaimTemplate } from '../../../kernel/schema/standard/types.ts';
import { admitResourceClaimTemplate } from './admit.ts';

/** resource.k8s.io/v1 ResourceClaimTemplate: what claims of pods are made from. */
export const resourceClaimTemplateKind: KindDefinition<ResourceClaimTemplate> = {
  group: 'resource.k8s.io',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  scope: 'Namespaced',
  versions: [{ name: 'v1', served: true, schema: standardSchema('resource/v1.ResourceClaimTemplate'), columns: [] }],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitResourceClaimTemplate,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};
