import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionLines } from './session-lines.ts';

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array, void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('lines are read whatever the pieces they come in', async () => {
  const lines = [{ type: 'OPENED' }, { type: 'TRUST', authorities: 'ä€', endorsement: '' }];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  for (const size of [1, 7, 1_000]) {
    assert.deepEqual(await Array.fromAsync(sessionLines(chunksOf(`${text}{"type":`, size))), lines);
  }
});

test('what is no line ends the session', async () => {
  const all = (text: string) => Array.fromAsync(sessionLines(chunksOf(text, 65_536)));
  await assert.rejects(all('OPENED\n'), /is no JSON$/);
  await assert.rejects(all('[]\n'), /is no JSON object/);
  await assert.rejects(all('x'.repeat(300_000)), /more than 262144 characters/);
});
