/** Fills the small disk in `TMPDIR` under an audit log, and frees it: nothing is lost, nothing half written stays. */
import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WrittenLog } from '../../kernel/audit/testing/written-log.ts';

const { signal } = new AbortController();
const fillPath = join(tmpdir(), 'fill');

/** Leaves less than a page. */
function fillDisk(): void {
  const file = openSync(fillPath, 'w');
  try {
    for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 4)) writeUntilFull(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.byteLength);
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC');
  }
}

for (const restart of [false, true]) {
  using log = new WrittenLog();
  let open = await log.open();
  await log.record(7);
  await open.file(signal);
  fillDisk();
  await log.record(100);
  await assert.rejects(open.file(signal), { code: 'ENOSPC' });
  await assert.rejects(open.file(signal), { code: 'ENOSPC' });
  if (restart) await open.close(AbortSignal.abort());
  rmSync(fillPath);
  if (restart) open = await log.open();
  await open.file(signal);
  await open.close(signal);
  const { findings, recordCount } = await log.verify();
  assert.deepEqual([recordCount, findings], [107, []]);
}
