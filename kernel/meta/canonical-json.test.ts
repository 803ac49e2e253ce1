import assert from 'node:assert/strict';
import test from 'node:test';
import { canonicalJson } from './canonical-json.ts';

test('canonicalJson() writes equal values alike', async (t) => {
  const cases = [
    {
      name: 'field order does not matter',
      value: { b: 1, a: { d: [2, { y: 1, x: 0 }], c: null } },
      want: '{"a":{"c":null,"d":[2,{"x":0,"y":1}]},"b":1}',
    },
    { name: 'undefined fields are left out', value: { a: undefined, b: 'x' }, want: '{"b":"x"}' },
    { name: 'text is escaped as JSON does', value: ['\n"é'], want: '["\\n\\"é"]' },
  ];
  for (const c of cases) await t.test(c.name, () => assert.equal(canonicalJson(c.value), c.want));
});
