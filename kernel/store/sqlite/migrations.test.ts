import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { testRow } from '../../ports/store-conformance.ts';
import { openDatabase, readMeta } from './database.ts';
import { LogFile } from './log-file.ts';
import { logMigrations } from './log-schema.ts';

/** A store as each earlier version of the format wrote it: `a` was changed three times, `b` deleted, floor 5, head 6. */
const formats = Array.from({ length: logMigrations.length }, (_, index) => index + 1);

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'planform-migrations-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

for (const format of formats) {
  test(`a store of format ${format} is brought up to date, after a copy was made`, () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'store.db');
    copyFileSync(join(import.meta.dirname, 'testdata', `format-${format}.db`), path);
    const log = new LogFile({ path, epoch: 'new', pid: 1 });
    assert.match(log.notes.join('\n'), new RegExp(`from format ${format} to ${logMigrations.length + 1}`));
    assert.deepEqual([log.head, log.floor], [6, 5]);
    assert.notEqual(log.epoch, 'new');
    const revisions = (name: string) => {
      const object = { resource: 'things.test', namespace: 'default', name };
      return log.readHistory(object, Number.MAX_SAFE_INTEGER, 10).map((row) => row.revision);
    };
    assert.deepEqual(
      [revisions('a'), revisions('b')],
      [
        [6, 5, 3, 1],
        [4, 2],
      ],
    );
    assert.deepEqual(
      log.readCurrent(0, 10).rows.map((row) => row.revision),
      [6],
    );
    assert.deepEqual(log.append([{ expectedHead: 6, rows: [testRow({ revision: 7, name: 'b' })] }]), [undefined]);
    assert.deepEqual(revisions('b'), [7, 4, 2]);
    log.close();
    const again = new LogFile({ path, epoch: 'new', pid: 1 });
    assert.deepEqual(again.notes, []);
    again.close();
    assert.deepEqual(readdirSync(folder.path), ['store.db', `store.db.format-${format}`]);
    using copy = new DatabaseSync(`${path}.format-${format}`);
    assert.equal(copy.prepare('PRAGMA user_version').get()?.['user_version'], format);
    assert.equal(copy.prepare('SELECT count(*) AS n FROM log').get()?.['n'], 6);
  });
}

test('a migration that fails leaves the old format', () => {
  using folder = temporaryFolder();
  const options = { noun: 'store', applicationId: 7, schema: 'CREATE TABLE t (a);', creationId: 'new', pid: 1 };
  const path = join(folder.path, 'test.db');
  openDatabase({ ...options, path, migrations: [] }).close();
  const migrations = ["INSERT INTO meta VALUES ('half', 1);", 'DROP TABLE absent;'];
  assert.throws(() => openDatabase({ ...options, path, migrations }), { code: 'Failed', message: /no such table/ });
  const database = openDatabase({ ...options, path, migrations: [] });
  assert.equal(readMeta(database.connection, 'half'), undefined);
  database.close();
});
