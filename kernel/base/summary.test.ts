import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Summary } from './summary.ts';

test('Summary has the quantiles of its window and the count of everything', () => {
  const summary = new Summary(5_000);
  for (let value = 1; value <= 1_000; value++) summary.observe(value / 1_000, 0);
  for (const part of [0.5, 0.9, 0.99]) {
    assert.ok(Math.abs(summary.quantile(part) / part - 1) < 0.06, `${part}: ${summary.quantile(part)}`);
  }
  summary.observe(7, 4_999);
  assert.ok(summary.quantile(0.5) < 1, 'Everything is within the window');
  summary.observe(7, 5_500);
  assert.ok(Math.abs(summary.quantile(0.5) / 7 - 1) < 0.06, 'What came first is forgotten');
  assert.deepEqual(summary.format('s', 'a="b"').slice(-2), ['s_sum{a="b"} 514.5', 's_count{a="b"} 1002']);
  summary.observe(1e9, 1e6);
  assert.ok(summary.quantile(0.5) > 1e4, 'After a long silence only what is new counts');
});

test('Summary without observations has no quantiles', () => {
  assert.deepEqual(new Summary(1).format('s', '')[0], 's{quantile="0.5"} NaN');
});
