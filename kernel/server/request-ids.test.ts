import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { RequestIds } from './request-ids.ts';

test('next() gives UUIDs that are different from each other and from those of another start', () => {
  const [one, other] = [new RequestIds(seededRandom(1)), new RequestIds(seededRandom(2))];
  const ids = [one.next(), one.next(), other.next()];
  assert.equal(new Set(ids).size, 3);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
