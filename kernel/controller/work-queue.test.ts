import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

function newQueue(): { readonly clock: VirtualClock; readonly queue: WorkQueue } {
  const clock = new VirtualClock();
  return { clock, queue: new WorkQueue({ clock, random: seededRandom(1) }) };
}

test('WorkQueue hands out a key once while it is being worked on and again if it changed', async () => {
  const { queue } = newQueue();
  queue.add('a/1');
  queue.add('a/1');
  assert.equal(await queue.take(), 'a/1');
  queue.add('a/1');
  assert.equal(queue.readyCount, 0);
  queue.done('a/1');
  assert.equal(await queue.take(), 'a/1');
  queue.done('a/1');
  assert.equal(queue.readyCount, 0);
});

test('WorkQueue lets namespaces take turns', async () => {
  const { queue } = newQueue();
  for (const key of ['busy/1', 'busy/2', 'busy/3', 'quiet/1']) queue.add(key);
  const order = [await queue.take(), await queue.take(), await queue.take(), await queue.take()];
  assert.deepEqual(order, ['busy/1', 'quiet/1', 'busy/2', 'busy/3']);
});

test('WorkQueue delays, and an earlier wish wins', async () => {
  const { clock, queue } = newQueue();
  queue.addAfter('a/1', 1_000);
  queue.addAfter('a/1', 200);
  queue.addAfter('a/1', 5_000);
  await clock.advance(199);
  assert.equal(queue.readyCount, 0);
  await clock.advance(1);
  assert.equal(await queue.take(), 'a/1');
  queue.done('a/1');
  await clock.advance(10_000);
  assert.equal(queue.readyCount, 0);
});

test('WorkQueue doubles the delay with each failure up to its maximum', () => {
  const { queue } = newQueue();
  const delays = Array.from({ length: 12 }, () => queue.addAfterFailure('a/1'));
  assert.ok((delays[0] ?? 0) >= 75 && (delays[0] ?? 0) <= 125);
  assert.ok((delays[4] ?? 0) >= 1_200 && (delays[4] ?? 0) <= 2_000);
  assert.ok((delays[11] ?? 0) >= 45_000 && (delays[11] ?? 0) <= 75_000);
  queue.forgetFailures('a/1');
  assert.ok(queue.addAfterFailure('a/1') <= 125);
});

test('WorkQueue gives a waiting taker the next key and undefined after close', async () => {
  const { queue } = newQueue();
  const first = queue.take();
  const second = queue.take();
  queue.add('/x');
  assert.equal(await first, '/x');
  queue.close();
  assert.equal(await second, undefined);
  assert.equal(await queue.take(), undefined);
});
