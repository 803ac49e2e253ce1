import { writeSync } from 'node:fs';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { markedCommit } from './crash-rows.ts';

/**
 * Writes to a store until it is killed. `argv`: path, run id, concurrent writers, commits to write (0: no end).
 * Prints "open <head>", then "ack <last revision> <rows>" after each commit the store acknowledged.
 */
const [, , path = '', run = '', writers = '16', commitsMax = '0'] = process.argv;
const commitCountMax = Number(commitsMax) || Number.POSITIVE_INFINITY;
const signal = new AbortController().signal;
const compactEvery = 400;
const rowsKept = 2_000;

const store = await openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
say(`open ${store.recovery.head}\n`);
let head = store.recovery.head;
let commitCount = 0;

/** Writes a line to the end before anything else happens; waits while the reader is behind. */
function say(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function write(): Promise<void> {
  while (commitCount < commitCountMax) {
    commitCount++;
    const commit = markedCommit(head, 1 + (commitCount % 3), run);
    head += commit.rows.length;
    const end = head;
    await store.append(commit);
    say(`ack ${end} ${commit.rows.length}\n`);
    if (commitCount % compactEvery === 0) await compact(end);
  }
}

async function compact(end: number): Promise<void> {
  const watchFloor = Math.max(0, end - rowsKept);
  await store.compact(
    { watchFloor, historyBeforeMs: 0, historyPerObjectMax: 0, bytesMax: Infinity, rowsMax: 10_000 },
    signal,
  );
}

await Promise.all(Array.from({ length: Number(writers) }, write));
await store.close();
