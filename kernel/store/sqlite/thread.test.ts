import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { SqliteThread } from './thread.ts';

async function openLog() {
  const folder = await mkdtemp(join(tmpdir(), 'planform-thread-'));
  const thread = new SqliteThread(silentLogger);
  const log = await thread.open('log', { path: join(folder, 'log.db'), epoch: 'test', pid: 0 });
  const dispose = async () => {
    await thread.stop();
    await rm(folder, { recursive: true });
  };
  return { log, thread, [Symbol.asyncDispose]: dispose };
}

test('SqliteThread rejects what waits for it, and everything later, once it has ended', async () => {
  await using opened = await openLog();
  const stopping = opened.thread.stop();
  const waiting = opened.log.call('readFloor');
  const ended = { name: 'StoreError', code: 'Failed', message: 'Cannot use the database: its thread ended' };
  await Promise.all([assert.rejects(waiting, ended), stopping]);
  await assert.rejects(opened.log.call('readFloor'), ended);
});

test('SqliteThread passes bugs in the thread on as such, and goes on', async () => {
  await using opened = await openLog();
  await opened.log.call('close');
  await assert.rejects(opened.log.call('readFloor'), { name: 'AssertionFailure' });
});
