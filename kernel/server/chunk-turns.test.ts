import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { ChunkTurns } from './chunk-turns.ts';

const mebibyte = 1024 * 1024;

test('ChunkTurns lets users take turns, a mebibyte per turn of the event loop', async () => {
  const clock = new VirtualClock();
  const turns = new ChunkTurns(clock);
  const made: string[] = [];
  const wait = async (sender: string, bytes: number) => {
    await turns.wait(new PassThrough(), sender, bytes);
    made.push(sender);
  };
  const all = ['many', 'many', 'many', 'many', 'one'].map((sender) => wait(sender, mebibyte / 2));
  await clock.yieldToOthers();
  await clock.advance(0);
  assert.deepEqual(made.slice(0, 2), ['many', 'one']);
  await Promise.all(all);
  assert.equal(made.length, 5);
});

test('ChunkTurns does not keep what nobody waits for any more', async () => {
  const clock = new VirtualClock();
  const turns = new ChunkTurns(clock);
  const [gone, open] = [new PassThrough(), new PassThrough()];
  const waits = [turns.wait(gone, 'a', mebibyte), turns.wait(open, 'a', mebibyte)];
  gone.destroy();
  await Promise.all(waits);
  await turns.wait(gone, 'a', mebibyte);
});
