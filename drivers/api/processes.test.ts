import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIdentity, parseStat } from './processes.ts';

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
