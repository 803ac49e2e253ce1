import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Timeline } from './timeline.ts';

describe('Timeline', () => {
  test('fires alarms in order of time, then of setting, and stops at the end', async () => {
    const timeline = new Timeline();
    const fired: string[] = [];
    timeline.after(20, () => fired.push('c'));
    timeline.after(10, () => fired.push('a'));
    timeline.after(10, () => fired.push('b'));
    timeline.after(31, () => fired.push('late'));
    timeline.after(15, () => fired.push('never'))[Symbol.dispose]();
    await timeline.runUntil(30);
    assert.deepEqual(fired, ['a', 'b', 'c']);
    assert.equal(timeline.nowMs, 30);
  });

  test('lets promise chains of any length end before time moves', async () => {
    const timeline = new Timeline();
    let endedAtMs = -1;
    timeline.after(5, () => {
      void (async () => {
        for (let turn = 0; turn < 10_000; turn++) await Promise.resolve();
        endedAtMs = timeline.nowMs;
      })();
    });
    timeline.after(6, () => undefined);
    await timeline.runUntil(100);
    assert.equal(endedAtMs, 5);
  });

  test('keeps many alarms sorted', async () => {
    const timeline = new Timeline();
    const fired: number[] = [];
    for (let index = 0; index < 500; index++) {
      const dueMs = (index * 7919) % 1000;
      timeline.after(dueMs, () => fired.push(dueMs));
    }
    await timeline.runUntil(1000);
    assert.deepEqual(
      fired,
      fired.toSorted((a, b) => a - b),
    );
    assert.equal(fired.length, 500);
  });
});
