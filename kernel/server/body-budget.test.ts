import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBudget, BodyShare } from './body-budget.ts';

test('BodyShare takes from all budgets or from none, and gives back what it took', () => {
  const [all, connection] = [new BodyBudget(100), new BodyBudget(60)];
  const first = new BodyShare([all, connection]);
  assert.equal(first.take(50), true);
  assert.equal(first.take(20), false, 'the connection has 10 left');
  const other = new BodyShare([all]);
  assert.equal(other.take(51), false);
  assert.equal(other.take(50), true);
  assert.equal(first.take(1), false, 'nothing is left for anyone');
  other[Symbol.dispose]();
  assert.equal(first.take(10), true);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.equal(new BodyShare([all, connection]).take(60), true);
});
