import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from './errors.ts';
import { cloneJson, deepFreeze, encodeJson, isRawNumber, jsonDepthMax, jsonEquals, parseJson } from './json.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('parseJson() reports duplicate fields with their paths', async (t) => {
  const cases = [
    { text: '{"a":1,"b":{"a":2}}', want: [] },
    { text: '{"spec":{"size":1,"size":2}}', want: ['spec.size'] },
    {
      text: '{ "spec" : { "l" : [ {} , { "x\\u0061" : [1, 2] , "xa" : "q\\"{" , "y":[] } ] } , "spec" : 1 }',
      want: ['spec.l[1].xa', 'spec'],
    },
    { text: '[{"a":"\\\\","a":""},[],{"a":1}]', want: ['[0].a'] },
    { text: '{"a":1,"a":1,"a":1}', want: ['a'] },
    { text: '"a:b"', want: [] },
  ];
  for (const c of cases) {
    await t.test(c.text, () => {
      assert.deepEqual(parseJson(c.text).duplicateFields, c.want);
      assert.deepEqual(parseJson(utf8(c.text)).value, JSON.parse(c.text));
    });
  }
});

test('parseJson() keeps integers beyond 2^53 exactly', () => {
  const text =
    '{"big":12345678901234567890,"list":[-9223372036854775808,9007199254740991],"f":1.2345678901234567,"s":"1234567890123456789"}';
  const value = parseJson(text).value as Record<string, unknown>;
  assert.ok(isRawNumber(value['big']));
  assert.equal(typeof value['f'], 'number');
  assert.equal(new TextDecoder().decode(encodeJson(cloneJson(value))), text);
  assert.deepEqual(parseJson(text).duplicateFields, []);
  assert.ok(jsonEquals(value, parseJson(text).value));
});

test('parseJson() refuses what the API cannot hold', async (t) => {
  const deep = '['.repeat(jsonDepthMax + 1) + ']'.repeat(jsonDepthMax + 1);
  const cases = [
    { name: 'broken text', input: '{"a":', reason: 'BadRequest' },
    { name: 'no text', input: '', reason: 'BadRequest' },
    { name: 'two texts', input: '{} {}', reason: 'BadRequest' },
    { name: 'bad UTF-8', input: Uint8Array.of(0x22, 0xff, 0x22), reason: 'BadRequest' },
    { name: 'too deep', input: deep, reason: 'BadRequest' },
    {
      name: 'too deep with long integers',
      input: `[1234567890123456789,${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
      reason: 'BadRequest',
    },
    { name: 'a number that would be infinite', input: '{"a":[-1e400]}', reason: 'BadRequest' },
    { name: 'prototype', input: '{"a":{"__proto__":{}}}', reason: 'BadRequest' },
    { name: 'escaped prototype', input: '{"\\u005f_proto__":{}}', reason: 'BadRequest' },
    { name: 'too large', input: `"${'x'.repeat(100)}"`, reason: 'RequestEntityTooLarge' },
  ];
  for (const c of cases) {
    await t.test(c.name, () => {
      assert.throws(
        () => parseJson(c.input, c.name === 'too large' ? { bytesMax: 100 } : {}),
        (error) => error instanceof ApiError && error.reason === c.reason,
      );
    });
  }
});

test('jsonEquals() ignores field order and undefined fields', () => {
  assert.ok(jsonEquals({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }));
  assert.ok(jsonEquals({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(!jsonEquals({ a: 1 }, { a: 1, b: null }));
  assert.ok(!jsonEquals([1, 2], [2, 1]));
  assert.ok(!jsonEquals({}, []));
  assert.ok(!jsonEquals({ toString: 1 }, {}));
  assert.ok(!jsonEquals({}, { constructor: 1 }));
});

test('deepFreeze() and cloneJson() are opposite', () => {
  const frozen = deepFreeze({ a: [{ b: 1 }], u: undefined });
  assert.ok(Object.isFrozen(frozen.a[0]));
  const copy = cloneJson(frozen);
  assert.deepEqual(copy, { a: [{ b: 1 }] });
  assert.ok(!Object.isFrozen(copy) && !Object.isFrozen(copy.a[0]));
});
