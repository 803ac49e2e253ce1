import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { FlowSchema } from '../../schema/standard/types.ts';
import { admitFlowSchema } from './admit.ts';

/** flowcontrol.apiserver.k8s.io/v1 FlowSchema: which requests go to which priority level. */
export const flowSchemaKind: KindDefinition<FlowSchema> = {
  group: 'flowcontrol.apiserver.k8s.io',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('flowcontrol/v1.FlowSchema'),
      columns: [
        {
          name: 'PriorityLevel',
          type: 'string',
          description: 'Level its requests go to.',
          value: '.spec.priorityLevelConfiguration.name',
        },
        {
          name: 'MatchingPrecedence',
          type: 'string',
          description: 'Lower numbers are looked at first.',
          value: ({ spec }: FlowSchema) => spec?.matchingPrecedence,
        },
        {
          name: 'DistinguisherMethod',
          type: 'string',
          description: 'What makes a flow of its requests.',
          value: ({ spec }: FlowSchema) => spec?.distinguisherMethod?.type ?? '<none>',
        },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
        {
          name: 'MissingPL',
          type: 'string',
          description: 'Whether the level does not exist.',
          value: ({ status }: FlowSchema) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'spec',
  admission: admitFlowSchema,
  strategicMerge: true,
};
