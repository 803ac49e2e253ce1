import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepFreeze } from '../../meta/json.ts';
import type { Json } from '../../meta/object.ts';
import { applyMergePatch, diffMerge } from './merge-patch.ts';

test('applyMergePatch() gives the results of RFC 7396 appendix A', async (t) => {
  const cases: readonly (readonly [Json, Json, Json])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, want] of cases) {
    await t.test(`${JSON.stringify(target)} with ${JSON.stringify(patch)}`, () => {
      assert.deepEqual(applyMergePatch(deepFreeze(target), deepFreeze(patch)), want);
    });
  }
});

test('applyMergePatch() returns the target itself when nothing changes', () => {
  const target = { a: { b: [1, { c: 2 }] }, d: 'x' };
  assert.equal(applyMergePatch(target, { a: { b: [1, { c: 2 }] }, d: 'x', e: null }), target);
  const changed = applyMergePatch(target, { d: 'y' }) as typeof target;
  assert.equal(changed.a, target.a);
});

test('applyMergePatch() never reads inherited fields', () => {
  assert.deepEqual(applyMergePatch({}, { constructor: { a: 1 }, toString: null }), { constructor: { a: 1 } });
});

test('diffMerge() says what changed', () => {
  assert.equal(diffMerge({ a: 1, u: undefined }, { a: 1, v: undefined }), undefined);
  assert.deepEqual(diffMerge({ a: 1, b: { c: 1, d: 2 } }, { b: { c: 1, d: 3, e: [] } }), {
    a: null,
    b: { d: 3, e: [] },
  });
});
