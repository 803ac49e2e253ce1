import type { Clock } from '../../kernel/base/clock.ts';

/** When the garbage of the start is given back: controllers have made their first passes by then. */
const releaseAfterMs = 5_000;
/** Largest heap that is collected on purpose: the pause stays below 50 ms, and larger heaps are collected anyway. */
const heapBytesMax = 64 * 1024 * 1024;

/**
 * Gives the memory that only the start needed back to the system, once, soon after it. An idle process allocates too
 * little for V8 to ever do it by itself; this saves about 10 MB. Does nothing without `--expose-gc`.
 */
export function releaseStartGarbage(clock: Clock): Disposable {
  return clock.timer(releaseAfterMs, () => {
    if (process.memoryUsage().heapUsed > heapBytesMax) return;
    // Only this flavor also unmaps the pages that V8 would otherwise keep for later.
    globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
  });
}
