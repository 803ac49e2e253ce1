import assert from 'node:assert/strict';
import test from 'node:test';
import { BoundedQueue } from './bounded-queue.ts';
import { formatMicroTime, formatTime, parseTime } from './clock.ts';
import { randomSuffix, seededRandom } from './random.ts';
import { systemClock } from './system-clock.ts';
import { TaskGroup } from './task-group.ts';
import { VirtualClock } from './virtual-clock.ts';

const never = new AbortController().signal;

test('formatTime() and formatMicroTime() write RFC 3339 and parseTime() reads it', () => {
  assert.equal(formatTime(1_767_225_600_999), '2026-01-01T00:00:00Z');
  assert.equal(formatMicroTime(1_767_225_600_999), '2026-01-01T00:00:00.999000Z');
  assert.equal(parseTime('2026-01-01T00:00:00Z'), 1_767_225_600_000);
  assert.equal(parseTime('yesterday'), undefined);
});

test('seededRandom() repeats itself and makes valid UUIDs and suffixes', () => {
  const [one, two] = [seededRandom(7), seededRandom(7)];
  assert.equal(one.uuid(), two.uuid());
  assert.match(one.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(randomSuffix(one, 5), /^[bcdfghjklmnpqrstvwxz2-9]{5}$/);
});

test('BoundedQueue refuses beyond its maximum and wakes its consumer', async () => {
  const queue = new BoundedQueue<number>(2);
  const taken = queue.take(never);
  assert.ok(queue.push(1));
  assert.equal(await taken, 1);
  assert.deepEqual([queue.push(2), queue.push(3), queue.push(4)], [true, true, false]);
  queue.close();
  assert.deepEqual([await queue.take(never), await queue.take(never), await queue.take(never)], [2, 3, undefined]);
});

test('TaskGroup aborts the other tasks on the first failure and throws it from join()', async () => {
  const group = new TaskGroup(never);
  let aborted = false;
  group.start(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  );
  group.start(() => Promise.reject(new Error('broken')));
  await assert.rejects(group.join(), /broken/);
  assert.ok(aborted);
});

test('VirtualClock fires alarms in order and sleeps end when aborted', async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  clock.timer(20, () => fired.push('late'));
  clock.timer(10, () => fired.push('early'));
  clock.timer(10, () => fired.push('early too'));
  const cancelled = clock.timer(5, () => fired.push('cancelled'));
  cancelled[Symbol.dispose]();
  const before = clock.nowMs();
  await clock.advance(15);
  assert.deepEqual(fired, ['early', 'early too']);
  assert.equal(clock.nowMs() - before, 15);
  const controller = new AbortController();
  const slept = assert.rejects(clock.sleep(1_000, controller.signal), /stop/);
  controller.abort(new Error('stop'));
  await slept;
});

test('systemClock takes fractions of milliseconds and delays beyond the range of timers', async () => {
  await systemClock.sleep(0.4, never);
  assert.equal(systemClock.timeoutSignal(1.5).aborted, false);
  let fired = false;
  using _timer = systemClock.timer(2 ** 40, () => {
    fired = true;
  });
  await systemClock.sleep(5, never);
  assert.equal(fired, false);
});
