import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCount } from './count.ts';

test('formatCount() agrees in number', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => formatCount(count, 'object')),
    ['0 objects', '1 object', '2 objects'],
  );
  assert.equal(formatCount(2, 'has', 'have'), '2 have');
});
