import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRow } from '../../ports/store-conformance.ts';
import { LogFile } from './log-file.ts';

test('LogFile notices a row that the disk changed by itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-log-'));
  const path = join(folder, 'log.db');
  try {
    const log = new LogFile({ path, epoch: 'test', pid: 1 });
    const rows = [testRow({ revision: 1, name: 'a' }), testRow({ revision: 2, name: 'b' })];
    assert.deepEqual(log.append([{ expectedHead: 0, rows }]), [undefined]);
    log.connection.exec(`UPDATE log SET bytes = CAST('{"revision":7}' AS BLOB) WHERE revision = 2`);
    const damage = { code: 'Corrupt', message: /revision 2 of the store: its checksum is wrong/ };
    assert.throws(() => log.readLog(0, 10), damage);
    assert.equal(log.readLog(0, 1).rows.length, 1);
    log.close();
    assert.throws(() => new LogFile({ path, epoch: 'test', pid: 1 }), damage);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
