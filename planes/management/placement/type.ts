import type { KubeObject } from '../../../kernel/meta/object.ts';
import { findCondition } from '../../../kernel/meta/conditions.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  conditions,
  integer,
  labelSelector,
  object,
  required,
  string,
} from '../../../kernel/schema/schema.ts';
import { managementGroup } from '../site/type.ts';
import { admitPlacement } from './admit.ts';

const placementSchema = object({
  spec: required(
    object(
      {
        siteSelector: required(labelSelector('Sites that are chosen, by their labels. An empty selector chooses all.')),
      },
      { description: 'Which sites to choose.' },
    ),
  ),
  status: object(
    {
      observedGeneration: integer({ description: 'metadata.generation this status was computed for.' }),
      decisions: integer({ description: 'Number of chosen sites.' }),
      decisionDigest: string({ description: 'Changes when the set of chosen sites changes.' }),
      conditions: conditions(),
    },
    { description: 'What was chosen.' },
  ),
});

/** A choice of sites. A site stays chosen while it is unreachable; only labels and acceptance count. */
export interface Placement extends KubeObject, Infer<typeof placementSchema> {}

/** Definition of the Placement kind. */
export const placementKind: KindDefinition<Placement> = {
  group: managementGroup,
  kind: 'Placement',
  plural: 'placements',
  singular: 'placement',
  categories: ['planform'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: {
        ...placementSchema,
        description: 'A choice of sites by labels. A site that is out of reach stays chosen and keeps what it has.',
      },
      columns: [
        { name: 'Sites', type: 'integer', description: 'Number of chosen sites.', value: '.status.decisions' },
        {
          name: 'Satisfied',
          type: 'string',
          description: 'At least one site is chosen.',
          value: (placement: Placement) => findCondition(placement.status?.conditions, 'Satisfied')?.status,
        },
        {
          name: 'Age',
          type: 'date',
          description: 'Since when the placement exists.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
  admission: admitPlacement,
};
