import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeMark, LogTimes, timeMarksMax } from './log-times.ts';

const steps = fc.array(fc.record({ bytes: fc.nat({ max: 1000 }), elapsedMs: fc.integer({ min: -50, max: 5000 }) }), {
  maxLength: 60,
});

function timesOf(list: readonly { readonly bytes: number; readonly elapsedMs: number }[]): {
  readonly times: LogTimes;
  readonly text: string;
} {
  const times = new LogTimes();
  let text = '';
  let [offset, timeMs] = [0, 1_000_000];
  for (const { bytes, elapsedMs } of list) {
    offset += bytes;
    timeMs += elapsedMs;
    if (times.note(offset, timeMs)) text += encodeMark(offset, timeMs);
  }
  return { times, text };
}

test('LogTimes: times never go back along the file, whatever the clock does', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const { times } = timesOf(list);
      let lastMs = 0;
      for (let offset = 1; offset <= times.size; offset += 37) {
        const timeMs = times.timeAt(offset) ?? assert.fail('An accounted byte has a time');
        assert.ok(timeMs >= lastMs);
        lastMs = timeMs;
      }
      assert.equal(times.timeAt(times.size + 1), undefined);
    }),
  );
});

test('LogTimes.offsetSince() leaves out nothing written at or after the time', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 999_000, max: 1_300_000 }), (list, sinceMs) => {
      const { times } = timesOf(list);
      const start = times.offsetSince(sinceMs);
      for (let offset = 1; offset <= start; offset += 13) assert.ok((times.timeAt(offset) ?? 0) < sinceMs);
    }),
  );
});

test('LogTimes.parse() gives back what was encoded, and what was appended mark by mark', () => {
  fc.assert(
    fc.property(steps, fc.nat({ max: 20_000 }), (list, floor) => {
      const { times, text } = timesOf(list);
      assert.equal(LogTimes.parse(text).encode(), times.encode());
      times.dropBefore(floor);
      assert.equal(LogTimes.parse(times.encode()).encode(), times.encode());
      assert.equal(LogTimes.parse(`${times.encode()}123`).encode(), times.encode());
    }),
  );
});

test('LogTimes keeps a bounded number of marks and the newest exactly', () => {
  const times = new LogTimes();
  for (let n = 1; n <= timeMarksMax * 3; n++) times.note(n * 10, n);
  assert.ok(times.markCount <= timeMarksMax);
  assert.equal(times.timeAt(timeMarksMax * 30), timeMarksMax * 3);
  assert.equal(times.timeAt(timeMarksMax * 30 - 10), timeMarksMax * 3 - 1);
});
