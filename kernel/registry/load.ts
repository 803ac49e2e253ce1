import type { Clock } from '../base/clock.ts';
import { asBuffer } from '../cache/encoding.ts';
import { cacheKey, type CachedObject } from '../cache/cached-object.ts';
import { ObjectCache } from '../cache/object-cache.ts';
import { CacheEvent } from '../cache/recent-events.ts';
import type { Store, StoreRow } from '../ports/store.ts';
import type { Catalog } from './catalog.ts';

/** Rows read from the store at once: what is decoded from them should be garbage before it counts as old. */
const pageRowsMax = 1_000;
/** Events that are loaded from the log, so that watches go on after a restart. */
const loadedEventsMax = 5_000;

/** What loading needs. */
export interface LoadOptions {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Fills a cache with all current objects and the latest events of a store. */
export async function loadCache(options: LoadOptions): Promise<ObjectCache> {
  const { store, clock, signal } = options;
  const { head } = store.recovery;
  const eventFloor = Math.max(await store.readFloor(signal), head - loadedEventsMax, 0);
  const cache = new ObjectCache({ clock, head, eventFloor });
  const recent = await loadEvents(options, cache, eventFloor);
  const load = (row: StoreRow) => {
    const known = recent.get(fullKey(row));
    const object = known?.revision === row.revision ? known : cached(options.catalog, cache, row);
    cache.resource(row.resource).load(object);
  };
  for (let page = store.readCurrent(0, pageRowsMax, signal); ; ) {
    const { rows, next } = await page;
    if (next === undefined) {
      rows.forEach(load);
      return cache;
    }
    // The store reads the next page while this one is taken in.
    page = store.readCurrent(next, pageRowsMax, signal);
    rows.forEach(load);
  }
}

/**
 * Loads the end of the log as events. An event needs the state before it, which may be older than the loaded part; where
 * it is lost, watches start later. @returns the last state in the log of each object; undefined where it was deleted.
 */
async function loadEvents(
  options: LoadOptions,
  cache: ObjectCache,
  eventFloor: number,
): Promise<ReadonlyMap<string, CachedObject | undefined>> {
  const { store, signal, catalog } = options;
  const latest = new Map<string, CachedObject | undefined>();
  for (let after: number | undefined = eventFloor; after !== undefined; ) {
    const page = await store.readLog(after, pageRowsMax, signal);
    for (const row of page.rows) {
      const key = fullKey(row);
      const object = cached(catalog, cache, row);
      const isKnown = row.operation === 'create' || latest.has(key);
      const previous = isKnown ? latest.get(key) : await readPrevious(options, cache, row);
      const isDeletion = row.operation === 'delete';
      latest.set(key, isDeletion ? undefined : object);
      const resource = cache.resource(row.resource);
      if (row.operation !== 'create' && previous === undefined) resource.raiseEventFloor(row.revision);
      else resource.loadEvent(new CacheEvent(object, previous, isDeletion));
    }
    after = page.next;
  }
  return latest;
}

async function readPrevious(
  options: LoadOptions,
  cache: ObjectCache,
  row: StoreRow,
): Promise<CachedObject | undefined> {
  const [previous] = await options.store.readHistory(row, { before: row.revision, rowsMax: 1 }, options.signal);
  if (previous === undefined || previous.operation === 'delete') return undefined;
  return cached(options.catalog, cache, previous);
}

function cached(catalog: Catalog, cache: ObjectCache, row: StoreRow): CachedObject {
  return cache.storedEntry(asBuffer(row.bytes), catalog.findResource(row.resource)?.definition);
}

function fullKey(row: StoreRow): string {
  return `${row.resource} ${cacheKey(row.namespace, row.name)}`;
}
