import type { Logger } from '../base/logger.ts';
import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import { encodeObject, replaceRevision, withRevision } from '../cache/encoding.ts';
import type { CacheChange, ObjectCache } from '../cache/object-cache.ts';
import { ApiError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { PendingFollower, PendingView } from '../ports/admission.ts';
import { type Commit, commitBytesMax, type Store, StoreError, type StoreRow } from '../ports/store.ts';
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
}

/** Who writes, for the log. */
export interface WriteOrigin {
  readonly actor: string;
  readonly reason: string;
  readonly requestId: string;
  readonly atMs: number;
}

/** A commit that was posted. */
export interface PostedCommit {
  /** The new states in the order of the writes. */
  readonly objects: readonly CachedObject[];
  /** Resolves when the commit is durable and visible. @throws {StoreError} when it was refused. */
  readonly durable: Promise<void>;
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
  readonly #pending = new Map<string, Map<string, { revision: number; object: CachedObject | undefined }>>();
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
   * Gives the writes consecutive revisions and posts them as one commit. Synchronous: nothing can come in between.
   * @throws {ApiError} `TooManyRequests`, `RequestEntityTooLarge`, `ServiceUnavailable`.
   */
  post(writes: readonly PlannedWrite[], origin: WriteOrigin): PostedCommit {
    if (this.#isBroken) throw new ApiError('ServiceUnavailable', 'The store has failed, the server is going down');
    if (this.#inFlight.length >= commitsInFlightMax) {
      throw new ApiError('TooManyRequests', 'Too many writes are waiting for the store', { retryAfterSeconds: 1 });
    }
    const changes = writes.map((write) => this.#encode(write, this.#nextRevision++));
    checkSize(changes);
    const rows = changes.map(({ object }, index) => toRow(object, writes[index] as PlannedWrite, origin));
    const commit: Commit = { expectedHead: this.#postedHead, rows };
    const entry: InFlight = {
      commit,
      changes,
      settled: Promise.withResolvers(),
      outcome: 'posted',
      isTakenBack: false,
    };
    this.#postedHead = this.#nextRevision - 1;
    changes.forEach((change, index) => this.#remember(change, (writes[index] as PlannedWrite).definition));
    this.#inFlight.push(entry);
    void this.#store(entry);
    return { objects: changes.map((change) => change.object), durable: entry.settled.promise };
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

  #remember({ resource, object, isDeletion }: CacheChange, definition: KindDefinition): void {
    const { namespace, name } = object.row;
    const followers = this.#followers.filter((follower) => follower.follows(definition, namespace));
    const before = followers.length === 0 ? undefined : this.current(resource, object.key);
    const pending = this.#pending.getOrInsertComputed(resource, () => new Map());
    const after = isDeletion ? undefined : object;
    pending.set(object.key, { revision: object.revision, object: after });
    const change = { definition, revision: object.revision, namespace, name, before, after };
    for (const follower of followers) follower.posted(change, this.view);
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
    for (const follower of this.#followers) follower.takenBack();
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

function checkSize(changes: readonly CacheChange[]): void {
  let bytes = 0;
  for (const { object } of changes) bytes += object.bytes.length;
  if (bytes <= commitBytesMax) return;
  throw new ApiError('RequestEntityTooLarge', `Cannot store ${bytes} bytes in one write: limit is ${commitBytesMax}`);
}

function toRow(object: CachedObject, write: PlannedWrite, origin: WriteOrigin): StoreRow {
  return {
    revision: object.revision,
    resource: write.resource,
    namespace: object.row.namespace,
    name: object.row.name,
    operation: write.operation,
    bytes: object.bytes,
    actor: origin.actor,
    reason: origin.reason,
    requestId: origin.requestId,
    atMs: origin.atMs,
    keep: write.keep,
  };
}
