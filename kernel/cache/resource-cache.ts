import type { Clock } from '../base/clock.ts';
import type { WatchNotice } from '../ports/resources.ts';
import { cacheKey, type CachedObject } from './cached-object.ts';
import { CacheEvent, makeOwnNotice, RecentEvents, type RecentEventBounds } from './recent-events.ts';
import { isSelected, type Selection } from './selection.ts';
import { SortedObjects } from './sorted-objects.ts';
import { makeBookmark, Watcher } from './watcher.ts';
import type { WakeList } from './wake-list.ts';
import { WatchIndex } from './watch-index.ts';

/** Which part of a list is wanted. */
export interface PageRequest {
  readonly selection: Selection;
  /** First key (inclusive); empty: from the start. */
  readonly start: string;
  /** Most items; `Infinity` for all. */
  readonly limit: number;
  /** The list as it was at this revision; it must be ≥ `eventFloor`. */
  readonly revision: number;
}

/** A part of a list. */
export interface CachedPage {
  readonly items: readonly CachedObject[];
  /** Where the next page starts: just after the last key of this one; absent on the last page. */
  readonly next?: string;
  /** Objects after this page, ignoring selectors other than the namespace; 0 on the last page, absent if nobody knows. */
  readonly remaining: number | undefined;
}

/** What a watch asks of one resource. */
export interface WatchRequest {
  readonly selection: Selection;
  /** Events after this revision (≥ `eventFloor`); absent: start with what is there now. */
  readonly after?: number;
  readonly allowBookmarks: boolean;
  /** Put a marked bookmark after the initial state. */
  readonly marksInitialEnd: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What objects were at some revision, by key; undefined: they were not. */
type PastStates = ReadonlyMap<string, CachedObject | undefined>;

/** What a `ResourceCache` is made of. */
interface ResourceCacheOptions {
  readonly clock: Clock;
  readonly wakeList: WakeList;
  /** The durable head. */
  readonly head: () => number;
  readonly bounds: RecentEventBounds;
  /** Revision after which no event is missing. */
  readonly floor: number;
}

/** Current objects, recent events and watchers of one resource. Only durable states ever get here. */
export class ResourceCache {
  readonly #objects = new SortedObjects();
  readonly #events: RecentEvents;
  readonly #watchers = new WatchIndex();
  readonly #clock: Clock;
  readonly #wakeList: WakeList;
  readonly #head: () => number;
  readonly #observers: ((object: CachedObject, isDeletion: boolean) => void)[] = [];

  constructor(options: ResourceCacheOptions) {
    this.#clock = options.clock;
    this.#wakeList = options.wakeList;
    this.#head = options.head;
    this.#events = new RecentEvents(options.bounds, options.floor);
  }

  /** Number of current objects. */
  get size(): number {
    return this.#objects.size;
  }

  /** Number of open watches. */
  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Oldest revision from which a watch misses nothing and to which a list can be rewound. */
  get eventFloor(): number {
    return this.#events.floor;
  }

  /** By `cacheKey`. */
  get(key: string): CachedObject | undefined {
    return this.#objects.get(key);
  }

  /** Puts an object there without an event: start-up only. */
  load(object: CachedObject): void {
    this.#objects.set(object);
  }

  /** Records an event that is older than the loaded state: start-up only, in order. */
  loadEvent(event: CacheEvent): void {
    this.#events.push(event);
  }

  /** See `RecentEvents.raiseFloor`. */
  raiseEventFloor(revision: number): void {
    this.#events.raiseFloor(revision);
  }

  /** Makes a durable change visible and tells the watchers. */
  publish(object: CachedObject, isDeletion: boolean): void {
    const previous = isDeletion ? this.#objects.remove(object.key) : this.#objects.set(object);
    const event = new CacheEvent(object, previous, isDeletion);
    this.#events.push(event);
    for (const observe of this.#observers) observe(object, isDeletion);
    this.#watchers.dispatch(event);
  }

  /**
   * Calls `observe` with every change in the step that makes it visible, for what must never lag behind what clients see:
   * authorization. For the life of the cache; it must be quick and must not throw.
   */
  onPublish(observe: (object: CachedObject, isDeletion: boolean) => void): void {
    this.#observers.push(observe);
  }

  /** Replaces every object by `map(object)`, for example after its kind became known. No events. */
  reindex(map: (object: CachedObject) => CachedObject): void {
    const objects: CachedObject[] = [];
    this.#objects.visit('', (object) => objects.push(map(object)) > 0);
    for (const object of objects) this.#objects.set(object);
  }

  /** Visits current objects in order, of one namespace or (empty) of all, until `visit` returns false. */
  visit(namespace: string, visit: (object: CachedObject) => boolean): void {
    this.#objects.visit(namespace === '' ? '' : cacheKey(namespace, ''), (object) => {
      if (namespace !== '' && object.row.namespace !== namespace) return false;
      return visit(object);
    });
  }

  /** One page of a list, exactly as it was at a revision. */
  page(request: PageRequest): CachedPage {
    const { selection, limit } = request;
    const prefix = selection.namespace === '' ? '' : cacheKey(selection.namespace, '');
    const start = request.start > prefix ? request.start : prefix;
    const items: CachedObject[] = [];
    let hasMore = false;
    const take = (object: CachedObject) => {
      if (prefix !== '' && object.row.namespace !== selection.namespace) return false;
      if (!isSelected(selection, object)) return true;
      if (items.length >= limit) {
        hasMore = true;
        return false;
      }
      items.push(object);
      return true;
    };
    const undone = this.#statesAt(request.revision, start);
    this.#visitAt(undone, start, take);
    if (!hasMore) return { items, remaining: 0 };
    const next = keyAfter(items.at(-1)?.key ?? start);
    return { items, next, remaining: this.#countBetween(next, prefix, undone) };
  }

  /** Opens a watch; it is live from this call on. The caller has checked `after` against `eventFloor`. */
  watch(request: WatchRequest): Watcher {
    const watcher = new Watcher({
      ...request,
      initial: this.#initialNotices(request),
      clock: this.#clock,
      wakeList: this.#wakeList,
      head: this.#head,
      onClose: (closed) => this.#watchers.remove(closed),
    });
    this.#watchers.add(watcher);
    return watcher;
  }

  /** What a watch is told first, as of now; each notice is made when it is taken. */
  #initialNotices({ selection, after, marksInitialEnd }: WatchRequest): Iterator<WatchNotice, undefined> {
    const head = this.#head();
    const end = marksInitialEnd ? makeBookmark(head, true) : undefined;
    if (after !== undefined) return noticesOf(this.#events.since(after), selection, end);
    return presentNotices(this.page({ selection, start: '', limit: Infinity, revision: head }).items, end);
  }

  /** Tells idle watchers that want it how far they are. */
  bookmark(): void {
    if (this.#watchers.size === 0) return;
    const notice = makeBookmark(this.#head());
    for (const watcher of this.#watchers.watchers()) watcher.offerBookmark(notice);
  }

  /** Ends every watch after what is queued. */
  closeWatchers(): void {
    for (const watcher of Array.from(this.#watchers.watchers())) watcher.close();
  }

  /** Visits the objects as they were, by undoing later events on the way. */
  #visitAt(undone: PastStates, start: string, visit: (object: CachedObject) => boolean): void {
    if (undone.size === 0) return this.#objects.visit(start, visit);
    const revived = [...undone.values()].filter((object) => object !== undefined).sort(byKey);
    let next = 0;
    let isDone = false;
    const visitRevived = (before: string | undefined) => {
      for (let object = revived[next]; object !== undefined && !isDone; object = revived[next]) {
        if (before !== undefined && object.key >= before) return;
        next++;
        isDone = !visit(object);
      }
    };
    this.#objects.visit(start, (object) => {
      visitRevived(object.key);
      if (!isDone && !undone.has(object.key)) isDone = !visit(object);
      return !isDone;
    });
    visitRevived(undefined);
  }

  /** Of the objects ≥ `start` changed after `revision`: what they were then (undefined: absent). */
  #statesAt(revision: number, start: string): PastStates {
    const states = new Map<string, CachedObject | undefined>();
    for (const { object, previous } of this.#events.since(revision)) {
      if (object.key >= start && !states.has(object.key)) states.set(object.key, previous);
    }
    return states;
  }

  /** How many objects there were from `start` to the end of the namespace prefix. */
  #countBetween(start: string, prefix: string, undone: PastStates): number {
    let count = this.#rankAfter(prefix) - this.#objects.rank(start);
    for (const [key, before] of undone) {
      if (key < start || !key.startsWith(prefix)) continue;
      count += Number(before !== undefined) - Number(this.#objects.get(key) !== undefined);
    }
    return count;
  }

  /** Rank of the first key behind a namespace prefix; the size when the prefix is empty. */
  #rankAfter(prefix: string): number {
    // '!' is the character after the separator of keys.
    return prefix === '' ? this.#objects.size : this.#objects.rank(`${prefix.slice(0, -1)}!`);
  }
}

function* presentNotices(
  objects: readonly CachedObject[],
  end: WatchNotice | undefined,
): Generator<WatchNotice, undefined> {
  for (const object of objects) yield makeOwnNotice('ADDED', object);
  if (end !== undefined) yield end;
  return undefined;
}

function* noticesOf(
  events: readonly CacheEvent[],
  selection: Selection,
  end: WatchNotice | undefined,
): Generator<WatchNotice, undefined> {
  for (const event of events) {
    const notice = event.noticeFor(selection);
    if (notice !== undefined) yield notice;
  }
  if (end !== undefined) yield end;
  return undefined;
}

/** The first key behind `key`. */
export function keyAfter(key: string): string {
  return `${key}\0`;
}

function byKey(a: CachedObject, b: CachedObject): number {
  return a.key < b.key ? -1 : 1;
}
