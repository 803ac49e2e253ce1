import type { Clock } from '../base/clock.ts';
import { errorText } from '../meta/errors.ts';
import type { CompactionBounds, Store } from '../ports/store.ts';
import type { RegistryCore } from './core.ts';
import { RevisionTimes } from './revision-times.ts';

/** How much of the past a store keeps beyond the watch window. Current objects stay, whatever this says. */
export interface Retention {
  /** Revisions in the history of an object go when the next one is older than this, milliseconds: see `CompactionBounds`. */
  readonly historyAgeMaxMs: number;
  /** Most revisions in the history of one object; older ones go. */
  readonly historyPerObjectMax: number;
  /** Bytes a store may take; beyond it the oldest history goes, and the gap is recorded. */
  readonly storeBytesMax: number;
}

/** 90 days, 100 revisions per object, 8 GiB. */
export const defaultRetention: Retention = {
  historyAgeMaxMs: 90 * 24 * 3_600_000,
  historyPerObjectMax: 100,
  storeBytesMax: 8 * 1024 ** 3,
};

/** All revisions that are younger than this stay, so that watches and as-of reads reach back at least so far. */
export const watchWindowMs = 15 * 60_000;
/** Most revisions in that window. */
const watchWindowRevisionsMax = 200_000;
/** Time between two compactions. */
export const compactionIntervalMs = 60_000;
/** Rows removed at once; the store lets commits pass in between, and more often. */
const compactionRowsMax = 100;

/**
 * Removes from the store what has left the watch window and the history, for ever, once a minute. Run it as a task of
 * the program; it ends by throwing the abort reason.
 */
export async function runCompaction(core: RegistryCore, retention: Retention, signal: AbortSignal): Promise<void> {
  const times = new RevisionTimes(watchWindowMs);
  for (;;) {
    times.note(core.clock.monotonicMs(), core.cache.head);
    await core.clock.sleep(compactionIntervalMs, signal);
    const byAge = times.headAt(core.clock.monotonicMs() - watchWindowMs);
    try {
      await compact(core, retention, Math.max(byAge, core.cache.head - watchWindowRevisionsMax, 0), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      core.log.error('compaction failed', { error: errorText(error) });
    }
  }
}

/** Compacts up to a floor, which never lies inside a commit, and says so when history had to be evicted. */
async function compact(core: RegistryCore, retention: Retention, floor: number, signal: AbortSignal): Promise<void> {
  const { store, clock, log } = core;
  const evictedBefore = await store.readEvicted(signal);
  const bounds = {
    watchFloor: await store.readCommitEnd(floor, signal),
    historyBeforeMs: clock.nowMs() - retention.historyAgeMaxMs,
    historyPerObjectMax: retention.historyPerObjectMax,
    bytesMax: retention.storeBytesMax,
  };
  let removed = 0;
  for await (const count of compactStore({ store, clock }, bounds, signal)) removed += count;
  if (removed > 0) log.debug('compacted the store', { removed });
  const evicted = await store.readEvicted(signal);
  if (evicted > evictedBefore) {
    log.warn('the store is larger than its budget: old history was evicted', { evicted, bytesMax: bounds.bytesMax });
  }
}

/** Removes everything within bounds in small steps. @returns how many rows went, step by step. */
export async function* compactStore(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  bounds: Omit<CompactionBounds, 'rowsMax'>,
  signal: AbortSignal,
): AsyncGenerator<number, void, undefined> {
  for (;;) {
    const removed = await store.compact({ ...bounds, rowsMax: compactionRowsMax }, signal);
    yield removed;
    if (removed < compactionRowsMax) return;
    await clock.yieldToOthers();
  }
}
