import type { Json, JsonObject, KubeObject } from '../meta/object.ts';
import { formatApiVersion, parseApiVersion } from '../meta/object.ts';
import {
  chooseManagedFields,
  type ManagedFields,
  managedFieldsOf,
  recordUpdate,
  type Writer,
} from '../schema/apply/managed-fields.ts';
import { reconcileEntries } from '../schema/apply/reconcile-schema.ts';
import type { VersionedObject, VersionQuestion, VersionSteps } from '../schema/apply/versions.ts';
import { findVersion, hasStatus } from '../schema/kind.ts';
import type { MutableObject } from './compiled-kind.ts';
import { metadataOf } from './metadata.ts';
import { nowText, type WriteRequest, writesStatus } from './write-request.ts';

/** The writer of a request, as managedFields names it. */
export function writerOf({ core, kind, target, manager }: WriteRequest): Writer {
  const { subresource, version } = target;
  const apiVersion = formatApiVersion(kind.definition.group, version);
  const desired = hasStatus(kind.definition, version) ? 'desired' : 'whole';
  const status = kind.definition.statusTakes === undefined ? 'status' : 'whole';
  return { manager, apiVersion, subresource, nowText: nowText(core), part: writesStatus(target) ? status : desired };
}

/** Drives steps to their end with the object in whatever versions they ask for. */
export async function settleVersions<T>(request: WriteRequest, steps: VersionSteps<T>): Promise<T> {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next(await inVersion(request, turn.value));
  return turn.value;
}

/** @returns `undefined` for a version in which the kind is not served any more, or that is of another kind. */
async function inVersion(
  { core, kind }: WriteRequest,
  { object, apiVersion }: VersionQuestion,
): Promise<VersionedObject | undefined> {
  const { group, version } = parseApiVersion(apiVersion);
  const definition = core.catalog.findKind(group, kind.definition.kind);
  if (definition === undefined || findVersion(definition, version) === undefined) return undefined;
  const sibling = core.catalog.compiled(definition);
  if (sibling.resource !== kind.resource) return undefined;
  const { schema } = sibling.schema(version);
  const converted = await core.conversions.convert(kind, object as JsonObject & KubeObject, apiVersion);
  return { object: converted as KubeObject & JsonObject, schema };
}

/** Entries of a stored object under the schemas of today: those of custom kinds change under their objects. */
export async function ownersToday(
  request: WriteRequest,
  live: KubeObject,
  entries: ManagedFields,
): Promise<ManagedFields> {
  const { kind, schema, target } = request;
  const object = live as KubeObject & JsonObject;
  const apiVersion = formatApiVersion(kind.definition.group, target.version);
  return settleVersions(request, reconcileEntries(entries, { object, apiVersion, schema: schema.schema }));
}

/** True if the schema may be another one than that under which entries of `live` were written. */
export function mayHaveChanged({ kind }: WriteRequest, live: KubeObject | undefined): live is KubeObject {
  return live !== undefined && kind.definition.custom?.hasChanged === true;
}

/** Notes in `metadata.managedFields` which fields this writer (not a server-side apply) set or removed. */
export async function recordWriter(
  request: WriteRequest,
  draft: MutableObject,
  old: KubeObject | undefined,
): Promise<void> {
  const metadata = metadataOf(draft);
  const before = old as (KubeObject & JsonObject) | undefined;
  const sent = metadata['managedFields'] as Json | undefined;
  const chosen = chooseManagedFields(sent, managedFieldsOf(before), request.target.subresource);
  const steps = recordUpdate({
    ...writerOf(request),
    before,
    after: draft as JsonObject,
    managedFields: mayHaveChanged(request, old) ? await ownersToday(request, old, chosen) : chosen,
    schema: request.schema.schema,
  });
  const managedFields = await settleVersions(request, steps);
  if (managedFields.length === 0) delete metadata['managedFields'];
  else metadata['managedFields'] = managedFields;
}
