import assert from 'node:assert/strict';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { Store, StoreError } from '../../kernel/ports/store.ts';
import { openFileBlobs } from '../../kernel/blobs/file-blobs.ts';
import { sha256Digest } from '../../kernel/blobs/digest.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { markedCommit, markOf, objectCount } from './crash-rows.ts';

/** Fills the small disk it is given with a store, and looks at what happens. `argv`: folder. Throws on a surprise. */
const [, , folder = ''] = process.argv;
const signal = new AbortController().signal;
const ballastPath = join(folder, 'ballast');
let acknowledgedHead = 0;

await writeFile(ballastPath, Buffer.alloc(4 * 1024 * 1024, 1));
const store = await openStore();
await fillUp(store);
await checkReads(store);
await checkRefusals(store);

// A restart on the full disk: everything can be read, nothing can be written.
await store.close();
await writeFile(join(folder, 'filler'), Buffer.alloc(16 * 1024 * 1024)).catch(expectNoSpace);
const { bavail } = await statfs(folder);
assert.equal(bavail, 0);
const restarted = await openStore();
assert.match(restarted.recovery.notes.join(), /The disk is full: the store can be read/);
await checkReads(restarted);
await checkRefusals(restarted);
await checkBlobs();

// Space returns: the same process goes on.
await rm(ballastPath);
await rm(join(folder, 'filler'));
for (let count = 0; count < 100; count++) await append(restarted, 1);
await checkReads(restarted);
await restarted.close();
await checkReads(await openStore());

async function append(store: Store, count: number): Promise<void> {
  await store.append(markedCommit(acknowledgedHead, count, 'full'));
  acknowledgedHead += count;
}

async function fillUp(store: Store): Promise<void> {
  for (let count = 20; count > 0; ) {
    try {
      await append(store, count);
    } catch (error) {
      assert.equal((error as StoreError).code, 'Full', String(error));
      count = Math.floor(count / 2);
    }
  }
  assert.ok(acknowledgedHead > 500);
}

/** What is refused leaves nothing behind, and takes only what was built on it along. */
async function checkRefusals(store: Store): Promise<void> {
  const head = acknowledgedHead;
  const tooLarge = markedCommit(head, 100, 'full');
  const refused = store.append(tooLarge);
  const builtOnRefused = store.append(markedCommit(head + 100, 1, 'full'));
  await Promise.all([
    assert.rejects(refused, { code: 'Full' }),
    assert.rejects(builtOnRefused, { code: 'Superseded' }),
  ]);
  await checkReads(store);
}

async function checkReads(store: Store): Promise<void> {
  let head = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await store.readLog(after, 1_000, signal);
    for (const row of page.rows) assert.equal(markOf(row).revision, ++head);
    after = page.next;
  }
  assert.equal(head, acknowledgedHead);
  const { rows } = await store.readCurrent(0, 10_000, signal);
  assert.equal(rows.length, objectCount);
  const [newest] = rows.slice(-1);
  assert.ok(newest);
  const [fromHistory] = await store.readHistory(newest, { rowsMax: 1 }, signal);
  assert.equal(fromHistory?.revision, newest.revision);
}

async function checkBlobs(): Promise<void> {
  const bytes = Buffer.alloc(1024 * 1024, 2);
  const blobs = await openFileBlobs({ folder: join(folder, 'blobs'), random: systemRandom });
  await assert.rejects(blobs.put(sha256Digest(bytes), bytes, signal), { name: 'BlobError', code: 'Full' });
  assert.deepEqual(await Array.fromAsync(blobs.list(signal)), []);
}

function expectNoSpace(error: unknown): void {
  assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC');
}

function openStore(): Promise<Store> {
  const path = join(folder, 'log.db');
  return openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
}
