import type { Clock } from '../../kernel/base/clock.ts';
import type { SqliteThread } from '../../kernel/store/sqlite/thread.ts';

/** When the garbage of the start is given back: controllers have made their first passes by then. */
const releaseAfterMs = 5_000;
/** Time between two looks at how much has come together since, and whether the process has time for it. */
const lookEveryMs = 10_000;
/** Largest heap that is collected on purpose: that of 100,000 objects, which takes 0.2 s; an empty hub takes 30 ms. */
const heapBytesMax = 160 * 1024 * 1024;
/** Share of its size that the heap must have grown by to be worth a collection: 1.2 MB when there is next to nothing. */
const growthShareMin = 1 / 16;
/** After a collection, when what was forgotten meanwhile (parsed objects nobody used) is collected once more. */
const againAfterMs = 150_000;
/** Share of a processor up to which a process counts as idle. */
const idleShareMax = 0.05;

/**
 * Gives memory that is no longer needed back to the system: soon after the start, and whenever much has come together and
 * the process is idle (after 300 definitions were posted, after a long list). V8 never does it by itself while little is
 * allocated; this saves 12 MB at the start, and 15 MB per 10,000 objects. Does nothing without `--expose-gc`.
 */
export function releaseGarbage(clock: Clock, thread: SqliteThread): Disposable {
  let keptBytes = 0;
  let againAtMs = Infinity;
  let looked = { atMs: clock.monotonicMs(), cpu: process.cpuUsage() };
  const look = () => {
    const busyShare = cpuShare(looked, clock);
    looked = { atMs: clock.monotonicMs(), cpu: process.cpuUsage() };
    const usedBytes = memoryBytes();
    const isFirst = keptBytes === 0;
    const hasGrown = usedBytes >= keptBytes * (1 + growthShareMin);
    const isWorth = isFirst || (busyShare <= idleShareMax && (hasGrown || looked.atMs >= againAtMs));
    if (isWorth && process.memoryUsage().heapUsed <= heapBytesMax) {
      thread.releaseGarbage();
      // Only this flavor also unmaps the pages that V8 would otherwise keep for later.
      globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
      keptBytes = memoryBytes();
      againAtMs = isFirst || hasGrown ? looked.atMs + againAfterMs : Infinity;
    }
    timer = clock.timer(lookEveryMs, look);
  };
  let timer = clock.timer(releaseAfterMs, look);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function cpuShare(since: { readonly atMs: number; readonly cpu: NodeJS.CpuUsage }, clock: Clock): number {
  const { user, system } = process.cpuUsage(since.cpu);
  const elapsedMs = Math.max(clock.monotonicMs() - since.atMs, 1);
  return (user + system) / 1000 / elapsedMs;
}
