import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import type { Store, StoreRow } from '../../kernel/ports/store.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { SqliteThread } from '../../kernel/store/sqlite/thread.ts';
import { inspectWal } from '../../kernel/store/sqlite/wal.ts';
import { markedCommit, markOf } from './crash-rows.ts';

const signal = new AbortController().signal;
const random = seededRandom(7);
const thread = new SqliteThread(silentLogger);
after(() => thread.stop());
const walHeaderBytes = 32;
const walFrameBytes = 24 + 4096;

/** Files of a store as a crash leaves them. */
interface CrashImage {
  readonly folder: string;
  /** Size of the file of the log; behind the last commit are remains of an earlier log, or zeros kept in reserve. */
  readonly walBytes: number;
  /** End of the log when each commit was acknowledged: up to there it lies in the log. */
  readonly commits: readonly { readonly head: number; readonly walBytes: number }[];
  readonly head: number;
  /** Up to this revision everything is in the main file. */
  readonly movedHead: number;
}

test('a log cut off at 200 random places recovers to the last whole commit and says so', async () => {
  await using temporary = await temporaryFolder();
  const image = await takeImage(temporary.folder, { commitCount: 150 });
  for (let cut = 0; cut < 200; cut++) {
    const walBytes = Math.floor(random.nextFloat() * (image.commits.at(-1)?.walBytes ?? 0));
    await using store = await openCut(image, 'log.db-wal', walBytes);
    const whole = image.commits.findLast((commit) => commit.walBytes <= walBytes) ?? { head: 0, walBytes: 0 };
    assert.equal(store.recovery.head, whole.head, `Cut at ${walBytes}`);
    await checkPrefix(store, store.recovery.head);
    assert.equal(store.recovery.notes.length, walBytes === whole.walBytes ? 0 : 1, `Notes for a cut at ${walBytes}`);
    const head = store.recovery.head;
    await store.append(markedCommit(head, 3, 'after'));
    await checkPrefix(store, head + 3);
  }
});

test('a log that was moved into the main file before loses only what came after, wherever it is cut off', async () => {
  await using temporary = await temporaryFolder();
  const image = await takeImage(temporary.folder, { commitCount: 40, movedBefore: true });
  for (let cut = 0; cut < 40; cut++) {
    // Half of the cuts lie in the part that was written since; behind it are the remains of the earlier log.
    const range = cut % 2 === 0 ? image.walBytes : 40 * 4 * walFrameBytes;
    const walBytes = Math.floor(random.nextFloat() * range);
    await using store = await openCut(image, 'log.db-wal', walBytes);
    assert.ok(store.recovery.head >= image.movedHead, `Cut at ${walBytes}`);
    await checkPrefix(store, store.recovery.head);
    const isAtFrame = (walBytes - walHeaderBytes) % walFrameBytes === 0;
    if (store.recovery.head < image.head && !isAtFrame) assert.equal(store.recovery.notes.length, 1);
    if (store.recovery.head === image.head) assert.deepEqual(store.recovery.notes, []);
  }
});

test('a log that is gone is reported', async () => {
  await using temporary = await temporaryFolder();
  const image = await takeImage(temporary.folder, { commitCount: 5 });
  await using store = await openCut(image, 'log.db-wal', 0);
  assert.equal(store.recovery.head, 0);
  assert.match(store.recovery.notes.join(), /missing or empty although the last process did not close it/);
});

test('a main file that was cut off is refused with advice', async () => {
  await using temporary = await temporaryFolder();
  const image = await takeImage(temporary.folder, { commitCount: 40, movedBefore: true });
  const { size } = await stat(join(image.folder, 'log.db'));
  for (const mainBytes of [0, 1, 50, 512, 4096, Math.floor(size / 2), Math.floor(size * 0.9)]) {
    await assert.rejects(openCut(image, 'log.db', mainBytes), (error: Error) => {
      assert.match(error.message, /^Cannot open the store ".*": .*\. Keep a copy of its folder and restore a backup$/);
      assert.equal('code' in error && error.code, 'Corrupt', `Cut at ${mainBytes}`);
      return true;
    });
  }
});

/** Copies the files of a store while it is open and idle, as a power cut would leave them. */
async function takeImage(folder: string, options: { commitCount: number; movedBefore?: boolean }): Promise<CrashImage> {
  const path = join(folder, 'log.db');
  const store = await openStore(path);
  let head = 0;
  const append = async (count: number) => {
    await store.append(markedCommit(head, count, 'image'));
    head += count;
  };
  let movedHead = 0;
  const { size } = await stat(path);
  while (options.movedBefore && (await stat(path)).size === size) {
    movedHead = head;
    await append(100);
  }
  const commits: { head: number; walBytes: number }[] = [];
  for (let index = 0; index < options.commitCount; index++) {
    await append(1 + (index % 4));
    commits.push({ head, walBytes: walHeaderBytes + inspectWal(`${path}-wal`).framePages.length * walFrameBytes });
  }
  const imageFolder = join(folder, 'image');
  await mkdir(imageFolder);
  for (const name of ['log.db', 'log.db-wal', 'log.db.holder'])
    await copyFile(join(folder, name), join(imageFolder, name));
  await store.close();
  return {
    folder: imageFolder,
    commits,
    head,
    movedHead,
    walBytes: (await stat(join(imageFolder, 'log.db-wal'))).size,
  };
}

/** Opens a copy of the image in which one file ends after `bytes`. Disposing closes it and checks the whole file. */
async function openCut(image: CrashImage, name: string, bytes: number): Promise<Store & AsyncDisposable> {
  const temporary = await temporaryFolder();
  try {
    for (const file of ['log.db', 'log.db-wal', 'log.db.holder']) {
      await copyFile(join(image.folder, file), join(temporary.folder, file));
    }
    await truncate(join(temporary.folder, name), bytes);
    const path = join(temporary.folder, 'log.db');
    const store = await openStore(path);
    const dispose = async () => {
      await store.close();
      checkIntegrity(path);
      await temporary[Symbol.asyncDispose]();
    };
    return Object.assign(store, { [Symbol.asyncDispose]: dispose });
  } catch (error) {
    await temporary[Symbol.asyncDispose]();
    throw error;
  }
}

function openStore(path: string): Promise<Store> {
  return openSqliteStore({ path, thread, random, logger: silentLogger, pid: process.pid, signal });
}

async function checkPrefix(store: Store, head: number): Promise<void> {
  const rows: StoreRow[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await store.readLog(after, 10_000, signal);
    rows.push(...page.rows);
    after = page.next;
  }
  assert.equal(rows.length, head);
  for (const [index, row] of rows.entries())
    assert.deepEqual([row.revision, markOf(row).revision], [index + 1, index + 1]);
  const last = rows.at(-1);
  assert.equal(last ? markOf(last).commitEnd : 0, head, 'The last commit is there as a whole');
}

function checkIntegrity(path: string): void {
  using database = new DatabaseSync(path);
  assert.deepEqual(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
}

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'planform-cut-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
