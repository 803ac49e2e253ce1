import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import { encodeObject, hasApiVersion, withRevision } from '../cache/encoding.ts';
import { ApiError, ConflictError, errorText, isApiError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import type { WriteResult } from '../ports/resources.ts';
import { StoreError } from '../ports/store.ts';
import type { CommitStep, PlannedWrite, PostedCommit } from './commit-log.ts';
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
      /** For a delete: what the client is shown, where that is not the last state. */
      readonly shown?: KubeObject;
      readonly attributes: AdmissionAttributes;
    }
  /** Nothing would change. With attributes, the object is still written if it is not in the storage version. */
  | { readonly operation: 'none'; readonly object: CachedObject; readonly attributes?: AdmissionAttributes };

/** One write of one object. */
export interface ObjectWrite {
  readonly request: WriteRequest;
  readonly name: string;
  /**
   * Works the write out in the version of the request, for the pending state in that version (absent: there is none).
   * @throws {ApiError} what the client did wrong.
   */
  readonly decide: (current: CachedObject | undefined) => Promise<Decision>;
}

/**
 * Works a write out against the current state and commits it, again if the object changed meanwhile.
 * @throws {ApiError} what `decide` or admission threw, `InsufficientStorage`, `ServiceUnavailable`, `Conflict`.
 */
export async function commitWrite(write: ObjectWrite): Promise<WriteResult> {
  const [result] = await commitTogether([write]);
  return result as WriteResult;
}

/**
 * The same for writes of different objects that become durable and visible together or not at all. All are worked out against
 * the present state; then, in the commit step, each is admitted with the writes before it in the pending view. That step is
 * synchronous: between the last look at the objects, the commit hooks of admission and the revisions nothing else runs.
 * @param refused what is thrown when the write of that index is refused. Default: the refusal itself.
 */
export async function commitTogether(
  writes: readonly ObjectWrite[],
  refused: (error: unknown, index: number) => unknown = (error) => error,
): Promise<readonly WriteResult[]> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const prepared: PreparedWrite[] = [];
    for (const [index, write] of writes.entries()) {
      try {
        const next = await prepare(write);
        noteNamespace(next);
        prepared.push(next);
      } catch (error) {
        throw refused(error, index);
      }
    }
    if (!prepared.every(isCurrent)) continue;
    const results = await commitPrepared(prepared, refused);
    if (results !== undefined) return Promise.all(results.map(inVersionOf));
  }
  const [{ request, name }] = writes as readonly [ObjectWrite];
  const what = writes.length === 1 ? 'it' : 'an object';
  const key = request.kind.key(request.target.namespace, name);
  throw new ConflictError(key, `${what} changed during each of ${attemptsMax} attempts`);
}

/** What is worked out after a new Namespace can be in it. */
function noteNamespace({ request: { kind, newNamespaces }, change }: PreparedWrite): void {
  if (newNamespaces === undefined || change.operation !== 'create' || kind.resource !== 'namespaces') return;
  newNamespaces.set(change.object.metadata.name, change.object);
}

/** What a write left behind, in the form it is stored in. */
interface StoredResult extends WriteResult {
  readonly request: WriteRequest;
  readonly object: CachedObject;
}

/** The result in the version of its request. */
async function inVersionOf({ request, object, ...flags }: StoredResult): Promise<WriteResult> {
  return { ...flags, object: await inRequestVersion(request, object) };
}

function isCurrent({ request: { core, kind, target }, name, current }: PreparedWrite): boolean {
  return core.commits.current(kind.resource, cacheKey(target.namespace, name)) === current;
}

/** The state a writer sees: in the version it speaks. */
function inRequestVersion(
  { core, kind, target }: WriteRequest,
  object: CachedObject,
): CachedObject | Promise<CachedObject> {
  return kind.isStoredIn(target.version) ? object : core.conversions.inVersion(kind, object, target.version);
}

/** A write that was worked out, with what is to be stored for it. */
type PreparedWrite = Pick<ObjectWrite, 'request' | 'name'> & {
  /** The state it was worked out for, as it is stored. */
  readonly current: CachedObject | undefined;
  readonly change: PreparedChange | { readonly operation: 'none'; readonly object: CachedObject };
};

type PreparedChange = Exclude<Decision, { readonly operation: 'none' }> & {
  /** `object` in the storage version. */
  readonly stored: KubeObject;
};

/** Works a write out for the current state, and brings what was decided in the version of the request into the stored one. */
async function prepare({ request, name, decide }: ObjectWrite): Promise<PreparedWrite> {
  const { core, kind, target } = request;
  const current = core.commits.current(kind.resource, cacheKey(target.namespace, name));
  const shown = current === undefined ? undefined : await inRequestVersion(request, current);
  const change = await preparedChange(request, await decide(shown), current);
  return { request, name, current, change };
}

/** A write without a change still moves an object that was stored in another version: so people migrate stored objects. */
async function preparedChange(
  { core, kind, target }: WriteRequest,
  decision: Decision,
  current: CachedObject | undefined,
): Promise<PreparedWrite['change']> {
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

/** @returns `undefined` when an earlier write that these build on was refused: try again. */
async function commitPrepared(
  prepared: readonly PreparedWrite[],
  refused: (error: unknown, index: number) => unknown,
): Promise<readonly StoredResult[] | undefined> {
  const [{ request }] = prepared as readonly [PreparedWrite];
  const isDryRun = request.options.dryRun === true;
  const steps = stepsOf(prepared, refused);
  const posted = steps.length === 0 ? undefined : postSteps(request, steps, isDryRun);
  const unchanged = prepared.flatMap(({ change }) => (change.operation === 'none' ? [change.object.revision] : []));
  const settled = unchanged.map((revision) => request.core.commits.durable(revision));
  if (posted !== undefined) settled.push(posted.durable);
  for (const durable of settled) if (!(await isDurable(prepared, durable))) return undefined;
  const written = posted?.objects.values();
  return prepared.map((one) => resultOf(one, one.change.operation === 'none' ? undefined : written?.next().value));
}

/** The commit step, write by write. */
function stepsOf(
  prepared: readonly PreparedWrite[],
  refused: (error: unknown, index: number) => unknown,
): readonly CommitStep[] {
  return prepared.flatMap(({ request, current, change }, index) => {
    if (change.operation === 'none') return [];
    return [
      () => {
        const { core } = request;
        const { attributes } = change;
        try {
          const admitted = attributes.operation === 'delete' ? undefined : change.object;
          core.admission.commit(admitted, attributes, core.commits.view);
        } catch (error) {
          throw refused(error, index);
        }
        return plannedWrite(request, change, current);
      },
    ];
  });
}

function plannedWrite(
  request: WriteRequest,
  { operation, object, stored, attributes, lastState }: PreparedChange,
  current: CachedObject | undefined,
): PlannedWrite {
  const { kind } = request;
  const isDeletion = operation === 'delete';
  return {
    definition: kind.stored,
    resource: kind.resource,
    operation,
    object: stored as KubeObject & JsonObject,
    keep: isDeletion ? kind.definition.history !== 'none' : belongsToHistory(request, object, attributes.old),
    origin: originOf(request, object, attributes.old),
    // What goes is stored as it was, whatever form the decision was taken in.
    ...(lastState === undefined || current === undefined ? {} : { lastState: current }),
  };
}

/** Ownership can be most of an object. Where it makes the object too large, it goes (kubernetes/kubernetes#87508). */
function postSteps(
  { core: { commits } }: WriteRequest,
  steps: readonly CommitStep[],
  isDryRun: boolean,
): PostedCommit | undefined {
  const post = (all: readonly CommitStep[]) => (isDryRun ? commits.rehearse(all) : commits.post(all));
  try {
    return post(steps) ?? undefined;
  } catch (error) {
    if (steps.length > 1 || !isApiError(error, 'RequestEntityTooLarge')) throw error;
    return post(steps.map((step) => () => withoutOwnership(step()))) ?? undefined;
  }
}

function withoutOwnership(write: PlannedWrite): PlannedWrite {
  const { managedFields, ...metadata } = readMetadata(write.object);
  if (managedFields === undefined) return write;
  return { ...write, object: { ...write.object, metadata } as object as JsonObject };
}

/** @param written the new state; absent for what did not change and in a dry run. */
function resultOf({ request, current, change }: PreparedWrite, written: CachedObject | undefined): StoredResult {
  if (change.operation === 'none') return { request, object: change.object, created: false, unchanged: true };
  const { operation, object, lastState, shown: answer } = change;
  const flags = { created: operation === 'create', ...(operation === 'delete' ? { deleted: true } : {}) };
  if (answer !== undefined) {
    const revision = written === undefined ? {} : { revision: written.revision };
    return { request, object: unstored(request, answer, written ?? current), ...flags, ...revision };
  }
  if (lastState !== undefined) return { request, object: written ?? current ?? lastState, ...flags };
  if (written !== undefined && operation !== 'delete') return { request, object: written, ...flags };
  // Kubernetes: who takes away what held a terminating object sees the last revision before it went.
  const shown = unstored(request, object, current);
  return { request, object: shown, ...flags, ...(written === undefined ? {} : { revision: written.revision }) };
}

/** Waits for the store's word. @returns false when the commit was refused because of an earlier one. */
async function isDurable(writes: readonly PreparedWrite[], durable: Promise<void>): Promise<boolean> {
  try {
    await durable;
    return true;
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    if (cause.code === 'Superseded') return false;
    const [{ request, name }] = writes as readonly [PreparedWrite];
    const others = writes.length === 1 ? '' : ` and ${writes.length - 1} more`;
    const what = `Cannot store ${request.kind.resource} "${name}"${others}`;
    if (cause.code === 'Full') {
      throw new ApiError('InsufficientStorage', `${what}: no space is left for the store`, {}, { cause });
    }
    throw new ApiError('ServiceUnavailable', `${what}: ${errorText(cause)}`, { retryAfterSeconds: 1 }, { cause });
  }
}

/** An object that is not stored (again): as it would be, at the revision of the current state. */
function unstored(request: WriteRequest, object: KubeObject, current: CachedObject | undefined): CachedObject {
  const value = withRevision(object as KubeObject & JsonObject, current?.revision);
  const entry = request.core.cache.entry(encodeObject(value), value, request.kind.definition);
  entry.remember(value);
  return entry;
}
