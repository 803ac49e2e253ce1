import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  array,
  boolean,
  conditions,
  integer,
  mapOf,
  object,
  oneOf,
  required,
  string,
  time,
} from '../../../kernel/schema/schema.ts';
import { admitSite } from './admit.ts';
import { siteIdentity } from './rights.ts';

/** API group of the management plane. */
export const managementGroup = 'management.planform.dev';
/** `apiVersion` of its kinds. */
export const managementApiVersion = `${managementGroup}/v1alpha1`;
/** Label on everything at the hub that belongs to one site; the value is the site's name. */
export const siteLabel = `${managementGroup}/site`;

/** The namespace at the hub that holds what is meant for one site. Reserved: only the hub creates such namespaces. */
export function siteNamespace(siteName: string): string {
  return `site-${siteName}`;
}

/** The site a namespace made by `siteNamespace` belongs to; `undefined` for any other namespace. */
export function siteOfNamespace(namespace: string): string | undefined {
  return namespace.startsWith('site-') ? namespace.slice('site-'.length) : undefined;
}

const siteSchema = object({
  spec: object(
    {
      accepted: boolean({
        description: 'The hub takes this site: it may fetch its Works. A site that joined but is not accepted waits.',
        default: false,
      }),
    },
    { description: 'What people decided about the site.' },
  ),
  status: object(
    {
      phase: oneOf(['Pending', 'Ready', 'Degraded', 'Unreachable', 'Quarantined'], {
        description:
          'Pending: not joined or not accepted. Ready: in contact. Degraded: in contact, and a condition needs a look. Unreachable: no heartbeat for three intervals, or the session closed. Quarantined: two agents use one identity.',
      }),
      agentVersion: string({ description: 'Version of the agent, as it said at its last hello.' }),
      lastSeen: time({ description: 'When the hub last heard from the agent, by the clock of the hub.' }),
      rootDigest: string({ description: 'Digest over all Works the site has persisted.' }),
      heartbeatSeconds: integer({ description: 'Interval the hub asked the agent to keep, seconds.' }),
      identity: object(
        { publicKeyFingerprint: string({ description: 'sha256 of the public key (SPKI DER) the site joined with.' }) },
        { description: 'The key that is this site.' },
      ),
      authorities: object(
        {
          trusted: required(array(string(), { description: 'Those it takes this hub by.' })),
          signedBy: required(string({ description: 'The one that signed its own certificate; empty: none of them.' })),
        },
        {
          description:
            'Authorities of this hub as the site said last: sha256 of their certificates, hexadecimal. Before an authority is replaced all sites have to know the next one (`planform ca`).',
        },
      ),
      boot: object(
        {
          count: integer({ description: 'How often the agent has started on its data.' }),
          id: string({ description: 'Random text of the current start.' }),
        },
        { description: 'Tells a restarted agent from a copied one.' },
      ),
      fork: object(
        {
          count: integer({ description: 'Boot count of the agent that was turned away.' }),
          id: string({ description: 'Random text of its start.' }),
        },
        { description: 'Set once two agents have used the identity of this site; then neither is served.' },
      ),
      capacity: mapOf(string(), { description: 'Sum over the nodes of the site, as Kubernetes quantities.' }),
      pods: object(
        {
          ready: integer({ description: 'Pods that are ready.' }),
          total: integer({ description: 'Pods that should run.' }),
        },
        { description: 'Pods at the site, as of lastSeen.' },
      ),
      works: object(
        {
          current: integer({ description: 'Works applied as the hub wants them now.' }),
          total: integer({ description: 'Works of the site.' }),
        },
        { description: 'Works of the site, as far as it has reported.' },
      ),
      journal: object(
        {
          epoch: string({ description: 'Names the journal; changes when the site lost it.' }),
          sequence: integer({ description: 'Last row of the journal the hub holds.' }),
        },
        { description: 'How far the event journal of the site has arrived.' },
      ),
      conditions: conditions(),
    },
    { description: 'What the hub knows of the site.' },
  ),
});

/** One place with its own control plane, as the hub sees it. */
export interface Site extends KubeObject, Infer<typeof siteSchema> {}

/** Condition types of a Site; reasons are listed in the README. */
export type SiteConditionType = 'Joined' | 'Connected' | 'ClockSkew' | 'HeldForConfirmation' | 'Forked';

/** Definition of the Site kind. */
export const siteKind: KindDefinition<Site> = {
  group: managementGroup,
  kind: 'Site',
  plural: 'sites',
  singular: 'site',
  categories: ['planform'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: { ...siteSchema, description: 'One place with its own control plane, as the hub sees it.' },
      columns: [
        {
          name: 'Phase',
          type: 'string',
          description: 'Whether the site is in contact and well.',
          value: '.status.phase',
        },
        {
          name: 'Seen',
          type: 'date',
          description: 'Since when the hub has not heard of it.',
          value: '.status.lastSeen',
        },
        { name: 'Agent', type: 'string', description: 'Version of the agent.', value: '.status.agentVersion' },
        {
          name: 'Works',
          type: 'string',
          description: 'Works current of all.',
          value: (site: Site) => formatCount(site.status?.works?.current, site.status?.works?.total),
        },
        {
          name: 'Pods',
          type: 'string',
          description: 'Pods ready of all.',
          value: (site: Site) => formatCount(site.status?.pods?.ready, site.status?.pods?.total),
        },
        {
          name: 'Age',
          type: 'date',
          description: 'Since when the site is known.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
  admission: admitSite,
  authorization: {
    identity: (site) => siteIdentity(site, { group: managementGroup, namespace: siteNamespace(site.metadata.name) }),
  },
};

function formatCount(part: number | undefined, whole: number | undefined): string | undefined {
  return part === undefined || whole === undefined ? undefined : `${part}/${whole}`;
}
