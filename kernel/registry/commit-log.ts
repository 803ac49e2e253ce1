import { assert } from '../base/assert.ts';
import type { Logger } from '../base/logger.ts';
import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import { encodeObject, replaceRevision, withRevision } from '../cache/encoding.ts';
import type { CacheChange, ObjectCache } from '../cache/object-cache.ts';
import { ApiError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { PendingFollower, PendingView } from '../ports/admission.ts';
import type { RequestAudit } from '../ports/audit.ts';
import {
  type Commit,
  commitBytesMax,
  commitObjectsMax,
  type Store,
  StoreError,
  type StoreRow,
} from '../ports/store.ts';
import type { KindDefinition } from '../schema/kind.ts';

/** Commits on their way to the store at one time; beyond it writes are refused with 429. */
const commitsInFlightMax = 10_000;

/** One object write, decided but without a revision. */
export interface PlannedWrite {
  readonly definition: KindDefinition;
  readonly resource: string;
  readonly operation: 'create' | 'update' | 'delete';
  /** The new state; for a delete the last one. Its resourceVersion is ignored. */
  readonly object: JsonObject;
  /** For a delete without changes: the state whose bytes can be used again. */
  readonly lastState?: CachedObject;
  /** Belongs to the history of its kind. */
  readonly keep: boolean;
  readonly origin: WriteOrigin;
}

/**
 * Decides on one write of a commit, with the writes before it in the pending view. Synchronous; it may be called again if the
 * commit has to be tried again. @throws {ApiError} to refuse the whole commit.
 */
export type CommitStep = () => PlannedWrite;

/** Who writes, for the log. */
export interface WriteOrigin {
  readonly actor: string;
  readonly reason: string;
  readonly requestId: string;
  readonly atMs: number;
  /** The record of the request, which becomes durable with its commit; the same for all writes of a commit. */
  readonly audit?: RequestAudit | undefined;
}

/** A commit that was posted. */
export interface PostedCommit {
  /** The new states in the order of the writes. */
  readonly objects: readonly CachedObject[];
  /** Resolves when the commit is durable and visible. @throws {StoreError} when it was refused. */
  readonly durable: Promise<void>;
}

/** A change that stands in the pending view and is not posted yet. */
interface StagedChange {
  readonly change: CacheChange;
  readonly row: StoreRow;
  readonly audit: RequestAudit | undefined;
  /** What the pending view had of the object before: nothing where the durable state was the newest. */
  readonly replaced: PendingState | undefined;
}

/** The newest state of an object on its way; without object: a deletion. */
interface PendingState {
  readonly revision: number;
  readonly object: CachedObject | undefined;
}

interface InFlight {
  readonly commit: Commit;
  readonly changes: readonly CacheChange[];
  readonly settled: PromiseWithResolvers<void>;
  outcome: 'posted' | 'stored' | StoreError;
  isTakenBack: boolean;
}

/** What a commit log works on. */
export interface CommitLogOptions {
  readonly store: Store;
  readonly cache: ObjectCache;
  readonly log: Logger;
  /** The store failed in a way that leaves the state of the disk unknown: the program has to exit. */
  readonly onFatal: (error: Error) => void;
}

/**
 * The one place where revisions are given out. It keeps the *pending view* (durable state and the commits on their
 * way), posts commits to the store, and makes them visible in order once they are durable. When a commit is refused, it
 * and every commit built on it are taken back; their revisions are skipped, never reused.
 */
export class CommitLog {
  readonly #options: CommitLogOptions;
  /** resource → key → newest state on its way; undefined for a deletion on its way. */
  readonly #pending = new Map<string, Map<string, PendingState>>();
  readonly #followers: PendingFollower[] = [];
  #inFlight: InFlight[] = [];
  /** End of the last commit that was posted and not taken back. */
  #postedHead: number;
  #nextRevision: number;
  #isBroken = false;

  constructor(options: CommitLogOptions) {
    this.#options = options;
    this.#postedHead = options.store.recovery.head;
    this.#nextRevision = this.#postedHead + 1;
  }

  /** Commits that are not durable yet. */
  get inFlightCount(): number {
    return this.#inFlight.length;
  }

  /** The state of an object as it will be once every commit on its way is durable. */
  current(resource: string, key: string): CachedObject | undefined {
    const pending = this.#pending.get(resource)?.get(key);
    return pending === undefined ? this.#options.cache.resource(resource).get(key) : pending.object;
  }

  /** The same, for admission. */
  readonly view: PendingView = {
    get: (resource, namespace, name) => this.current(resource, cacheKey(namespace, name))?.parsed(),
    list: (resource, namespace) => this.#list(resource, namespace ?? ''),
  };

  /** Tells a follower of every change from now on, for the life of the log. */
  follow(follower: PendingFollower): void {
    this.#followers.push(follower);
  }

  /**
   * Runs the steps in order, gives their writes consecutive revisions and posts them as one commit. Synchronous: nothing
   * can come in between. Each step sees the writes before it, as followers do; when one refuses, the pending view is as it
   * was before the first. @param steps 1 … `commitObjectsMax`.
   * @throws {ApiError} the refusal of a step, `TooManyRequests`, `RequestEntityTooLarge`, `ServiceUnavailable`.
   */
  post(steps: readonly CommitStep[]): PostedCommit {
    this.#requireRoom();
    const staged = this.#stage(steps);
    const changes = staged.map(({ change }) => change);
    const entry: InFlight = {
      commit: { expectedHead: this.#postedHead, rows: staged.map(({ row }) => row), records: recordsOf(staged) },
      changes,
      settled: Promise.withResolvers(),
      outcome: 'posted',
      isTakenBack: false,
    };
    this.#postedHead = this.#nextRevision - 1;
    this.#inFlight.push(entry);
    void this.#store(entry);
    return { objects: changes.map((change) => change.object), durable: entry.settled.promise };
  }

  /** The same without posting: throws what would be refused and leaves no trace. */
  rehearse(steps: readonly CommitStep[]): void {
    this.#requireRoom();
    this.#unstage(this.#stage(steps));
  }

  /** The word of the store on the commit with that revision; resolves at once when it is durable already. */
  async durable(revision: number): Promise<void> {
    if (revision <= this.#options.cache.head) return;
    await this.#inFlight.find(({ commit }) => (commit.rows.at(-1)?.revision ?? 0) >= revision)?.settled.promise;
  }

  /** Waits until everything posted so far has been decided. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#inFlight.map((entry) => entry.settled.promise));
  }

  #requireRoom(): void {
    if (this.#isBroken) throw new ApiError('ServiceUnavailable', 'The store has failed, the server is going down');
    if (this.#inFlight.length < commitsInFlightMax) return;
    throw new ApiError('TooManyRequests', 'Too many writes are waiting for the store', { retryAfterSeconds: 1 });
  }

  /** Makes the writes part of the pending view, one after the other; all of them or none. */
  #stage(steps: readonly CommitStep[]): readonly StagedChange[] {
    assert(steps.length >= 1 && steps.length <= commitObjectsMax, 'A commit has 1 … commitObjectsMax writes');
    const staged: StagedChange[] = [];
    let byteCount = 0;
    try {
      for (const step of steps) {
        const write = step();
        const change = this.#encode(write, this.#nextRevision);
        byteCount += change.object.bytes.length;
        checkSize(byteCount, steps.length);
        this.#nextRevision++;
        const replaced = this.#remember(change, write.definition);
        staged.push({ change, row: toRow(change.object, write), audit: write.origin.audit, replaced });
      }
    } catch (error) {
      this.#unstage(staged);
      throw error;
    }
    return staged;
  }

  /** Takes back what was staged and not posted. Nobody outside has seen its revisions: they are given out again. */
  #unstage(staged: readonly StagedChange[]): void {
    const first = staged[0];
    if (first === undefined) return;
    for (const { change, replaced } of staged.toReversed()) {
      const pending = this.#pending.get(change.resource);
      if (replaced === undefined) pending?.delete(change.object.key);
      else pending?.set(change.object.key, replaced);
    }
    this.#nextRevision = first.change.object.revision;
    for (const follower of this.#followers) follower.takenBack(this.#nextRevision - 1);
  }

  #encode(write: PlannedWrite, revision: number): CacheChange {
    const { resource, lastState, definition } = write;
    const isDeletion = write.operation === 'delete';
    if (lastState !== undefined) {
      const bytes = replaceRevision(lastState.bytes, lastState.revision, revision);
      return { resource, isDeletion, object: lastState.withBytes(bytes, revision) };
    }
    const value = withRevision(write.object, revision);
    const object = this.#options.cache.entry(encodeObject(value), value, definition);
    object.remember(value);
    return { resource, isDeletion, object };
  }

  /** @returns what the pending view had of the object. */
  #remember({ resource, object, isDeletion }: CacheChange, definition: KindDefinition): PendingState | undefined {
    const { namespace, name } = object.row;
    const followers = this.#followers.filter((follower) => follower.follows(definition, namespace));
    const before = followers.length === 0 ? undefined : this.current(resource, object.key);
    const pending = this.#pending.getOrInsertComputed(resource, () => new Map());
    const replaced = pending.get(object.key);
    const after = isDeletion ? undefined : object;
    pending.set(object.key, { revision: object.revision, object: after });
    const change = { definition, revision: object.revision, namespace, name, before, after };
    for (const follower of followers) follower.posted(change, this.view);
    return replaced;
  }

  async #store(entry: InFlight): Promise<void> {
    try {
      await this.#options.store.append(entry.commit);
      entry.outcome = 'stored';
    } catch (cause) {
      entry.outcome =
        cause instanceof StoreError ? cause : new StoreError('Failed', 'The store failed unexpectedly', { cause });
    }
    this.#settle(entry);
  }

  /** Handles decided commits strictly in the order in which they were posted. */
  #settle(decided: InFlight): void {
    if (decided.isTakenBack) {
      const isWrong = decided.outcome === 'stored';
      if (isWrong) this.#fail(new StoreError('Failed', 'The store accepted a commit built on one that it refused'));
      return;
    }
    let first = this.#inFlight[0];
    while (first !== undefined && first.outcome !== 'posted') {
      if (first.outcome === 'stored') this.#publish(first);
      else this.#takeBack(first.outcome);
      first = this.#inFlight[0];
    }
  }

  #publish(entry: InFlight): void {
    this.#inFlight.shift();
    const head = entry.commit.rows.at(-1)?.revision ?? 0;
    for (const { resource, object } of entry.changes) {
      const pending = this.#pending.get(resource);
      if (pending?.get(object.key)?.revision === object.revision) pending.delete(object.key);
    }
    this.#options.cache.publish(entry.changes, head);
    for (const follower of this.#followers) follower.durable(head);
    entry.settled.resolve();
  }

  /** The oldest commit in flight was refused: with it goes everything built on it, that is all that is in flight. */
  #takeBack(error: StoreError): void {
    const refused = this.#inFlight;
    this.#inFlight = [];
    this.#pending.clear();
    this.#postedHead = this.#options.cache.head;
    for (const follower of this.#followers) follower.takenBack(this.#postedHead);
    const consequence = new StoreError('Superseded', 'An earlier write that this one builds on was refused', {
      cause: error,
    });
    refused.forEach((entry, index) => {
      entry.isTakenBack = true;
      entry.settled.reject(index === 0 ? error : consequence);
    });
    if (error.code === 'Failed') this.#fail(error);
    else this.#options.log.warn('commits refused', { code: error.code, error: error.message, commits: refused.length });
  }

  #fail(error: StoreError): void {
    this.#isBroken = true;
    this.#options.onFatal(error);
  }

  *#list(resource: string, namespace: string): Generator<KubeObject, void, undefined> {
    const objects = new Map<string, CachedObject>();
    this.#options.cache.resource(resource).visit(namespace, (object) => objects.set(object.key, object) !== undefined);
    for (const [key, { object }] of this.#pending.get(resource) ?? []) {
      if (object === undefined) objects.delete(key);
      else if (namespace === '' || object.row.namespace === namespace) objects.set(key, object);
    }
    for (const object of objects.values()) yield object.parsed();
  }
}

function checkSize(byteCount: number, writeCount: number): void {
  if (byteCount <= commitBytesMax) return;
  const what = writeCount === 1 ? 'in one write' : `or more in ${writeCount} writes together`;
  throw new ApiError('RequestEntityTooLarge', `Cannot store ${byteCount} bytes ${what}: limit is ${commitBytesMax}`);
}

const noRecords: readonly Uint8Array[] = [];

/** What is recorded of the request that makes these changes. */
function recordsOf(staged: readonly StagedChange[]): readonly Uint8Array[] {
  const audit = staged[0]?.audit;
  if (audit === undefined) return noRecords;
  return audit.committing(staged.map(({ change, row }) => ({ operation: row.operation, object: change.object })));
}

function toRow(object: CachedObject, { resource, operation, origin, keep }: PlannedWrite): StoreRow {
  return {
    revision: object.revision,
    resource,
    namespace: object.row.namespace,
    name: object.row.name,
    operation,
    bytes: object.bytes,
    actor: origin.actor,
    reason: origin.reason,
    requestId: origin.requestId,
    atMs: origin.atMs,
    keep,
  };
}
