import type { KindDefinition } from '../../schema/kind.ts';
import { any, array, boolean, type Infer, integer, object, oneOf, required, string } from '../../schema/schema.ts';
import type { KubeObject } from '../../meta/object.ts';

/** What becomes of one object. */
export const transactionOperations = ['Create', 'Update', 'Apply', 'Patch', 'Delete', 'Restore'] as const;

const target = object(
  {
    apiVersion: required(string({ description: 'Group and version of the kind, for example `apps/v1`.' })),
    kind: required(string({ description: 'Kind of the object.' })),
    namespace: string({ description: 'Namespace of the object; absent for kinds that are in none.' }),
    name: required(string({ description: 'Name of the object.' })),
  },
  { description: 'Which object, for Patch, Delete and Restore.' },
);

const item = object({
  operation: required(
    oneOf(transactionOperations, {
      description:
        'Create, Update (replace), Apply (server-side apply), Patch, Delete, or Restore (back to the state at a revision).',
    }),
  ),
  object: any({ description: 'The whole object, for Create, Update and Apply. It says its apiVersion and kind.' }),
  target,
  subresource: string({
    description: 'Write through this subresource, for example `status`. Default: the object itself.',
  }),
  patch: object(
    {
      type: required(
        oneOf(['Merge', 'JSON', 'Strategic'], { description: 'RFC 7386, RFC 6902, or a strategic merge patch.' }),
      ),
      value: required(any({ description: 'The patch: an object, for JSON a list of operations.' })),
    },
    { description: 'For Patch.' },
  ),
  revision: string({
    pattern: '^[1-9][0-9]{0,15}$',
    description:
      'For Restore: the state at this revision comes back. The revision of a deletion stands for the last state before it.',
  }),
  preconditions: object(
    {
      uid: string({ description: 'The object must have this uid.' }),
      resourceVersion: string({ description: 'The object must be at this resourceVersion.' }),
    },
    { description: 'Refuses everything unless the object is as its author knew it.' },
  ),
  force: boolean({ description: 'For Apply: take over fields that others own. Default false.' }),
  propagationPolicy: oneOf(['Background', 'Foreground', 'Orphan'], {
    description: 'For Delete: what becomes of dependents. Default Background.',
  }),
  gracePeriodSeconds: integer({
    minimum: 0,
    description: 'For Delete: seconds the object has to end. Default: that of its kind.',
  }),
});

const spec = object(
  {
    fieldManager: string({
      maxLength: 128,
      description:
        'Name under which managedFields records the writer, 1 to 128 characters. Default: from the User-Agent.',
    }),
    fieldValidation: oneOf(['Strict', 'Warn', 'Ignore'], {
      description: 'What to do with unknown and duplicate fields. Default Warn.',
    }),
    dryRun: boolean({ description: 'Check everything and write nothing. Default false.' }),
    items: required(
      array(item, {
        description: 'What to write, each object once: 1 to 100 items and 1.4 MiB together.',
      }),
    ),
  },
  { description: 'What to write.' },
);

const status = object(
  {
    firstRevision: string({
      description: 'Revision of the first write; absent when nothing changed and in a dry run.',
    }),
    lastRevision: string({ description: 'Revision of the last write: a list of this revision shows all of them.' }),
    items: array(
      object({
        result: string({ description: 'created, configured, unchanged or deleted.' }),
        object: any({ description: 'The object as it is now; for a delete its last state.' }),
      }),
      { description: 'What became of the items, in their order.' },
    ),
  },
  { description: 'What was written.' },
);

/** Everything but apiVersion, kind and metadata. */
export const transactionSchema = object(
  { spec: required(spec), status },
  { description: 'Several writes that happen together, in one commit, or not at all. It is answered, never stored.' },
);

/** Several writes that happen together or not at all. */
export interface Transaction extends KubeObject, Infer<typeof transactionSchema> {}

/** Answered, never stored: see `transactions.ts`. */
export const transactionKind: KindDefinition<Transaction> = {
  group: 'kernel.planform.dev',
  kind: 'Transaction',
  plural: 'transactions',
  singular: 'transaction',
  scope: 'Cluster',
  storageVersion: 'v1alpha1',
  versions: [{ name: 'v1alpha1', served: true, schema: transactionSchema, columns: [] }],
  statusSubresource: false,
  history: 'none',
};
