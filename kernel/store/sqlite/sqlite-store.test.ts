import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { systemRandom } from '../../base/system-random.ts';
import { storeConformance, testRow } from '../../ports/store-conformance.ts';
import { restoreSqliteStore } from './restore.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { SqliteThread } from './thread.ts';

const thread = new SqliteThread(silentLogger);
after(() => thread.stop());
const signal = new AbortController().signal;
const shared = { random: systemRandom, logger: silentLogger, pid: process.pid, thread, signal };

storeConformance('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'planform-store-'));
  const backupPath = join(folder, 'backup.db');
  return {
    backupPath,
    open: () => openSqliteStore({ ...shared, path: join(folder, 'log.db') }),
    openBackup: () => openSqliteStore({ ...shared, path: backupPath }),
    openRestored: (epoch) => {
      restoreSqliteStore({ path: backupPath, epoch, pid: process.pid });
      return openSqliteStore({ ...shared, path: backupPath });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});

/** A store with values of all sizes whose values were replaced, in a folder of its own. */
async function openReplaced() {
  const folder = await mkdtemp(join(tmpdir(), 'planform-store-'));
  const path = join(folder, 'log.db');
  const store = await openSqliteStore({ ...shared, path });
  const lengths = [1, 20, 300, 5_000, 60_000];
  const rows = Array.from({ length: 50 }, (_, index) => {
    const bytes = Buffer.from('in-the-clear '.repeat(lengths[index % lengths.length] ?? 0));
    return testRow({ revision: index + 1, name: `${index % 7}`, bytes });
  });
  for (const row of rows) await store.append({ expectedHead: row.revision - 1, rows: [row] });
  // Encrypted values are larger; some here are smaller, as after the opposite.
  for (const { revision, bytes } of rows) {
    await store.replaceValues([{ revision, bytes: Buffer.alloc(bytes.length + (revision % 3 === 0 ? -5 : 120), 'x') }]);
  }
  const hasTraces = () => readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes('in-the-clear'));
  assert.ok(hasTraces());
  return { path, store, hasTraces, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('eraseReplaced() leaves nothing in any file of values that were replaced', async () => {
  await using world = await openReplaced();
  await world.store.eraseReplaced();
  assert.ok(!world.hasTraces());
  await world.store.append({ expectedHead: 50, rows: [testRow({ revision: 51 })] });
  await world.store.close();
});

test('a start that finds the wish to erase writes the file anew, and keeps every row', async () => {
  await using world = await openReplaced();
  await world.store.close();
  using database = new DatabaseSync(world.path);
  database.exec("INSERT INTO meta VALUES ('eraseAtStart', 1)");
  database.close();
  const again = await openSqliteStore({ ...shared, path: world.path });
  assert.ok(!world.hasTraces());
  assert.equal((await again.readLog(0, 100, signal)).rows.length, 50);
  assert.equal((await again.readHistory(testRow({ revision: 0, name: '3' }), { rowsMax: 100 }, signal)).length, 7);
  await again.close();
  using after = new DatabaseSync(world.path);
  assert.equal(after.prepare("SELECT count(*) AS n FROM meta WHERE name = 'eraseAtStart'").get()?.['n'], 0);
});
