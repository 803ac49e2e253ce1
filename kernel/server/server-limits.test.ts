import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import { UserBudgets } from './body-budget.ts';
import { WatchCounts } from './server-limits.ts';

test('WatchCounts bounds the watches of a user, and those of all', () => {
  const counts = new WatchCounts({ watchesPerUserMax: 2, watchesMax: 3 });
  const open = (name: string) => counts.open({ name, groups: [] });
  const isRefused = (error: unknown) => isApiError(error, 'TooManyRequests') && error.details.retryAfterSeconds === 10;
  const [first] = [open('eve'), open('eve')];
  assert.throws(() => open('eve'), isRefused);
  open('bob');
  assert.throws(() => open('bob'), isRefused);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.equal(counts.total, 2);
  open('bob');
  assert.equal(counts.total, 3);
});

test('UserBudgets bounds what each user has in memory', () => {
  const budgets = new UserBudgets(100);
  assert.ok(budgets.take('eve', 80));
  assert.ok(!budgets.take('eve', 30));
  assert.ok(budgets.take('bob', 30));
  budgets.giveBack('eve', 80);
  assert.ok(budgets.take('eve', 100));
});
