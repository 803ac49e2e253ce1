import { findCondition } from '../../../kernel/meta/conditions.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  array,
  conditions,
  integer,
  object,
  oneOf,
  required,
  string,
} from '../../../kernel/schema/schema.ts';
import { admitApplication } from './admit.ts';

/** API group of the application plane. */
export const applicationGroup = 'application.planform.dev';
/** Labels on a Work: the Application it belongs to (owner references cannot cross namespaces). */
export const applicationNamespaceLabel = `${applicationGroup}/namespace`;
/** See `applicationNamespaceLabel`. */
export const applicationNameLabel = `${applicationGroup}/name`;
/** uid of the Application, so that a new one of the same name never takes over the Works of the old one. */
export const applicationUidLabel = `${applicationGroup}/uid`;

const componentSchema = object({
  name: required(string({ description: 'Unique in the application; a DNS label.', minLength: 1, maxLength: 63 })),
  type: required(oneOf(['manifests'], { description: 'manifests: Kubernetes objects, given here.' })),
  manifests: array(object({}, { preserveUnknownFields: true }), {
    description: 'Objects to apply at every chosen site. Without a namespace they go to that of the Application.',
    maxItems: 1000,
  }),
  dependsOn: array(string(), {
    listType: 'set',
    description: 'Components that must be healthy at a site before this one is applied there.',
  }),
});

const applicationSchema = object({
  spec: required(
    object(
      {
        components: required(
          array(componentSchema, {
            listType: 'map',
            listMapKeys: ['name'],
            description: 'The parts of the application.',
            minItems: 1,
            maxItems: 100,
          }),
        ),
        placementRef: required(
          object(
            { name: required(string({ description: 'Name of a Placement in the same namespace.', minLength: 1 })) },
            { description: 'Where it runs.' },
          ),
        ),
        onReconnect: oneOf(['HubWins', 'SiteWins', 'Report'], {
          description: 'What happens to edits made at a site while it was cut off. See Work.',
          default: 'HubWins',
        }),
      },
      { description: 'What runs, and where.' },
    ),
  ),
  status: object(
    {
      observedGeneration: integer({ description: 'metadata.generation this status was computed for.' }),
      digest: string({ description: 'Digest of the bundle the sites shall run.' }),
      sites: object(
        {
          desired: integer({ description: 'Sites that shall run it.' }),
          current: integer({ description: 'Sites that have applied what is wanted now.' }),
          healthy: integer({ description: 'Sites where it is current and healthy.' }),
        },
        { description: 'Number of sites.' },
      ),
      samples: array(
        object({
          site: required(string({ description: 'Name of the site.' })),
          reason: required(string({ description: 'One CamelCase word.' })),
          message: required(string({ description: 'Why the site is not current and healthy.', maxLength: 1024 })),
        }),
        { description: 'At most 10 sites that are not current and healthy.', maxItems: 10 },
      ),
      conditions: conditions(),
    },
    { description: 'What is the case over all sites.' },
  ),
});

/** What an application team owns: components that run together at every chosen site. */
export interface Application extends KubeObject, Infer<typeof applicationSchema> {}

/** One part of an application. */
export type Component = Application['spec']['components'][number];

/** Most entries of `status.samples`. */
export const samplesMax = 10;

/** Definition of the Application kind. */
export const applicationKind: KindDefinition<Application> = {
  group: applicationGroup,
  kind: 'Application',
  plural: 'applications',
  singular: 'application',
  shortNames: ['app'],
  categories: ['planform'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: { ...applicationSchema, description: 'Components that run together at every chosen site.' },
      columns: [
        { name: 'Sites', type: 'integer', description: 'Sites that shall run it.', value: '.status.sites.desired' },
        {
          name: 'Current',
          type: 'integer',
          description: 'Sites that have applied what is wanted now.',
          value: '.status.sites.current',
        },
        {
          name: 'Healthy',
          type: 'integer',
          description: 'Sites where it is current and healthy.',
          value: '.status.sites.healthy',
        },
        {
          name: 'Rendered',
          type: 'string',
          description: 'Everything in it could be turned into a bundle.',
          value: (application: Application) => conditionStatus(application, 'Rendered'),
        },
        {
          name: 'Digest',
          type: 'string',
          priority: 1,
          description: 'Start of the digest of the bundle.',
          value: (application: Application) =>
            application.status?.digest?.slice('sha256:'.length, 'sha256:'.length + 12),
        },
        {
          name: 'Age',
          type: 'date',
          description: 'Since when the application exists.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
  admission: admitApplication,
};

function conditionStatus(application: Application, type: 'Rendered' | 'Delivered' | 'Healthy'): string | undefined {
  return findCondition(application.status?.conditions, type)?.status;
}
