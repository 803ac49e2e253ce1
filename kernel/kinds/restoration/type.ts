import { findCondition } from '../../meta/conditions.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import {
  array,
  boolean,
  conditions,
  type Infer,
  integer,
  mapOf,
  object,
  oneOf,
  required,
  string,
} from '../../schema/schema.ts';
import { admitRestoration } from './admit.ts';

/** Most objects the status names in one list. */
export const listedMax = 200;

const spec = object(
  {
    revision: required(
      string({
        pattern: '^[1-9][0-9]{0,15}$',
        description: 'Revision (resourceVersion) whose state comes back; decimal.',
      }),
    ),
    root: object(
      {
        apiVersion: required(string({ description: 'Group and version of its kind.' })),
        kind: required(string({ description: 'Its kind.' })),
        name: required(string({ description: 'Its name.' })),
      },
      {
        description:
          'Only this object of the namespace and what depended on it through owner references. Default: all objects.',
      },
    ),
    resources: array(string(), {
      listType: 'set',
      maxItems: 100,
      description:
        'Only these resources, for example `configmaps` or `deployments.apps`. Default: all that keep a history.',
    }),
    labelSelector: string({
      maxLength: 4096,
      description: 'Only objects with these labels at that revision, for example `app=web`. Default: all.',
    }),
    existing: oneOf(['Keep', 'RollBack'], {
      default: 'Keep',
      description:
        'Keep leaves objects that are there as they are; RollBack gives them the desired state, labels and annotations of then.',
    }),
    prune: boolean({
      default: false,
      description:
        'Delete objects that came after that revision, unless a controller made them. Needs the right to delete them. Not with root.',
    }),
    dryRun: boolean({
      default: false,
      description: 'Write nothing; the status says what would be restored and removed.',
    }),
    reason: string({ maxLength: 512, description: 'Why; stands in the history of everything that is written.' }),
    requestedBy: object(
      {
        username: string({ description: 'Name of the user.' }),
        uid: string({ description: 'Uid of the user.' }),
        groups: array(string(), { listType: 'atomic', description: 'Groups of the user.' }),
        extra: mapOf(array(string(), { listType: 'atomic' }), { description: 'Further attributes of the user.' }),
      },
      { description: 'Who asked, with whose rights everything is done. Set by the server.' },
    ),
  },
  { description: 'What comes back. Cannot be changed.' },
);

const status = object(
  {
    conditions: conditions(),
    total: integer({
      minimum: 0,
      description: 'Objects there were at that revision and, with prune, those that came later.',
    }),
    done: integer({ minimum: 0, description: 'How many of them were looked at; the operation goes on from there.' }),
    restored: integer({ minimum: 0, description: 'Objects that came back or were rolled back.' }),
    removed: integer({
      minimum: 0,
      description: 'Objects that were deleted; those with finalizers go when these are done.',
    }),
    removals: array(string(), {
      listType: 'atomic',
      maxItems: listedMax,
      description: 'The first of what was deleted: `configmaps/settings`.',
    }),
    planned: array(string(), {
      listType: 'atomic',
      maxItems: listedMax,
      description: 'Of a dry run: the first of what would be done, such as `remove configmaps/settings`.',
    }),
    pruneRevision: string({ description: 'What is pruned was there at this revision.' }),
    unchanged: integer({ minimum: 0, description: 'Objects that were left as they are.' }),
    failed: integer({ minimum: 0, description: 'Objects that could not be restored.' }),
    failures: array(string(), {
      listType: 'atomic',
      maxItems: 20,
      description: 'The first of what could not be restored, and why.',
    }),
    skipped: array(string(), {
      listType: 'atomic',
      maxItems: 100,
      description: 'Resources that were left out because the user may not list them.',
    }),
    atomic: boolean({ description: 'Everything was written in one commit.' }),
  },
  { description: 'How far it is.' },
);

const restorationSchema = object(
  { spec: required(spec), status },
  { description: 'Brings a namespace, or an object and what depends on it, back to an earlier revision.' },
);

/** An operation that brings a namespace, or a part of it, back to an earlier state. */
export interface Restoration extends KubeObject, Infer<typeof restorationSchema> {}

/** See the README. */
export const restorationKind: KindDefinition<Restoration> = {
  group: 'kernel.planform.dev',
  kind: 'Restoration',
  plural: 'restorations',
  singular: 'restoration',
  scope: 'Namespaced',
  storageVersion: 'v1alpha1',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: restorationSchema,
      columns: [
        { name: 'Revision', type: 'string', description: 'Revision whose state comes back.', value: '.spec.revision' },
        { name: 'Restored', type: 'string', description: 'Objects restored of all.', value: progressText },
        {
          name: 'Failed',
          type: 'integer',
          description: 'Objects that could not be restored.',
          value: '.status.failed',
        },
        { name: 'Complete', type: 'string', description: 'Whether it has ended.', value: completeText },
      ],
    },
  ],
  statusSubresource: true,
  history: 'spec',
  admission: admitRestoration,
};

function progressText({ status: { restored = 0, total } = {} }: Restoration): string {
  return total === undefined ? '' : `${restored}/${total}`;
}

function completeText({ status: { conditions: all } = {} }: Restoration): string {
  return findCondition(all, 'Complete')?.status ?? 'False';
}
