import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cloneJson, deepFreeze, jsonEquals } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch, diffMerge } from './merge-patch.ts';

const name = fc.constantFrom('a', 'b', 'c', 'a/b', '~', 'constructor');
const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y'), fc.boolean());

/** Values without null fields, which a merge patch cannot express. */
const { object } = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));
const { patch: mergePatch } = fc.letrec<{ value: Json; patch: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.constant(null), fc.array(scalar, { maxLength: 2 }), tie('patch')),
  patch: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

test('a merge patch applied twice changes nothing more', () => {
  fc.assert(
    fc.property(object, mergePatch, (target, patch) => {
      const once = applyMergePatch(deepFreeze(target), deepFreeze(patch));
      assert.equal(applyMergePatch(once, patch), once);
    }),
  );
});

test('the difference of two objects applied to one gives the other', () => {
  fc.assert(
    fc.property(object, object, (before, after) => {
      const patch = diffMerge(deepFreeze(before), deepFreeze(after));
      assert.deepEqual(applyMergePatch(before, patch ?? {}), after);
      assert.equal(patch === undefined, jsonEquals(before, after));
    }),
  );
});

const pointer = (path: readonly string[]) =>
  path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

test('a JSON patch that sets a field and removes it again changes nothing', () => {
  fc.assert(
    fc.property(object, name, object, (target, field, value) => {
      fc.pre(!Object.hasOwn(target, field));
      const path = pointer([field]);
      const patch = [
        { op: 'add', path, value },
        { op: 'test', path, value },
        { op: 'add', path: `${path}/z`, value: 1 },
        { op: 'move', from: path, path: '/moved' },
        { op: 'remove', path: '/moved' },
      ];
      const copy = cloneJson(target);
      assert.deepEqual(applyJsonPatch(deepFreeze(target), deepFreeze(patch)), copy);
    }),
  );
});
