import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import { encodeObject, hasApiVersion, withRevision } from '../cache/encoding.ts';
import { ApiError, ConflictError, errorText, isApiError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import type { WriteResult } from '../ports/resources.ts';
import { StoreError } from '../ports/store.ts';
import type { PlannedWrite, PostedCommit } from './commit-log.ts';
import { readMetadata } from './metadata.ts';
import { originOf, type WriteRequest } from './write-request.ts';
import { belongsToHistory } from './admit.ts';

/** How often one write is worked out again because the object changed under it. */
const attemptsMax = 64;

/** What a write comes down to for one state of the object. */
export type Decision =
  | {
      readonly operation: 'create' | 'update' | 'delete';
      /** The new state, or the last one of a delete. */
      readonly object: KubeObject;
      /** For a delete without changes: its bytes are used again. */
      readonly lastState?: CachedObject;
      readonly attributes: AdmissionAttributes;
    }
  /** Nothing would change. With attributes, the object is still written if it is not in the storage version. */
  | { readonly operation: 'none'; readonly object: CachedObject; readonly attributes?: AdmissionAttributes };

/**
 * Works a write out against the current state and commits it, again if the object changed meanwhile. The commit step
 * is synchronous: between the last look at the object, the commit hooks of admission and the revision nothing else runs.
 * @param decide works out the write in the version of the request; called with the pending state in that version
 *   (undefined: absent); throws what the client did wrong.
 * @throws {ApiError} what `decide` or admission threw, `InsufficientStorage`, `ServiceUnavailable`, `Conflict`.
 */
export async function commitWrite(
  request: WriteRequest,
  name: string,
  decide: (current: CachedObject | undefined) => Promise<Decision>,
): Promise<WriteResult> {
  const { core, kind, target } = request;
  const key = cacheKey(target.namespace, name);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const current = core.commits.current(kind.resource, key);
    const shown = current === undefined ? undefined : await inRequestVersion(request, current);
    const prepared = await prepare(request, await decide(shown), current);
    if (core.commits.current(kind.resource, key) !== current) continue;
    const result = await commitPrepared(request, prepared, current);
    if (result === undefined) continue;
    return { ...result, object: await inRequestVersion(request, result.object as CachedObject) };
  }
  throw new ConflictError(kind.key(target.namespace, name), `it changed during each of ${attemptsMax} attempts`);
}

/** The state a writer sees: in the version it speaks. */
function inRequestVersion(
  { core, kind, target }: WriteRequest,
  object: CachedObject,
): CachedObject | Promise<CachedObject> {
  return kind.isStoredIn(target.version) ? object : core.conversions.inVersion(kind, object, target.version);
}

/** A decision with what is to be stored for it. */
type PreparedWrite =
  | (Extract<
      Decision,
      { readonly attributes: AdmissionAttributes; readonly operation: 'create' | 'update' | 'delete' }
    > & {
      /** `object` in the storage version. */
      readonly stored: KubeObject;
    })
  | { readonly operation: 'none'; readonly object: CachedObject };

/**
 * Brings what was decided in the version of the request into the one that is stored. A write without a change still moves
 * an object that was stored in another version: so people migrate stored objects.
 */
async function prepare(
  { core, kind, target }: WriteRequest,
  decision: Decision,
  current: CachedObject | undefined,
): Promise<PreparedWrite> {
  if (decision.operation === 'none') {
    const { object, attributes } = decision;
    const isInPlace = current === undefined || hasApiVersion(current.bytes, kind.storedApiVersion);
    if (isInPlace || attributes === undefined) return { operation: 'none', object };
    const moved = object.parsed();
    const stored = await core.conversions.convert(kind, moved, kind.storedApiVersion);
    return { operation: 'update', object: moved, attributes, stored };
  }
  const isStored = decision.lastState !== undefined || kind.isStorageVersion(target.version);
  const { object } = decision;
  const stored = isStored ? object : await core.conversions.convert(kind, object, kind.storedApiVersion);
  return { ...decision, stored };
}

/** @returns `undefined` when an earlier write that this one builds on was refused: try again. */
async function commitPrepared(
  request: WriteRequest,
  prepared: PreparedWrite,
  current: CachedObject | undefined,
): Promise<WriteResult | undefined> {
  const { core, kind, options } = request;
  if (prepared.operation === 'none') {
    const visible = await isDurable(request, prepared.object.row.name, core.commits.durable(prepared.object.revision));
    return visible ? { object: prepared.object, created: false } : undefined;
  }
  const { operation, object, stored, attributes } = prepared;
  // What goes is stored as it was, whatever form the decision was taken in.
  const lastState = prepared.lastState === undefined ? undefined : current;
  const admitted = attributes.operation === 'delete' ? undefined : object;
  core.admission.commit(admitted, attributes, core.commits.view);
  const flags = { created: operation === 'create', ...(operation === 'delete' ? { deleted: true } : {}) };
  if (options.dryRun === true) return { object: lastState ?? unstored(request, object, current), ...flags };
  const write = {
    definition: kind.stored,
    resource: kind.resource,
    operation,
    object: stored as KubeObject & JsonObject,
    keep:
      operation === 'delete' ? kind.definition.history !== 'none' : belongsToHistory(request, object, attributes.old),
    ...(lastState === undefined ? {} : { lastState }),
  };
  const posted = postWrite(request, write);
  const [committed] = posted.objects;
  if (!(await isDurable(request, attributes.name, posted.durable)) || committed === undefined) return undefined;
  return { object: committed, ...flags };
}

/** Ownership can be most of an object. Where it makes the object too large, it goes (kubernetes/kubernetes#87508). */
function postWrite(request: WriteRequest, write: PlannedWrite): PostedCommit {
  const { commits } = request.core;
  try {
    return commits.post([write], originOf(request));
  } catch (error) {
    const { managedFields, ...metadata } = readMetadata(write.object);
    if (managedFields === undefined || !isApiError(error, 'RequestEntityTooLarge')) throw error;
    const object = { ...write.object, metadata } as object as JsonObject;
    return commits.post([{ ...write, object }], originOf(request));
  }
}

/** Waits for the store's word. @returns false when the commit was refused because of an earlier one. */
async function isDurable({ kind }: WriteRequest, name: string, durable: Promise<void>): Promise<boolean> {
  try {
    await durable;
    return true;
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    if (cause.code === 'Superseded') return false;
    const what = `Cannot store ${kind.resource} "${name}"`;
    if (cause.code === 'Full') {
      throw new ApiError('InsufficientStorage', `${what}: no space is left for the store`, {}, { cause });
    }
    throw new ApiError('ServiceUnavailable', `${what}: ${errorText(cause)}`, { retryAfterSeconds: 1 }, { cause });
  }
}

/** The object a dry run answers with: as it would be stored, at the revision of the current state. */
function unstored(request: WriteRequest, object: KubeObject, current: CachedObject | undefined): CachedObject {
  const value = withRevision(object as KubeObject & JsonObject, current?.revision);
  const entry = request.core.cache.entry(encodeObject(value), value, request.kind.definition);
  entry.remember(value);
  return entry;
}
