import { findCondition } from '../../../kernel/meta/conditions.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import {
  type Infer,
  any,
  array,
  boolean,
  conditions,
  integer,
  object,
  oneOf,
  required,
  string,
  time,
} from '../../../kernel/schema/schema.ts';
import { managementGroup } from '../site/type.ts';
import { feedbackSchema, localEditSchema } from '../work/type.ts';

/** Label on every delivered object: the Work it came with. */
export const workLabel = `${managementGroup}/work`;
/** Annotation of an AppliedWork: digest of the local edits the hub has confirmed to know. */
export const reportedEditsAnnotation = `${managementGroup}/reported-edits`;
/** Annotation of an AppliedWork: since when the hub no longer knows the Work. Nothing follows from it but a condition. */
export const missingAtHubAnnotation = `${managementGroup}/missing-at-hub`;

const inventoryEntrySchema = object({
  apiVersion: required(string({ description: 'apiVersion of the object.' })),
  kind: required(string({ description: 'Kind of the object.' })),
  namespace: string({ description: 'Namespace; absent for cluster-scoped objects.' }),
  name: required(string({ description: 'Name of the object.' })),
  uid: string({ description: 'uid of the object this Work made or took over; absent until it was applied.' }),
  component: required(
    string({ description: 'Component of the bundle it belongs to; empty for namespaces made on the way.' }),
  ),
  adopted: boolean({ description: 'The object was there before the Work; it stays when the Work goes.' }),
});

const appliedWorkSchema = object({
  spec: required(
    object(
      {
        hubId: required(string({ description: 'The hub that ordered the Work.' })),
        order: required(
          object(
            {
              name: required(string({ description: 'Name of the Work at the hub.' })),
              uid: required(string({ description: 'uid of the Work at the hub.' })),
              generation: required(integer({ description: 'metadata.generation of the Work.' })),
              spec: required(any({ description: 'spec of the Work, exactly as the hub sent it.' })),
              deletionTimestamp: time({ description: 'The tombstone: the hub wants the Work gone.' }),
            },
            { description: 'The Work as the hub sent it.' },
          ),
        ),
        removalConfirmed: boolean({ description: 'A person at the site confirmed a removal that is held.' }),
      },
      { description: 'What the hub ordered. Everything here is on the disk of the site before it is acknowledged.' },
    ),
  ),
  status: object(
    {
      observedGeneration: integer({ description: 'Generation of this object the status was computed for.' }),
      appliedDigest: string({ description: 'Digest of the bundle that is applied completely.' }),
      lastGoodDigest: string({ description: 'Digest of the last bundle that was applied and healthy.' }),
      components: array(
        object({
          name: required(string({ description: 'Name of the component.' })),
          appliedDigest: string({ description: 'Bundle its objects were last applied from.' }),
          state: required(
            oneOf(['Waiting', 'Progressing', 'Healthy', 'Degraded', 'Failed'], {
              description: 'Worst state of its objects.',
            }),
          ),
        }),
        { listType: 'map', listMapKeys: ['name'], description: 'Components of the bundle.' },
      ),
      inventory: array(inventoryEntrySchema, {
        description:
          'Everything this Work made at the site. Only these are ever removed, and only while the uid matches.',
      }),
      feedback: array(feedbackSchema, { description: 'State of the objects, the worst first, at most 50.' }),
      objects: object(
        {
          healthy: integer({ description: 'Objects that are healthy.' }),
          total: integer({ description: 'Objects of the bundle.' }),
        },
        { description: 'Objects of the Work.' },
      ),
      localEdits: array(localEditSchema, {
        description: 'Fields people changed here: those in force, and the last ones that were taken back.',
      }),
      conditions: conditions(),
    },
    { description: 'What is the case at this site.' },
  ),
});

/** A Work as one site holds and enforces it. Lives at the site only. */
export interface AppliedWork extends KubeObject, Infer<typeof appliedWorkSchema> {}

/** One object an AppliedWork made. */
export type InventoryEntry = Infer<typeof inventoryEntrySchema>;
/** The Work as the hub sent it. */
export type WorkOrder = AppliedWork['spec']['order'];
/** Condition types of an AppliedWork; reasons are listed in the README. */
export type AppliedWorkConditionType =
  | 'Applied'
  | 'Healthy'
  | 'Drifted'
  | 'UnsupportedFields'
  | 'HeldForConfirmation'
  | 'Removed';

/** Definition of the AppliedWork kind. */
export const appliedWorkKind: KindDefinition<AppliedWork> = {
  group: managementGroup,
  kind: 'AppliedWork',
  plural: 'appliedworks',
  singular: 'appliedwork',
  categories: ['planform'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: {
        ...appliedWorkSchema,
        description: 'A Work as this site holds and enforces it, with what it made and what was edited here.',
      },
      columns: [
        {
          name: 'Applied',
          type: 'string',
          description: 'The bundle is applied completely.',
          value: (applied: AppliedWork) => conditionStatus(applied, 'Applied'),
        },
        {
          name: 'Healthy',
          type: 'string',
          description: 'All its objects are healthy.',
          value: (applied: AppliedWork) => conditionStatus(applied, 'Healthy'),
        },
        {
          name: 'Objects',
          type: 'integer',
          description: 'Objects it made.',
          value: (applied: AppliedWork) => applied.status?.inventory?.length,
        },
        {
          name: 'Edits',
          type: 'integer',
          description: 'Local edits in force.',
          value: (applied: AppliedWork) =>
            applied.status?.localEdits?.filter((edit) => edit.resolution !== 'Reverted').length,
        },
        { name: 'Hub', type: 'string', priority: 1, description: 'The hub that ordered it.', value: '.spec.hubId' },
        {
          name: 'Age',
          type: 'date',
          description: 'Since when the site holds it.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: true,
  history: 'spec',
};

function conditionStatus(applied: AppliedWork, type: AppliedWorkConditionType): string | undefined {
  return findCondition(applied.status?.conditions, type)?.status;
}
