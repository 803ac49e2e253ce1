import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { copyDatabase } from './copy-database.ts';

test('copyDatabase() waits for a transaction that is there when it begins', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-copy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  using source = new DatabaseSync(join(folder, 'source.db'));
  source.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
  const path = join(folder, 'copy.db');
  const copied = copyDatabase(source, path);
  for (let turn = 0; turn < 3; turn++) await nextTurn();
  source.exec('COMMIT');
  await copied;
  using copy = new DatabaseSync(path, { readOnly: true });
  assert.equal(copy.prepare('SELECT a FROM t').get()?.['a'], 1);
});
