import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { firstOutput } from '../world.ts';

const signal = new AbortController().signal;
const writerPath = new URL('./writer-process.ts', import.meta.url).pathname;

test('a store is locked while another process has it open, and free as soon as that is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'planform-lock-'));
  const path = join(folder, 'log.db');
  const open = () => openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
  const writer = spawn(process.execPath, [writerPath, path, 'lock'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await firstOutput(writer);
  for (let attempt = 0; attempt < 3; attempt++) {
    await assert.rejects(open(), {
      code: 'Locked',
      message: `Cannot open the store "${path}": process ${writer.pid} has it open`,
    });
  }
  writer.stdout.resume();
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const store = await open();
  assert.ok(store.recovery.head > 0);
  await store.close();
  await rm(folder, { recursive: true });
});
