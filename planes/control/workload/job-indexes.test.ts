import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countIndexes } from './job-indexes.ts';

// Kubernetes: validateIndexesFormat.
test('countIndexes() counts rising indexes below the completions, and says what else is wrong', () => {
  assert.equal(countIndexes('', 3), 0);
  assert.equal(countIndexes('1,3-5,7', 8), 5);
  for (const [text, problem] of [
    ['1-2-3', /at most two parts/],
    ['a', /cannot convert string to integer for index: "a"/],
    ['5-9', /too large index: "9"/],
    ['4-4', /non-increasing order, previous: 4, current: 4/],
    ['1-4,3', /non-increasing order, previous: 4, current: 3/],
  ] as const) {
    assert.match(String(countIndexes(text, 8)), problem);
  }
});
