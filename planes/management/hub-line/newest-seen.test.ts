import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NewestSeen } from './newest-seen.ts';

test('NewestSeen tells what was said earlier from what is news, per Work and session', () => {
  const seen = new NewestSeen();
  assert.equal(seen.isStale('a', '5'), false);
  seen.note('a', '7');
  seen.note('a', '6');
  assert.deepEqual([seen.isStale('a', '6'), seen.isStale('a', '7'), seen.isStale('b', '1')], [true, false, false]);
  seen.clear();
  assert.equal(seen.isStale('a', '1'), false);
});
