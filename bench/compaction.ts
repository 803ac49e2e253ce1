/** What compaction costs those who write meanwhile: 16 writers on a store in which most rows are superseded. */
import { join } from 'node:path';
import { silentLogger } from '../kernel/base/logger.ts';
import { systemClock } from '../kernel/base/system-clock.ts';
import { systemRandom } from '../kernel/base/system-random.ts';
import type { Store, StoreRow } from '../kernel/ports/store.ts';
import { compactStore } from '../kernel/registry/compaction.ts';
import { openSqliteStore } from '../kernel/store/sqlite/sqlite-store.ts';
import { head, row } from './report.ts';
import { scratchFolder } from './servers.ts';
import { median, percentile } from './statistics.ts';

const objectCount = 20_000;
/** Writes per object before the first round; all but the last are superseded. */
const writesPerObject = 12;
const writerCount = 16;
const rounds = 5;
const roundMs = 3_000;
const rowsPerCommit = 100;
const value = Buffer.alloc(1_100, 'x');

interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  readonly removedPerSecond: number;
}

/** Rounds with and without compaction in turns, so that noise of the machine hits both. */
export async function measureCompaction(): Promise<void> {
  using folder = scratchFolder('compaction');
  const { signal } = new AbortController();
  const path = join(folder.path, 'store.db');
  const store = await openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
  const writer = new RandomWriter(store);
  await writer.fill();
  await writer.run();
  const quiet: Round[] = [];
  const compacting: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    quiet.push(await writer.run());
    compacting.push(await runCompacting(writer));
  }
  await store.close();
  head(`${writerCount} writers, 1.1 KB`, 'rows per s', 'p50 ms', 'p99 ms', 'slowest ms', 'rows removed per s');
  row('without compaction', ...summary(quiet));
  row('with compaction', ...summary(compacting));
  const ratios = compacting.map(({ p99Ms }, round) => p99Ms / (quiet[round]?.p99Ms ?? p99Ms));
  console.log(`\np99 with ÷ without, median of ${rounds} rounds: ${median(ratios).toFixed(2)} (wanted: ≤ 2)`);
}

/** Writes new states of random objects: what they replace lies all over the file, which is the dearest case. */
class RandomWriter {
  readonly store: Store;
  head = 0;

  constructor(store: Store) {
    this.store = store;
  }

  async fill(): Promise<void> {
    for (let written = 0; written < objectCount * writesPerObject; written += 50 * rowsPerCommit) {
      await Promise.all(Array.from({ length: 50 }, () => this.#append(rowsPerCommit)));
    }
  }

  /** Every writer waits for its commit before the next one. */
  async run(): Promise<Round> {
    const latencies: number[] = [];
    const untilMs = performance.now() + roundMs;
    const write = async () => {
      while (performance.now() < untilMs) {
        const startedMs = performance.now();
        await this.#append(1);
        latencies.push(performance.now() - startedMs);
      }
    };
    await Promise.all(Array.from({ length: writerCount }, write));
    return {
      perSecond: (latencies.length * 1_000) / roundMs,
      p50Ms: median(latencies),
      p99Ms: percentile(latencies, 99),
      worstMs: percentile(latencies, 100),
      removedPerSecond: 0,
    };
  }

  async #append(count: number): Promise<void> {
    const expectedHead = this.head;
    this.head += count;
    const rows = Array.from({ length: count }, (_, index) => randomRow(expectedHead + 1 + index));
    await this.store.append({ expectedHead, rows });
  }
}

async function runCompacting(writer: RandomWriter): Promise<Round> {
  const stop = new AbortController();
  const startedMs = performance.now();
  let removed = 0;
  const compact = async () => {
    const bounds = { watchFloor: writer.head, historyBeforeMs: 0, historyPerObjectMax: 100, bytesMax: Infinity };
    const { store } = writer;
    try {
      for await (const count of compactStore({ store, clock: systemClock }, bounds, stop.signal)) removed += count;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const compaction = compact();
  const round = await writer.run();
  stop.abort();
  await compaction;
  return { ...round, removedPerSecond: (removed * 1_000) / (performance.now() - startedMs) };
}

function randomRow(revision: number): StoreRow {
  return {
    revision,
    resource: 'configmaps',
    namespace: 'default',
    name: `object-${Math.floor(Math.random() * objectCount)}`,
    operation: 'update',
    bytes: value,
    actor: 'system:serviceaccount:default:bench',
    reason: 'bench',
    requestId: '00000000-0000-4000-8000-000000000000',
    atMs: revision,
    keep: false,
  };
}

function summary(all: readonly Round[]): number[] {
  const middle = (pick: (round: Round) => number) => median(all.map(pick));
  return [
    middle((round) => round.perSecond),
    middle((round) => round.p50Ms),
    middle((round) => round.p99Ms),
    middle((round) => round.worstMs),
    middle((round) => round.removedPerSecond),
  ];
}
