import type { KubeObject } from '../../../kernel/meta/object.ts';
import { findCondition } from '../../../kernel/meta/conditions.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  array,
  conditions,
  integer,
  object,
  required,
  string,
  time,
} from '../../../kernel/schema/schema.ts';
import { managementGroup } from '../site/type.ts';

const hubMembershipSchema = object({
  spec: required(
    object(
      {
        siteName: required(string({ description: 'Name of this site at the hub.' })),
        hubUrls: array(string(), {
          description:
            'Where the hub is reached, in order of preference. At first what the join file said; change it when the hub has moved.',
        }),
        acceptedEpoch: string({
          description:
            'Epoch of the hub data this site follows; the first one it meets. After a restore of the hub a person sets it to status.hubEpoch.',
        }),
      },
      { description: 'Which hub, and what this site accepts of it.' },
    ),
  ),
  status: object(
    {
      hubEpoch: string({ description: 'Epoch the hub named last. Changes when a backup of the hub is restored.' }),
      bootCount: integer({
        description: 'How often the agent has started on its data; a restore from a backup counts as a million starts.',
      }),
      storeEpoch: string({
        description: "Epoch of the site's own data; changes when a backup of the site is restored.",
      }),
      connectedSince: time({ description: 'Since when the site counts as connected; absent while it is cut off.' }),
      sessionSince: time({ description: 'When the last session began. A short break does not count as cut off.' }),
      journalEpoch: string({ description: 'Names the event journal; changes when the journal was lost.' }),
      conditions: conditions(),
    },
    { description: 'State of the line to the hub.' },
  ),
});

/** The tie of this site to one hub, at the site; owned by the site. Its name is the id of the hub. */
export interface HubMembership extends KubeObject, Infer<typeof hubMembershipSchema> {}

/** True while the site counts as connected to the hub: changes at the site are then taken back at once. */
export function isConnected(membership: HubMembership): boolean {
  return findCondition(membership.status?.conditions, 'Connected')?.status === 'True';
}

/** Definition of the HubMembership kind. */
export const hubMembershipKind: KindDefinition<HubMembership> = {
  group: managementGroup,
  kind: 'HubMembership',
  plural: 'hubmemberships',
  singular: 'hubmembership',
  categories: ['planform'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: {
        ...hubMembershipSchema,
        description: 'The tie of this site to one hub. Its name is the id of the hub.',
      },
      columns: [
        { name: 'Site', type: 'string', description: 'Name of this site at the hub.', value: '.spec.siteName' },
        {
          name: 'Connected',
          type: 'string',
          description: 'A session with the hub is open.',
          value: (membership: HubMembership) => findCondition(membership.status?.conditions, 'Connected')?.status,
        },
        {
          name: 'Since',
          type: 'date',
          description: 'Since when.',
          value: (membership: HubMembership) =>
            findCondition(membership.status?.conditions, 'Connected')?.lastTransitionTime,
        },
        {
          name: 'Held',
          type: 'string',
          priority: 1,
          description: 'The site waits for a person before it follows the hub.',
          value: (membership: HubMembership) =>
            findCondition(membership.status?.conditions, 'HeldForConfirmation')?.status,
        },
        {
          name: 'Age',
          type: 'date',
          description: 'Since when the site belongs to the hub.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
};
