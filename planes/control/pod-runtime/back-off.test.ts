import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackOff, countEnd, formatBackOff, parseBackOff, restoreBackOff } from './back-off.ts';

/** Ends of runs that took so long, one after the other. */
function endsAfter(durationsMs: readonly number[]): readonly number[] {
  let backOff: BackOff | undefined;
  return durationsMs.map((ranMs, index) => {
    backOff = countEnd(backOff, { id: `run-${index}`, startedAtMs: 0, finishedAtMs: ranMs });
    return backOff.delayMs / 1000;
  });
}

test('countEnd() doubles from 10 s to 300 s, and restarts steady runs at once', () => {
  const cases: readonly (readonly [name: string, ranMs: readonly number[], delays: readonly number[]])[] = [
    ['early ends', [0, 0, 0, 0, 0, 0, 0, 0], [10, 20, 40, 80, 160, 300, 300, 300]],
    ['steady runs', [10_000, 10_000, 3_600_000], [0, 0, 0]],
    ['a steady run between early ends keeps the level', [0, 0, 12_000, 0], [10, 20, 0, 40]],
    ['ten minutes end the crash loop', [0, 0, 600_000, 0], [10, 20, 0, 10]],
  ];
  for (const [name, ran, delays] of cases) assert.deepEqual(endsAfter(ran), delays, name);
});

test('countEnd() counts every run once, and a lost one not at all', () => {
  const run = { id: 'run', startedAtMs: 0, finishedAtMs: 5 };
  const once = countEnd(undefined, run);
  assert.equal(countEnd(once, run), once);
  assert.equal(countEnd(once, { id: 'lost', startedAtMs: 0 }).delayMs, 0);
});

test('restoreBackOff() goes on where the status says it was', () => {
  const run = { id: 'run', startedAtMs: 0, finishedAtMs: 5 };
  for (const delays of [
    [10, 20],
    [40, 80],
    [160, 300],
    [300, 300],
  ]) {
    const [delay = 0, next = 0] = delays;
    const restored = restoreBackOff(run, delay * 1000);
    assert.equal(countEnd(restored, run).delayMs, delay * 1000);
    assert.equal(countEnd(restored, { ...run, id: 'next' }).delayMs, next * 1000);
  }
});

test('formatBackOff() is worded as the kubelet words it, and parseBackOff() reads it back', () => {
  assert.equal(formatBackOff(10_000, 'web', 'a_b(c)'), 'back-off 10s restarting failed container=web pod=a_b(c)');
  for (const ms of [10_000, 40_000, 80_000, 160_000, 300_000])
    assert.equal(parseBackOff(formatBackOff(ms, 'web', 'x')), ms);
  for (const text of [undefined, '', 'configmap "x" not found']) assert.equal(parseBackOff(text), undefined);
});
