import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  array,
  boolean,
  integer,
  mapOf,
  object,
  oneOf,
  required,
  string,
  time,
} from '../../../kernel/schema/schema.ts';
import { managementGroup } from '../site/type.ts';
import { admitJoinToken } from './admit.ts';

const joinTokenSchema = object({
  spec: required(
    object(
      {
        siteName: string({ description: 'Name of the site that joins with this token. Absent: the hub makes one up.' }),
        siteLabels: mapOf(string(), { description: 'Labels the Site gets, for placements to choose by.' }),
        accept: boolean({
          description: 'The site is accepted at once. False: a person sets spec.accepted of the Site later.',
          default: true,
        }),
        usesMax: integer({
          description: 'How many sites may join with it, 1 to 1000.',
          default: 1,
          minimum: 1,
          maximum: 1000,
        }),
        expiresAt: required(time({ description: 'The token is worthless after this time.' })),
        secretHash: required(
          string({ description: 'sha256 of the secret part of the token.', pattern: '^sha256:[0-9a-f]{64}$' }),
        ),
      },
      { description: 'What joining with this token means.' },
    ),
  ),
  status: object(
    {
      phase: oneOf(['Active', 'Used', 'Expired'], { description: 'Whether a site can still join with it.' }),
      uses: array(
        object({
          publicKeyFingerprint: required(string({ description: 'sha256 of the public key (SPKI DER) that joined.' })),
          siteName: required(string({ description: 'Name the hub gave to the site.' })),
          time: required(time({ description: 'When it joined.' })),
        }),
        {
          listType: 'map',
          listMapKeys: ['publicKeyFingerprint'],
          description: 'Sites that joined. The same key may ask again, for example after a lost answer.',
        },
      ),
    },
    { description: 'What became of the token.' },
  ),
});

/** A permission to join, used up by use. The secret itself is only in the join file. */
export interface JoinToken extends KubeObject, Infer<typeof joinTokenSchema> {}

/** One site that joined with a token. */
export type JoinTokenUse = NonNullable<NonNullable<JoinToken['status']>['uses']>[number];

/** Definition of the JoinToken kind. */
export const joinTokenKind: KindDefinition<JoinToken> = {
  group: managementGroup,
  kind: 'JoinToken',
  plural: 'jointokens',
  singular: 'jointoken',
  categories: ['planform'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: {
        ...joinTokenSchema,
        description: 'A permission for one site to join, used up by use. It holds only a hash of the secret.',
      },
      columns: [
        {
          name: 'Phase',
          type: 'string',
          description: 'Whether a site can still join with it.',
          value: '.status.phase',
        },
        { name: 'Site', type: 'string', description: 'Site that joins or joined with it.', value: siteOf },
        {
          name: 'Uses',
          type: 'string',
          description: 'Sites that joined of those that may.',
          value: (token: JoinToken) => `${token.status?.uses?.length ?? 0}/${token.spec.usesMax ?? 1}`,
        },
        { name: 'Expires', type: 'string', description: 'When it becomes worthless.', value: '.spec.expiresAt' },
        { name: 'Age', type: 'date', description: 'Since when it exists.', value: '.metadata.creationTimestamp' },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
  confidential: true,
  admission: admitJoinToken,
};

function siteOf(token: JoinToken): string | undefined {
  return token.spec.siteName ?? token.status?.uses?.[0]?.siteName;
}
