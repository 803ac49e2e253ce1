import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Arrivals, requestArrivals } from './arrivals.ts';

test('Arrivals begins few requests at once, and many by turns of their connections', async () => {
  const clock = new VirtualClock();
  const arrivals = new Arrivals(clock, requestArrivals);
  const begun: string[] = [];
  const [busy, gone, quiet] = [{}, {}, {}];
  for (let index = 0; index < 250; index++) arrivals.begin(busy, () => void begun.push('busy'));
  arrivals.begin(gone, () => void begun.push('gone'));
  assert.equal(
    arrivals.begin(quiet, () => void begun.push('quiet')),
    1,
  );
  assert.deepEqual([begun.length, begun.includes('quiet')], [100, false]);
  arrivals.forget(gone);
  await clock.yieldToOthers();
  await clock.advance(0);
  assert.ok(begun.indexOf('quiet') <= 101);
  for (let turn = 0; turn < 5; turn++) await clock.yieldToOthers();
  assert.equal(begun.length, 251);
  arrivals.begin(busy, () => void begun.push('busy'));
  assert.equal(begun.length, 252);
});

test('Arrivals bounds what waits, and lets nobody take all of it', () => {
  const arrivals = new Arrivals(new VirtualClock(), requestArrivals);
  const [busy, quiet] = [{}, {}];
  const begin = (connection: object) => arrivals.begin(connection, () => undefined);
  for (let index = 0; index < 20_100; index++) assert.notEqual(begin(busy), undefined);
  assert.equal(begin(busy), undefined);
  assert.equal(begin(quiet), 1);
  arrivals.forget(busy);
  assert.equal(begin(busy), 1);
});

test('Arrivals begins what comes after a turn that was just full', async () => {
  const clock = new VirtualClock();
  const arrivals = new Arrivals(clock, requestArrivals);
  let begunCount = 0;
  for (let index = 0; index < 200; index++) arrivals.begin({}, () => void begunCount++);
  for (let turn = 0; turn < 5; turn++) await clock.yieldToOthers();
  assert.equal(begunCount, 200);
  arrivals.begin({}, () => void begunCount++);
  for (let turn = 0; turn < 5; turn++) await clock.yieldToOthers();
  assert.equal(begunCount, 201);
});
