import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRow } from '../../ports/store-conformance.ts';
import { checkSqliteStore } from './check.ts';
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

test('checkSqliteStore() says what is damaged and where index and log disagree', () => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-check-'));
  const path = join(folder, 'log.db');
  try {
    const log = new LogFile({ path, epoch: 'test', pid: 1 });
    const count = 300;
    for (let head = 0; head < count; head++) {
      log.append([{ expectedHead: head, rows: [testRow({ revision: head + 1, name: `${head % 7}` })] }]);
    }
    log.moveIndex(150);
    log.close();
    assert.deepEqual(checkSqliteStore({ path, pid: 1 }), { rowCount: count, head: count, epoch: 'test', findings: [] });
    const broken = new LogFile({ path, epoch: 'test', pid: 1 });
    broken.moveIndex(count);
    broken.connection.exec(`
      UPDATE log SET actor = 'somebody else' WHERE revision = 10;
      DELETE FROM log_object WHERE revision = 20;
      DELETE FROM log WHERE revision = 30;
    `);
    broken.close();
    const { findings } = checkSqliteStore({ path, pid: 1 });
    assert.equal(findings.length, 3);
    assert.match(
      findings.join('\n'),
      /revision 10 .*checksum[^]*20 is in the log, but not[^]*30 is in the index, but not/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
