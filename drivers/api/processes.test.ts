import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunning, parseIdentity, parseStat, readProcess } from './processes.ts';

test('parseStat() reads names with blanks and brackets, and takes zombies for gone', () => {
  const fields = (state: string) =>
    `4321 (a ) b (c) ${state} 1 77 88 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 197922 2600960 150`;
  assert.deepEqual(parseStat(fields('S')), { pid: 4321, startTicks: '197922', group: 77, session: 88 });
  assert.equal(parseStat(fields('Z')), undefined);
  assert.equal(parseStat(''), undefined);
});

test('parseIdentity() takes whole lines only', () => {
  assert.deepEqual(parseIdentity('12 345\n'), { pid: 12, startTicks: '345' });
  for (const text of ['12 345', '12\n', 'nobody\n', '', undefined]) assert.equal(parseIdentity(text), undefined);
});

test('isRunning() tells a process from another one with its number', async () => {
  const self = await readProcess(process.pid);
  assert.equal(await isRunning(self), true);
  assert.equal(await isRunning({ pid: process.pid, startTicks: '1' }), false);
  assert.equal(await isRunning(undefined), false);
});
