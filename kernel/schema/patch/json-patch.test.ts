import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../../meta/errors.ts';
import { deepFreeze } from '../../meta/json.ts';
import type { Json } from '../../meta/object.ts';
import { applyJsonPatch } from './json-patch.ts';

test('applyJsonPatch() gives the results of RFC 6902 appendix A', async (t) => {
  const cases: readonly (readonly [string, Json, Json, Json])[] = [
    ['A.1 add a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [
      'A.2 add an item',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['A.3 remove a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['A.4 remove an item', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [
      'A.5 replace',
      { baz: 'qux', foo: 'bar' },
      [{ op: 'replace', path: '/baz', value: 'boo' }],
      { baz: 'boo', foo: 'bar' },
    ],
    [
      'A.6 move a member',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7 move an item',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'A.8 test',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'A.10 add a nested member',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    [
      'A.11 ignore unknown elements',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
      { foo: 'bar', baz: 'qux' },
    ],
    ['A.14 escapes', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [
      'A.16 append',
      { foo: ['bar'] },
      [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
      { foo: ['bar', ['abc', 'def']] },
    ],
    [
      'copy does not share',
      { a: { b: 1 } },
      [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'replace', path: '/c/b', value: 2 },
      ],
      { a: { b: 1 }, c: { b: 2 } },
    ],
    [
      'the whole document',
      { a: 1 },
      [
        { op: 'replace', path: '', value: { b: 1 } },
        { op: 'add', path: '/c', value: 2 },
      ],
      { b: 1, c: 2 },
    ],
    // evanphx/json-patch v4, which kube-apiserver uses for patches of clients, webhooks and policies.
    ['what is not there is replaced', { a: {} }, [{ op: 'replace', path: '/a/b', value: 1 }], { a: { b: 1 } }],
    ['a copy of what is not there is null', { a: {} }, [{ op: 'copy', from: '/a/b', path: '/c' }], { a: {}, c: null }],
    [
      'absence tests as null',
      { metadata: {} },
      [{ op: 'test', path: '/metadata/deletionTimestamp', value: null }],
      { metadata: {} },
    ],
    [
      'managed fields are cleared',
      { metadata: { managedFields: [{}, {}] } },
      [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }],
      { metadata: { managedFields: [{}] } },
    ],
  ];
  for (const [name, target, patch, want] of cases) {
    await t.test(name, () => assert.deepEqual(applyJsonPatch(deepFreeze(target), deepFreeze(patch)), want));
  }
});

test('applyJsonPatch() tells malformed patches from those that do not fit', async (t) => {
  const target = deepFreeze({ a: { b: 1 }, list: [1], baz: 'qux' });
  const cases: readonly (readonly [string, Json, string])[] = [
    ['A.9 failed test', [{ op: 'test', path: '/baz', value: 'bar' }], 'Invalid'],
    ['A.12 missing parent', [{ op: 'add', path: '/x/bat', value: 1 }], 'Invalid'],
    ['A.15 numbers are not texts', [{ op: 'test', path: '/a/b', value: '1' }], 'Invalid'],
    ['remove nothing', [{ op: 'remove', path: '/x' }], 'Invalid'],
    ['replace in nothing', [{ op: 'replace', path: '/x/y', value: 1 }], 'Invalid'],
    ['test in nothing', [{ op: 'test', path: '/x/y', value: null }], 'Invalid'],
    ['replace past the end', [{ op: 'replace', path: '/list/-', value: 1 }], 'Invalid'],
    ['parent is a scalar', [{ op: 'add', path: '/baz/x', value: 1 }], 'Invalid'],
    ['index too large', [{ op: 'add', path: '/list/2', value: 1 }], 'Invalid'],
    ['leading zero', [{ op: 'add', path: '/list/01', value: 1 }], 'Invalid'],
    ['remove past the end', [{ op: 'remove', path: '/list/-' }], 'Invalid'],
    ['move into itself', [{ op: 'move', from: '/a', path: '/a/b' }], 'Invalid'],
    ['copy from nothing', [{ op: 'copy', from: '/x/z', path: '/y' }], 'Invalid'],
    ['inherited field', [{ op: 'copy', from: '/constructor/name', path: '/y' }], 'Invalid'],
    ['prototype', [{ op: 'add', path: '/__proto__/x', value: 1 }], 'BadRequest'],
    ['not a list', { op: 'add' }, 'BadRequest'],
    ['unknown operation', [{ op: 'put', path: '/a', value: 1 }], 'Invalid'],
    ['no value', [{ op: 'add', path: '/a' }], 'BadRequest'],
    ['no path', [{ op: 'remove' }], 'Invalid'],
    ['operation is no text', [{ op: 5, path: '/a' }], 'BadRequest'],
    ['relative path', [{ op: 'remove', path: 'a' }], 'BadRequest'],
    ['bad escape', [{ op: 'remove', path: '/~2' }], 'BadRequest'],
    ['no from', [{ op: 'move', path: '/a' }], 'BadRequest'],
    [
      'too many',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/baz', value: 'qux' })),
      'RequestEntityTooLarge',
    ],
    [
      'copies without end',
      Array.from({ length: 100 }, (_, i) => ({ op: 'copy', from: '', path: `/c${i}` })),
      'Invalid',
    ],
  ];
  for (const [name, patch, reason] of cases) {
    await t.test(name, () => {
      assert.throws(
        () => applyJsonPatch(target, patch),
        (error) => isApiError(error) && error.reason === reason,
      );
    });
  }
});
