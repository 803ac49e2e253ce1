import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import type { Store } from '../../kernel/ports/store.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { SqliteThread } from '../../kernel/store/sqlite/thread.ts';
import { firstOutput } from '../world.ts';
import { markOf } from './crash-rows.ts';

const signal = new AbortController().signal;
const laneCount = 2;
const killsPerLane = 50;
/** Milliseconds after the first acknowledgement (or, in every fifth run, after the start of the process). */
const killAfterMsMax = 120;
const writerPath = new URL('./writer-process.ts', import.meta.url).pathname;

test(`kill -9 of a writing process, ${laneCount * killsPerLane} times, loses nothing that was acknowledged`, async () => {
  const thread = new SqliteThread(silentLogger);
  const lanes = Array.from({ length: laneCount }, (_, lane) => killRepeatedly(thread, lane));
  const counts = await Promise.all(lanes);
  await thread.stop();
  const acknowledged = counts.reduce((sum, count) => sum + count, 0);
  assert.ok(acknowledged > 10_000, `Only ${acknowledged} rows were acknowledged: this shows nothing`);
});

/** @returns how many acknowledged rows were checked. */
async function killRepeatedly(thread: SqliteThread, lane: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'planform-kill-'));
  const path = join(folder, 'log.db');
  const random = seededRandom(lane);
  /** Run that was told that this revision is durable. */
  const acknowledged = new Map<number, string>();
  for (let kill = 0; kill < killsPerLane; kill++) {
    const run = `${lane}-${kill}`;
    const lines = await writeAndKill(path, run, {
      atStart: kill % 5 === 4,
      afterMs: random.nextFloat() * killAfterMsMax,
    });
    for (const [end, count] of acknowledgedIn(lines)) {
      for (let revision = end - count + 1; revision <= end; revision++) {
        assert.ok(!acknowledged.has(revision), `Revision ${revision} was given out twice`);
        acknowledged.set(revision, run);
      }
    }
    const store = await openSqliteStore({ path, thread, random, logger: silentLogger, pid: process.pid, signal });
    await checkStore(store, acknowledged);
    await store.close();
  }
  checkIntegrity(path);
  await rm(folder, { recursive: true });
  return acknowledged.size;
}

async function writeAndKill(path: string, run: string, kill: { atStart: boolean; afterMs: number }): Promise<string> {
  const writer = spawn(process.execPath, [writerPath, path, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = '';
  writer.stdout.on('data', (chunk: Buffer) => {
    lines += chunk.toString();
  });
  const closed = once(writer, 'close');
  if (!kill.atStart) await firstOutput(writer);
  await systemClock.sleep(kill.afterMs, signal);
  writer.kill('SIGKILL');
  const [code, killedBy] = await closed;
  assert.deepEqual([code, killedBy], [null, 'SIGKILL'], 'The writer ran until it was killed');
  return lines;
}

/** Last revision and row count of each acknowledged commit; an incomplete last line counts for nothing. */
function acknowledgedIn(lines: string): [number, number][] {
  return [...lines.matchAll(/^ack (\d+) (\d+)\n/gm)].map(([, end, count]) => [Number(end), Number(count)]);
}

async function checkStore(store: Store, acknowledged: ReadonlyMap<number, string>): Promise<void> {
  const floor = await store.readFloor(signal);
  const found = new Map<number, string>();
  let last = { revision: floor, commitEnd: floor };
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await store.readLog(after, 2_000, signal);
    for (const row of page.rows) {
      const mark = markOf(row);
      assert.equal(mark.revision, row.revision);
      if (row.revision > floor) {
        assert.equal(row.revision, last.revision + 1, 'Beyond the floor no revision is missing');
        last = mark;
      }
      found.set(row.revision, mark.run);
    }
    after = page.next;
  }
  assert.equal(last.revision, store.recovery.head);
  assert.equal(last.commitEnd, last.revision, 'The last commit is there as a whole');
  for (const [revision, run] of acknowledged) {
    const isGone = !found.has(revision) && revision <= floor;
    if (!isGone) assert.equal(found.get(revision), run, `Acknowledged revision ${revision}`);
  }
}

function checkIntegrity(path: string): void {
  using database = new DatabaseSync(path);
  assert.deepEqual(
    database
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => ({ ...row })),
    [{ integrity_check: 'ok' }],
  );
}
