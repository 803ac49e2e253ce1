import { errorText } from '../meta/errors.ts';
import type { CompactionBounds } from '../ports/store.ts';
import type { RegistryCore } from './core.ts';
import { RevisionTimes } from './revision-times.ts';

/** All revisions that are younger than this stay, so that watches and as-of reads reach back at least so far. */
export const watchWindowMs = 15 * 60_000;
/** Most revisions in that window. */
const watchWindowRevisionsMax = 200_000;
/** How long revisions in the history of an object stay. */
const historyAgeMaxMs = 90 * 24 * 3_600_000;
/** Most revisions in the history of one object. */
const historyPerObjectMax = 100;
/** Time between two compactions. */
export const compactionIntervalMs = 60_000;
/** Rows removed at once, so that writers wait little. */
const compactionRowsMax = 1_000;

/**
 * Removes from the store what has left the watch window and the history, for ever, once a minute. Run it as a task of
 * the program; it ends by throwing the abort reason.
 */
export async function runCompaction(core: RegistryCore, signal: AbortSignal): Promise<void> {
  const times = new RevisionTimes(watchWindowMs);
  for (;;) {
    times.note(core.clock.monotonicMs(), core.cache.head);
    await core.clock.sleep(compactionIntervalMs, signal);
    const byAge = times.headAt(core.clock.monotonicMs() - watchWindowMs);
    try {
      await compact(core, Math.max(byAge, core.cache.head - watchWindowRevisionsMax), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      core.log.error('compaction failed', { error: errorText(error) });
    }
  }
}

/** Compacts up to a floor in small steps. @returns how many rows went. */
async function compact(core: RegistryCore, watchFloor: number, signal: AbortSignal): Promise<number> {
  const bounds: CompactionBounds = {
    watchFloor: Math.max(watchFloor, 0),
    historyBeforeMs: core.clock.nowMs() - historyAgeMaxMs,
    historyPerObjectMax,
    bytesMax: Infinity,
    rowsMax: compactionRowsMax,
  };
  for (let total = 0; ; ) {
    const removed = await core.store.compact(bounds, signal);
    total += removed;
    if (removed < compactionRowsMax) return total;
    await core.clock.yieldToOthers();
  }
}
