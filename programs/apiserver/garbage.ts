import type { Clock } from '../../kernel/base/clock.ts';
import type { SqliteThread } from '../../kernel/store/sqlite/thread.ts';
import { findMemoryRelease } from './system-memory.ts';

/** When the garbage of the start is given back: controllers have made their first passes by then. */
const releaseAfterMs = 5_000;
/**
 * Time between two looks at whether the process has time for that. A pause of a second or two between writes is no idleness: what
 * a collection drops, compiled code among it, makes writes cost a third more for long after.
 */
const firstLookEveryMs = 5_000;
/** Time between two looks at how much has come together since, and whether the process has time for it. */
const lookEveryMs = 10_000;
/** Largest heap that is collected on purpose: that of 100,000 objects, which takes 0.2 s; an empty hub takes 30 ms. */
const heapBytesMax = 160 * 1024 * 1024;
/** A heap is also collected up to twice that size where it has at least doubled: most of it is garbage then, which takes no time. */
const garbageGrowth = 2;
/** Share of its size that the heap must have grown by to be worth a collection: 1.2 MB when there is next to nothing. */
const growthShareMin = 1 / 16;
/**
 * Memory of the process beyond what was left of it that is worth one too: what V8 knows nothing of, such as connections that have
 * gone. More than the pages of the program that come back by themselves.
 */
const residentGrowthBytesMin = 64 * 1024 * 1024;
/** Share of a processor up to which a process counts as idle. */
const idleShareMax = 0.05;

/** What garbage is collected of. */
interface GarbageOptions {
  readonly clock: Clock;
  readonly thread: SqliteThread;
  /** Drops what is only kept to be quick while there is something to do: it is made again when it is used. */
  readonly forget: () => void;
}

/**
 * Gives memory that is no longer needed back to the system whenever much has come together and the process is idle: soon after
 * the start, after 300 definitions were posted, after a long list. V8 never does it by itself while little is allocated; this
 * saves 12 MB at the start, and 15 MB per 10,000 objects. Never while there is work, which would wait for it. Does nothing
 * without `--expose-gc`.
 */
export function releaseGarbage({ clock, thread, forget }: GarbageOptions): Disposable {
  const { gc } = globalThis;
  if (gc === undefined) return { [Symbol.dispose]: () => undefined };
  let releaseMemory: (() => void) | undefined;
  let keptBytes = 0;
  let keptResidentBytes = 0;
  let keptHeapBytes = 0;
  let looked = { atMs: clock.monotonicMs(), cpu: process.cpuUsage() };
  const look = () => {
    const busyShare = cpuShare(looked, clock);
    looked = { atMs: clock.monotonicMs(), cpu: process.cpuUsage() };
    const hasGrown =
      memoryBytes() >= keptBytes * (1 + growthShareMin) ||
      process.memoryUsage.rss() >= keptResidentBytes + residentGrowthBytesMin;
    if (busyShare <= idleShareMax && hasGrown && isQuick(keptHeapBytes)) {
      releaseMemory ??= findMemoryRelease();
      forget();
      thread.releaseGarbage();
      // Only this flavor also unmaps the pages that V8 would otherwise keep for later.
      gc({ type: 'major', flavor: 'last-resort', execution: 'sync' });
      releaseMemory();
      keptBytes = memoryBytes();
      keptResidentBytes = process.memoryUsage.rss();
      keptHeapBytes = process.memoryUsage().heapUsed;
    }
    timer = clock.timer(keptBytes === 0 ? firstLookEveryMs : lookEveryMs, look);
  };
  let timer = clock.timer(releaseAfterMs, look);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** Whether a collection takes parts of a second. @param keptBytes what the last one left. */
function isQuick(keptBytes: number): boolean {
  const { heapUsed } = process.memoryUsage();
  if (heapUsed <= heapBytesMax) return true;
  return heapUsed <= heapBytesMax * garbageGrowth && heapUsed >= keptBytes * garbageGrowth;
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
