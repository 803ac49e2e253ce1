import { formatTime } from '../base/clock.ts';
import type { CachedObject } from '../cache/cached-object.ts';
import { ApiError, ConflictError, isApiError, NotFoundError } from '../meta/errors.ts';
import { foregroundFinalizer, orphanFinalizer } from '../meta/finalizers.ts';
import { cloneJson, jsonEquals } from '../meta/json.ts';
import { formatResource } from '../meta/key.ts';
import type { JsonObject, KubeObject, ObjectMeta } from '../meta/object.ts';
import type { DeleteOptions, StoredObject } from '../ports/endpoint.ts';
import type { ListQuery, ResourceContext, ResourceTarget, WriteResult } from '../ports/resources.ts';
import { admissionOf } from '../schema/kind.ts';
import { commitWrite, type Decision, type ObjectWrite } from './commit-loop.ts';
import type { MutableObject } from './compiled-kind.ts';
import type { RegistryCore } from './core.ts';
import { metadataOf } from './metadata.ts';
import { listObjects } from './read.ts';
import { isLifeOver } from './update.ts';
import { attributesOf, writeRequest, type WriteRequest } from './write-request.ts';

/** Deletes of one deletecollection running side by side. */
const deletesAtOnceMax = 100;

/**
 * The deletion of an object, or its mark while finalizers or a grace period hold it. When it is decided it throws `NotFound`,
 * `Conflict` for a precondition and the refusal of admission.
 */
export function deletionOf(request: WriteRequest, options: DeleteOptions): ObjectWrite {
  const { core, kind, target } = request;
  const { orphanWarning } = kind.definition;
  if (options.propagationPolicy === undefined && orphanWarning !== undefined) request.context.warn(orphanWarning);
  const decide = async (current: CachedObject | undefined) => {
    if (current === undefined) throw new NotFoundError(kind.key(target.namespace, target.name));
    const old = current.parsed();
    checkPreconditions(request, options, old);
    const attributes = attributesOf(request, 'delete', target.name, old);
    await core.admission.validate(undefined, attributes, request.context);
    return decideDelete(request, options, current, attributes);
  };
  return { request, name: target.name, decide };
}

function decideDelete(
  request: WriteRequest,
  options: DeleteOptions,
  current: CachedObject,
  attributes: Decision extends { readonly attributes: infer A } ? A : ReturnType<typeof attributesOf>,
): Decision {
  const { definition } = request.kind;
  const old = current.parsed();
  const marked = withDeletionMark(request, options, old);
  const isHeld = definition.holdsDeletion?.(marked) === true;
  if (isLifeOver(marked, isHeld)) {
    // Kubernetes: what could have been given time is answered with the mark that it got none.
    const shown = definition.gracefulDeletionSeconds === undefined ? {} : { shown: marked };
    return { operation: 'delete', object: old, lastState: current, attributes, ...shown };
  }
  const nowMs = request.core.clock.nowMs();
  admissionOf(definition, request.target.version)?.mutate?.(marked, old, {
    operation: 'update',
    subresource: '',
    nowMs,
  });
  if (jsonEquals(marked, old)) return { operation: 'none', object: current };
  return { operation: 'update', object: marked, attributes };
}

/** The object with finalizers as the options demand and the time at which it may go. */
function withDeletionMark(request: WriteRequest, options: DeleteOptions, old: KubeObject): MutableObject & KubeObject {
  const marked = { ...cloneJson(old as KubeObject & JsonObject) } as MutableObject & KubeObject;
  const metadata = metadataOf(marked);
  const { definition } = request.kind;
  const { propagationPolicy = definition.orphansByDefault === true ? 'Orphan' : undefined } = options;
  const finalizers = finalizersAfter(old.metadata.finalizers ?? [], propagationPolicy);
  if (finalizers.length === 0) delete metadata['finalizers'];
  else metadata['finalizers'] = finalizers;
  const graceSeconds = gracePeriod(request, options, old);
  if (graceSeconds === undefined) return marked;
  metadata['deletionTimestamp'] = deletionTime(request, old.metadata, graceSeconds);
  metadata['deletionGracePeriodSeconds'] = graceSeconds;
  if (old.metadata.deletionTimestamp === undefined && old.metadata.generation !== undefined) {
    metadata['generation'] = old.metadata.generation + 1;
  }
  return marked;
}

/** The grace period to set; `undefined` leaves that of a terminating object: it can be shortened, never extended. */
function gracePeriod({ kind }: WriteRequest, options: DeleteOptions, old: KubeObject): number | undefined {
  const byKind = kind.definition.gracefulDeletionSeconds?.(old);
  const wanted = byKind === undefined ? 0 : (options.gracePeriodSeconds ?? byKind);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = old.metadata;
  if (deletionTimestamp === undefined) return wanted;
  const isShorter = options.gracePeriodSeconds !== undefined && wanted < deletionGracePeriodSeconds;
  return isShorter ? wanted : undefined;
}

/** Now plus the grace period; a shortened one counts from when the deletion was asked for (rest/delete.go). */
function deletionTime({ core }: WriteRequest, old: ObjectMeta, graceSeconds: number): string {
  if (old.deletionTimestamp === undefined) return formatTime(core.clock.nowMs() + graceSeconds * 1000);
  const askedAtMs = Date.parse(old.deletionTimestamp) - (old.deletionGracePeriodSeconds ?? 0) * 1000;
  return formatTime(askedAtMs + graceSeconds * 1000);
}

function finalizersAfter(finalizers: readonly string[], policy: DeleteOptions['propagationPolicy']): readonly string[] {
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer);
  switch (policy) {
    case 'Orphan':
      return [...others, orphanFinalizer];
    case 'Foreground':
      return [...others, foregroundFinalizer];
    case 'Background':
      return others;
  }
}

/** Texts and details of apiserver `rest.BeforeDelete`, where the subject is the kind and not the resource. */
function checkPreconditions({ kind, target }: WriteRequest, { preconditions }: DeleteOptions, old: KubeObject): void {
  const key = {
    ...kind.key(target.namespace, target.name),
    resource: formatResource(kind.definition.kind, kind.definition.group),
  };
  const { uid, resourceVersion } = old.metadata;
  const { uid: wantedUid = uid, resourceVersion: wantedVersion = resourceVersion } = preconditions ?? {};
  if (wantedUid !== uid) {
    const uids = `the UID in the precondition (${wantedUid}) does not match the UID in record (${uid})`;
    throw new ConflictError(key, `${uids}. The object might have been deleted and then recreated`);
  }
  if (wantedVersion !== resourceVersion) {
    const record = `does not match the ResourceVersion in record (${resourceVersion})`;
    const versions = `the ResourceVersion in the precondition (${wantedVersion}) ${record}`;
    throw new ConflictError(key, `${versions}. The object might have been modified`);
  }
}

/** Deletes every object a list finds, one by one (not one transaction). @returns what was deleted or marked. */
export async function deleteObjects(
  core: RegistryCore,
  context: ResourceContext,
  target: ResourceTarget,
  query: ListQuery,
  options: DeleteOptions,
): Promise<readonly WriteResult[]> {
  const { items } = await listObjects(core, context, target, query);
  const deleted: WriteResult[] = [];
  const deleteOne = async (item: StoredObject) => {
    const { namespace = '', name, uid } = item.parsed().metadata;
    const request = writeRequest(core, context, { ...target, namespace, name }, writeOptionsOf(options));
    try {
      const preconditions = { ...options.preconditions, uid };
      const result = await commitWrite(deletionOf(request, { ...options, preconditions }));
      // Kubernetes answers with what it listed, as it was before.
      deleted.push({ ...result, object: item, revision: result.revision ?? result.object.revision });
    } catch (error) {
      if (!isApiError(error, 'NotFound', 'Conflict')) throw error;
    }
  };
  for (let start = 0; start < items.length; start += deletesAtOnceMax) {
    if (context.signal.aborted)
      throw new ApiError('Timeout', 'The client went away', {}, { cause: context.signal.reason });
    await Promise.all(items.slice(start, start + deletesAtOnceMax).map(deleteOne));
  }
  return deleted;
}

/** The write options that delete options imply. */
export function writeOptionsOf(options: DeleteOptions): { readonly dryRun?: boolean } {
  return options.dryRun === true ? { dryRun: true } : {};
}
