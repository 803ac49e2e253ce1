import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  any,
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
import { findCondition } from '../../../kernel/meta/conditions.ts';
import { managementGroup } from '../site/type.ts';
import { admitWork } from './admit.ts';

/** What happens, once the hub is back, to fields people changed at the site while it was away. */
const onReconnect = oneOf(['HubWins', 'SiteWins', 'Report'], {
  description:
    'Edits made at the site while it was cut off: HubWins reports them, then takes them back. SiteWins keeps them. Report keeps them until a person decides by changing this field.',
  default: 'HubWins',
});

/** State of one delivered object, worst pod included; shared by Work and AppliedWork. */
export const feedbackSchema = object({
  component: required(string({ description: 'Component of the bundle the object belongs to.' })),
  kind: required(string({ description: 'Kind of the object.' })),
  namespace: string({ description: 'Namespace; absent for cluster-scoped objects.' }),
  name: required(string({ description: 'Name of the object.' })),
  state: required(
    oneOf(['Healthy', 'Progressing', 'Degraded', 'Waiting', 'Failed', 'LocallyDeleted'], {
      description: 'Waiting: its component waits for another. Failed: it could not be applied.',
    }),
  ),
  ready: string({ description: 'Ready parts of all, for example 2/2 pods.' }),
  reason: string({ description: 'One CamelCase word, for example CrashLoopBackOff.' }),
  message: string({ description: 'Why it is not healthy, down to the worst pod.', maxLength: 1024 }),
  retryAt: time({ description: 'When a container that keeps ending is started again.' }),
  lastLog: string({ description: 'Last line of output of a container that ended.', maxLength: 256 }),
});

/** One field or object that was changed at the site; shared by Work and AppliedWork. */
export const localEditSchema = object({
  apiVersion: required(string({ description: 'apiVersion of the edited object.' })),
  kind: required(string({ description: 'Kind of the edited object.' })),
  namespace: string({ description: 'Namespace; absent for cluster-scoped objects.' }),
  name: required(string({ description: 'Name of the edited object.' })),
  path: required(
    string({ description: 'Field, for example .spec.replicas; empty when the whole object was deleted.' }),
  ),
  hubValue: any({ description: 'What the hub asks for; absent when too large to show.' }),
  siteValue: any({ description: 'What people set at the site; absent when they removed it.' }),
  who: string({ description: 'User that made the change.' }),
  manager: string({ description: 'Field manager of the change, for example kubectl-edit.' }),
  since: required(time({ description: 'When it was changed, as far as known.' })),
  resolution: required(
    oneOf(['Standing', 'Kept', 'Reverted'], {
      description: 'Standing: in force until somebody decides. Kept: in force by SiteWins. Reverted: taken back.',
    }),
  ),
  resolvedAt: time({ description: 'When it was taken back.' }),
});

const workSchema = object({
  spec: required(
    object(
      {
        bundle: required(
          object(
            {
              digest: required(string({ description: 'Digest of the bundle.', pattern: '^sha256:[0-9a-f]{64}$' })),
              namespace: required(string({ description: 'Namespace of the Bundle object at the hub.' })),
              name: required(string({ description: 'Name of the Bundle object at the hub.' })),
            },
            { description: 'The content to apply.' },
          ),
        ),
        parameters: mapOf(any(), {
          description: 'Values for what the bundle leaves open. Manifests leave nothing open.',
        }),
        onReconnect,
        removalConfirmed: boolean({
          description: 'A person confirmed the removal of this Work, although many are removed from the site at once.',
        }),
      },
      { description: 'What one site shall run.' },
    ),
  ),
  status: object(
    {
      observedGeneration: integer({ description: 'metadata.generation the site has persisted.' }),
      persistedDigest: string({ description: 'Digest of the bundle the site holds on its own disk.' }),
      appliedDigest: string({ description: 'Digest of the bundle that is applied completely.' }),
      lastGoodDigest: string({ description: 'Digest of the last bundle that was applied and healthy.' }),
      objects: object(
        {
          healthy: integer({ description: 'Objects that are healthy.' }),
          total: integer({ description: 'Objects of the bundle.' }),
        },
        { description: 'Objects of the Work at the site.' },
      ),
      conditions: conditions(),
      feedback: array(feedbackSchema, {
        description: 'Objects of the Work, the worst first, at most 50.',
        maxItems: 50,
      }),
      localEdits: array(localEditSchema, {
        description: 'Fields people changed at the site, the newest first, at most 20.',
        maxItems: 20,
      }),
      omitted: object(
        {
          feedback: integer({ description: 'Objects left out of feedback.' }),
          localEdits: integer({ description: 'Edits left out of localEdits.' }),
        },
        { description: 'What did not fit.' },
      ),
    },
    { description: 'What the site reports.' },
  ),
});

/** One bundle for one site: a pointer, and what the site says about it. */
export interface Work extends KubeObject, Infer<typeof workSchema> {}

/** State of one delivered object. */
export type Feedback = Infer<typeof feedbackSchema>;
/** One field or object changed at the site. */
export type LocalEdit = Infer<typeof localEditSchema>;
/** Condition types of a Work; the site writes them. Reasons are listed in the README. */
export type WorkConditionType = 'Persisted' | 'Applied' | 'Healthy' | 'Drifted' | 'HeldForConfirmation' | 'Removed';

/** Most entries of `status.feedback`. */
export const feedbackMax = 50;
/** Most entries of `status.localEdits`. */
export const localEditsMax = 20;

/** True once the site has applied exactly what the Work asks for now. */
export function isCurrent(work: Work): boolean {
  const { status, metadata, spec } = work;
  return status?.appliedDigest === spec.bundle.digest && status.observedGeneration === metadata.generation;
}

const bundles = `bundles.${managementGroup}`;

/** Definition of the Work kind. */
export const workKind: KindDefinition<Work> = {
  group: managementGroup,
  kind: 'Work',
  plural: 'works',
  singular: 'work',
  categories: ['planform'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: { ...workSchema, description: 'One bundle for one site, and what the site says about it.' },
      columns: [
        {
          name: 'Bundle',
          type: 'string',
          description: 'Start of the digest of the bundle.',
          value: (work: Work) => shorten(work.spec.bundle.digest),
        },
        {
          name: 'Persisted',
          type: 'string',
          description: 'The site holds the bundle on its own disk.',
          value: (work: Work) => conditionStatus(work, 'Persisted'),
        },
        {
          name: 'Applied',
          type: 'string',
          description: 'The bundle is applied completely.',
          value: (work: Work) => conditionStatus(work, 'Applied'),
        },
        {
          name: 'Healthy',
          type: 'string',
          description: 'All its objects are healthy.',
          value: (work: Work) => conditionStatus(work, 'Healthy'),
        },
        {
          name: 'Drifted',
          type: 'string',
          description: 'Edits made at the site are in force.',
          value: (work: Work) => conditionStatus(work, 'Drifted'),
        },
        {
          name: 'Objects',
          type: 'string',
          priority: 1,
          description: 'Objects healthy of all.',
          value: (work: Work) =>
            work.status?.objects === undefined
              ? undefined
              : `${work.status.objects.healthy ?? 0}/${work.status.objects.total ?? 0}`,
        },
        { name: 'Age', type: 'date', description: 'Since when the Work exists.', value: '.metadata.creationTimestamp' },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
  admission: admitWork,
  authorization: {
    leadsTo: ({ spec: { bundle } }) => [
      { to: { resource: bundles, namespace: bundle.namespace, name: bundle.name }, digest: bundle.digest },
    ],
  },
};

/** What a column shows of a digest: the first 12 hex digits, as container tools do. */
function shorten(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

function conditionStatus(work: Work, type: WorkConditionType): string | undefined {
  return findCondition(work.status?.conditions, type)?.status;
}
