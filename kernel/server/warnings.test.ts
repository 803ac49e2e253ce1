import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatWarnings } from './warnings.ts';

test('formatWarnings() quotes texts, keeps UTF-8 and stops at 4,096 characters', () => {
  assert.equal(formatWarnings(['a "b" \\ c', 'line\none']), String.raw`299 - "a \"b\" \\ c", 299 - "line one"`);
  assert.equal(Buffer.from(formatWarnings(['größe']), 'latin1').toString('utf8'), '299 - "größe"');
  assert.equal(formatWarnings(['x'.repeat(4_000), 'y'.repeat(200), 'z']).includes('y'), false);
});
