import { cacheKey } from './cached-object.ts';
import type { CacheEvent } from './recent-events.ts';
import type { Watcher } from './watcher.ts';

type WatcherSet = Set<Watcher>;

/**
 * The watchers of one resource, each filed once under the most telling thing its selection demands: an object, a
 * name, a field value, a label value, a namespace, or nothing. An event looks only where interested watchers can be,
 * so dispatch costs the number of these, not of all.
 */
export class WatchIndex {
  readonly #all: WatcherSet = new Set();
  readonly #byNamespace = new Map<string, WatcherSet>();
  readonly #byKey = new Map<string, WatcherSet>();
  readonly #byName = new Map<string, WatcherSet>();
  readonly #byLabel = new Map<string, Map<string, WatcherSet>>();
  readonly #byField = new Map<number, Map<string, WatcherSet>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): void {
    this.#bucketOf(watcher).add(watcher);
    this.#size++;
  }

  /** Nothing happens when it is not there. */
  remove(watcher: Watcher): void {
    const { namespace, name, field, label } = watcher.selection;
    if (this.#bucketOf(watcher).delete(watcher)) this.#size--;
    if (name !== undefined) {
      dropIfEmpty(namespace === '' ? this.#byName : this.#byKey, namespace === '' ? name : cacheKey(namespace, name));
    } else if (field !== undefined) dropNestedIfEmpty(this.#byField, field.index, field.value);
    else if (label !== undefined) dropNestedIfEmpty(this.#byLabel, label.key, label.value);
    else if (namespace !== '') dropIfEmpty(this.#byNamespace, namespace);
  }

  /** Offers the event to every watcher it may concern, each at most once. */
  dispatch(event: CacheEvent): void {
    if (this.#size === 0) return;
    const { object, previous } = event;
    offerTo(this.#all, event);
    offerTo(this.#byNamespace.get(object.row.namespace), event);
    offerTo(this.#byKey.get(object.key), event);
    offerTo(this.#byName.get(object.row.name), event);
    for (const [key, byValue] of this.#byLabel) {
      dispatchByValue(byValue, event, object.row.labels[key], previous?.row.labels[key]);
    }
    for (const [index, byValue] of this.#byField) {
      dispatchByValue(byValue, event, object.row.fields[index], previous?.row.fields[index]);
    }
  }

  /** Every watcher. */
  *watchers(): Generator<Watcher, void, undefined> {
    yield* this.#all;
    for (const index of [this.#byNamespace, this.#byKey, this.#byName]) {
      for (const bucket of index.values()) yield* bucket;
    }
    for (const index of [this.#byLabel, this.#byField]) {
      for (const byValue of index.values()) for (const bucket of byValue.values()) yield* bucket;
    }
  }

  #bucketOf(watcher: Watcher): WatcherSet {
    const { namespace, name, field, label } = watcher.selection;
    if (name !== undefined) {
      return namespace === '' ? bucketFor(this.#byName, name) : bucketFor(this.#byKey, cacheKey(namespace, name));
    }
    if (field !== undefined) return bucketFor(nestedFor(this.#byField, field.index), field.value);
    if (label !== undefined) return bucketFor(nestedFor(this.#byLabel, label.key), label.value);
    return namespace === '' ? this.#all : bucketFor(this.#byNamespace, namespace);
  }
}

function dispatchByValue(
  byValue: ReadonlyMap<string, WatcherSet>,
  event: CacheEvent,
  now: string | undefined,
  before: string | undefined,
): void {
  if (now !== undefined) offerTo(byValue.get(now), event);
  if (before !== undefined && before !== now) offerTo(byValue.get(before), event);
}

function offerTo(bucket: WatcherSet | undefined, event: CacheEvent): void {
  if (bucket !== undefined) for (const watcher of bucket) watcher.offer(event);
}

function bucketFor(index: Map<string, WatcherSet>, key: string): WatcherSet {
  return index.getOrInsertComputed(key, () => new Set());
}

function nestedFor<K>(index: Map<K, Map<string, WatcherSet>>, key: K): Map<string, WatcherSet> {
  return index.getOrInsertComputed(key, () => new Map());
}

function dropIfEmpty(index: Map<string, WatcherSet>, key: string): void {
  if (index.get(key)?.size === 0) index.delete(key);
}

function dropNestedIfEmpty<K>(index: Map<K, Map<string, WatcherSet>>, key: K, value: string): void {
  const byValue = index.get(key);
  if (byValue === undefined) return;
  dropIfEmpty(byValue, value);
  if (byValue.size === 0) index.delete(key);
}
