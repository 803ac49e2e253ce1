import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { KubeObject } from '../meta/object.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { CachedObject, indexRow, ParsedObjects, parseObject } from './cached-object.ts';
import { encodeObject } from './encoding.ts';
import { parseHeader } from './header.ts';
import type { RecentEventBounds } from './recent-events.ts';
import { ResourceCache } from './resource-cache.ts';
import { WakeList } from './wake-list.ts';

/** How often idle watches get a bookmark (kube-apiserver: about every minute). */
const bookmarkIntervalMs = 60_000;
/** Encoded bytes per generation of the parsed-object cache; twice this is held at most. */
const parsedBytesMax = 4 * 1024 * 1024;
/** What each resource remembers of its recent past. */
const recentEventBounds: RecentEventBounds = { eventsMax: 10_000, bytesMax: 32 * 1024 * 1024 };

/** One change that just became durable. */
export interface CacheChange {
  readonly resource: string;
  readonly object: CachedObject;
  readonly isDeletion: boolean;
}

/** A kind whose cached objects are to be brought up to date. */
export interface ReindexedKind {
  readonly definition: KindDefinition;
  /** The object in the form the kind has now; `undefined` when it has that form. Default: all have it. */
  upgrade?(object: CachedObject): KubeObject | undefined;
}

/** Options of an `ObjectCache`. */
export interface ObjectCacheOptions {
  readonly clock: Clock;
  /** The durable head of the store. */
  readonly head: number;
  /** Revision after which every event is about to be loaded; usually the head. */
  readonly eventFloor: number;
  readonly bounds?: RecentEventBounds;
}

/**
 * All current objects in memory, as encoded bytes plus a small index row, with recent events and watchers per
 * resource. Readers and watchers see durable commits only, each of them whole. Nothing here waits.
 */
export class ObjectCache implements Disposable {
  readonly parsedObjects = new ParsedObjects(parsedBytesMax);
  readonly #options: ObjectCacheOptions;
  readonly #resources = new Map<string, ResourceCache>();
  readonly #wakeList: WakeList;
  readonly #waiting = new Set<{ revision: number; resolve: () => void }>();
  #head: number;
  #bookmarkTimer: Disposable;

  constructor(options: ObjectCacheOptions) {
    this.#options = options;
    this.#wakeList = new WakeList(options.clock);
    this.#head = options.head;
    this.#bookmarkTimer = this.#armBookmarks();
  }

  /** Last revision that readers see: always the end of a commit. */
  get head(): number {
    return this.#head;
  }

  /** The cache of one resource such as `deployments.apps`; made when first asked for. */
  resource(resource: string): ResourceCache {
    return this.#resources.getOrInsertComputed(
      resource,
      () =>
        new ResourceCache({
          clock: this.#options.clock,
          wakeList: this.#wakeList,
          head: () => this.#head,
          bounds: this.#options.bounds ?? recentEventBounds,
          floor: this.#options.eventFloor,
        }),
    );
  }

  /** Names of all resources that have a cache. */
  resources(): readonly string[] {
    return [...this.#resources.keys()];
  }

  /** Makes the cached form of an object from its encoded and parsed forms. */
  entry(bytes: Buffer, object: KubeObject, definition: KindDefinition | undefined): CachedObject {
    const revision = Number(object.metadata.resourceVersion ?? 0);
    const row = indexRow(object, definition);
    return new CachedObject({ bytes, revision, row, parsedObjects: this.parsedObjects });
  }

  /** The same from encoded bytes alone; parses no more of them than the index row needs. */
  storedEntry(bytes: Buffer, definition: KindDefinition | undefined): CachedObject {
    const needsAll = (definition?.selectableFields?.length ?? 0) > 0;
    return this.entry(bytes, needsAll ? parseObject(bytes) : parseHeader(bytes), definition);
  }

  /**
   * Brings the cached objects of a resource up to date after its kind was added, changed or removed. Its watches end. They
   * go on where they were unless cached objects changed or fields are selectable: then events of before may be wrong, and
   * watches start again from a list.
   */
  reindex(resource: string, kind: ReindexedKind | undefined): void {
    const cache = this.resource(resource);
    cache.closeWatchers();
    const definition = kind?.definition;
    const hasFields = (definition?.selectableFields ?? []).length > 0;
    let changed = hasFields;
    cache.reindex((object) => {
      const upgraded = kind?.upgrade?.(object);
      if (upgraded === undefined && !hasFields && object.row.fields.length === 0) return object;
      changed = true;
      const next = upgraded ?? object.parsed();
      return this.entry(upgraded === undefined ? object.bytes : encodeObject(next), next, definition);
    });
    if (changed) cache.raiseEventFloor(this.#head);
  }

  /** Makes one durable commit visible. `head` is its last revision. */
  publish(changes: readonly CacheChange[], head: number): void {
    assert(head > this.#head, 'Commits become visible in order');
    this.#head = head;
    for (const change of changes) this.resource(change.resource).publish(change.object, change.isDeletion);
    for (const waiter of this.#waiting) if (waiter.revision <= head) waiter.resolve();
  }

  /** Waits until `revision` is visible, at most `timeoutMs`. @returns false at the timeout. @throws the abort reason. */
  async waitFor(revision: number, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (revision <= this.#head) return true;
    const arrival = Promise.withResolvers<void>();
    const waiter = { revision, resolve: arrival.resolve };
    this.#waiting.add(waiter);
    const stop = new AbortController();
    try {
      const timeout = this.#options.clock.sleep(timeoutMs, AbortSignal.any([signal, stop.signal]));
      await Promise.race([arrival.promise, timeout]);
      return revision <= this.#head;
    } finally {
      this.#waiting.delete(waiter);
      stop.abort();
    }
  }

  /** Ends every watch; no timers remain. */
  [Symbol.dispose](): void {
    this.#bookmarkTimer[Symbol.dispose]();
    for (const cache of this.#resources.values()) cache.closeWatchers();
  }

  #armBookmarks(): Disposable {
    return this.#options.clock.timer(bookmarkIntervalMs, () => {
      this.parsedObjects.age();
      for (const cache of this.#resources.values()) cache.bookmark();
      this.#bookmarkTimer = this.#armBookmarks();
    });
  }
}
