import type { CachedObject } from '../cache/cached-object.ts';
import { ConflictError, NotFoundError } from '../meta/errors.ts';
import { cloneJson } from '../meta/json.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { DecodedBody } from '../ports/resources.ts';
import { applyConflictError, applyPatch } from '../schema/apply/apply-patch.ts';
import { managedFieldsOf, withManagedFields } from '../schema/apply/managed-fields.ts';
import { hasStatus } from '../schema/kind.ts';
import type { ObjectWrite } from './commit-loop.ts';
import type { MutableObject } from './compiled-kind.ts';
import { decideCreate, startLife } from './create.ts';
import { mayHaveChanged, ownersToday, settleVersions, writerOf } from './field-managers.ts';
import { normalizeMetadata } from './metadata-form.ts';
import { metadataOf } from './metadata.ts';
import { checkName, checkPatchedUid, checkPreconditions, decideUpdate } from './update.ts';
import { takeApplied, takeNamespace, type WriteRequest, writesStatus } from './write-request.ts';

/**
 * Server-side apply: creates the object or merges into it what the manager wants. @throws {ApiError} as creates and updates
 * do; when it is decided `Conflict` with a cause per field that others own, unless forced.
 */
export function applyOf(request: WriteRequest, body: DecodedBody): ObjectWrite {
  const { kind, target, options } = request;
  const wanted = takeApplied(request, body);
  const metadata = metadataOf(wanted);
  takeNamespace(request, metadata);
  checkName(request, metadata);
  const applied = onlyOwnPart(request, wanted);
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) {
      if (target.subresource !== '' || options.noCreate === true)
        throw new NotFoundError(kind.key(target.namespace, target.name));
      if (metadata['uid'] !== undefined) throw nothingToApplyTo(request, metadata['uid']);
      const draft = await mergeApplied(request, applied, undefined);
      startLife(request, draft, target.name);
      return decideCreate(request, draft, true);
    }
    const old = current.parsed();
    checkPatchedUid(request, metadata, old);
    checkPreconditions(request, metadata, old);
    return decideUpdate(request, await mergeApplied(request, applied, old), current, true);
  };
  return { request, name: target.name, decide };
}

/** Kubernetes: an apply to one certain object makes no other one. */
function nothingToApplyTo({ kind, target }: WriteRequest, uid: unknown): ConflictError {
  const why = `uid mismatch: the provided object specified uid ${String(uid)}, and no existing object was found`;
  return new ConflictError(kind.key(target.namespace, target.name), why);
}

/** Where there is a status subresource, each of the two applies only its own part of the object. */
function onlyOwnPart({ kind, target }: WriteRequest, wanted: MutableObject): MutableObject {
  const { status, ...desired } = wanted;
  if (writesStatus(target)) {
    const taken = new Set<string>(['name', 'namespace', ...(kind.definition.statusTakes ?? [])]);
    const metadata = Object.fromEntries(Object.entries(metadataOf(wanted)).filter(([field]) => taken.has(field)));
    const own = { apiVersion: wanted['apiVersion'], kind: wanted['kind'], metadata };
    return status === undefined ? own : { ...own, status };
  }
  return hasStatus(kind.definition, target.version) ? desired : wanted;
}

async function mergeApplied(
  request: WriteRequest,
  applied: MutableObject,
  old: KubeObject | undefined,
): Promise<MutableObject> {
  const live = old as (KubeObject & JsonObject) | undefined;
  const owners = managedFieldsOf(live);
  const steps = applyPatch({
    ...writerOf(request),
    live,
    applied: applied as JsonObject,
    managedFields: mayHaveChanged(request, old) ? await ownersToday(request, old, owners) : owners,
    force: request.options.force === true,
    schema: request.schema.schema,
  });
  const result = await settleVersions(request, steps);
  if (result.kind === 'conflicts') throw applyConflictError(result.conflicts);
  const merged: MutableObject = { ...cloneJson(withManagedFields(result.object, result.managedFields)) };
  // What is empty is owned and not written.
  normalizeMetadata(merged);
  if (request.kind.definition.custom === undefined) request.schema.prune(merged);
  return merged;
}
