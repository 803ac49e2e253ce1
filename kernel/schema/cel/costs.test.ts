import assert from 'node:assert/strict';
import test from 'node:test';
import type { Json } from '../../meta/object.ts';
import {
  array,
  boolean,
  integer,
  intOrString,
  mapOf,
  number,
  object,
  type ObjectSchema,
  type Schema,
  string,
} from '../schema.ts';
import { compile } from './compile.ts';
import { typeOfRoot } from './schema-types.ts';

/**
 * What evaluations cost: the numbers kube-apiserver holds itself to, since a rule that fits its budget must go on fitting it
 * (facts of apiextensions-apiserver `schema/cel/celcoststability_test.go`).
 */

interface Costs {
  readonly schema: Readonly<Record<string, Schema>>;
  readonly self: Readonly<Record<string, Json>>;
  readonly rules: Readonly<Record<string, number>>;
}

function hold(name: string, { schema, self, rules }: Costs): void {
  test(`costs of ${name}`, () => {
    const type = typeOfRoot(object(schema) as ObjectSchema);
    for (const [rule, cost] of Object.entries(rules)) {
      for (const isTrusted of [true, false]) {
        const { program, errors } = compile(rule, { variables: { self: { type, isTrusted } }, mode: 'stored' });
        assert.equal(errors?.text, undefined);
        const outcome = program?.evaluate({ self }, 1e6);
        assert.equal(outcome?.error?.message ?? outcome?.value, true, rule);
        assert.equal(outcome?.cost, cost, rule);
      }
    }
  });
}

const time = string({ format: 'date-time' });
const text = string();

hold('scalars', {
  schema: {
    a: integer(),
    b: integer(),
    d: number(),
    e: number(),
    on: boolean(),
    t: time,
    k: string({ format: 'byte' }),
  },
  self: { a: 5, b: 5, d: 10, e: 10, on: true, t: '2011-08-18T19:03:37.010000000+01:00', k: 'QUI=' },
  rules: {
    'self.a == self.b': 5,
    'self.a == self.b && self.a == 5 && self.b == 5': 11,
    'type(self.a) == int': 4,
    'self.a + 1 == 5 + 1': 5,
    'self.d == 10.0': 3,
    'double(self.a) < self.d': 6,
    'self.a < int(self.d)': 6,
    'double(5) < 10.0': 1,
    'double(self.a) < 10.0': 4,
    'self.on == true': 3,
    "self.t == timestamp('2011-08-18T00:00:00.000+01:00') + duration('19h3m37s10ms')": 4,
    "self.t.getDate('01:00') == 18": 4,
    'type(self.t) == google.protobuf.Timestamp': 4,
    "self.k == b'AB'": 3,
    'size(self.k) == 2': 4,
  },
});

hold('texts', {
  schema: { a: text, state: string({ enum: ['Pending', 'Bound'] } as object) },
  self: { a: 'Rook takes 👑', state: 'Pending' },
  rules: {
    "self.a.startsWith('Rook')": 4,
    "self.a.matches('^[^0-9]*$')": 8,
    "!self.a.matches('^[0-9]*$')": 7,
    'size(self.a) == 12': 4,
    "self.a.charAt(3) == 'k'": 4,
    "self.a.indexOf('o') == 1": 4,
    "self.a.replace(' ', 'x') == 'Rookxtakesx👑'": 7,
    "self.a.split(' ') == ['Rook', 'takes', '👑']": 6,
    "self.a.substring(0, 4) == 'Rook'": 5,
    "self.a.substring(4, 10).trim() == 'takes'": 6,
    "self.a.upperAscii() == 'ROOK TAKES 👑'": 6,
    "self.state == 'Pending'": 3,
    "self.state in ['Pending', 'Available']": 2,
  },
});

hold('lists', {
  schema: {
    l: array(integer()),
    m: array(integer()),
    array: array(integer()),
    set: array(text, { listType: 'set' }),
    objs: array(array(object({ k: text, v: text }), { listType: 'map', listMapKeys: ['k'] })),
  },
  self: {
    l: [1, 2, 3],
    m: [1, 2, 3],
    array: [1, 1, 2, 2, 3, 3, 4, 5],
    set: ['a', 'b', 'c'],
    objs: [
      [
        { k: 'a', v: '1' },
        { k: 'b', v: '2' },
      ],
      [
        { k: 'b', v: '2' },
        { k: 'a', v: '1' },
      ],
      [
        { k: 'b', v: '3' },
        { k: 'a', v: '1' },
      ],
      [{ k: 'c', v: '4' }],
    ],
  },
  rules: {
    '1 in self.l': 5,
    'self.m[0] in self.l': 8,
    '!(0 in self.l)': 6,
    'self.l + self.m == [1, 2, 3, 1, 2, 3]': 6,
    'self.l + [4, 5] == [1, 2, 3, 4, 5]': 4,
    "self.set == ['c', 'b', 'a']": 3,
    "self.set + ['c', 'd'] == ['a', 'b', 'c', 'd']": 4,
    'self.objs[0] == self.objs[1]': 7,
    'self.objs[0] + self.objs[2] == self.objs[2]': 11,
    'self.objs[0] == [self.objs[0][0], self.objs[0][1]]': 22,
    'self.objs[2] + [self.objs[0][0], self.objs[0][1]] == self.objs[0]': 26,
    'size(self.objs[0] + [self.objs[3][0]]) == 3': 20,
    '2 in self.array': 10,
    'self.array.all(e, e > 0)': 43,
    'self.array.exists(e, e > 2)': 36,
    'self.array.exists_one(e, e > 4)': 22,
    '!self.array.all(e, e < 2)': 21,
    '!self.array.exists(e, e < 0)': 52,
    '!self.array.exists_one(e, e == 2)': 25,
    'size(self.array.filter(e, e%2 == 0)) == 3': 68,
    'self.array.map(e, e * 20).filter(e, e > 50).exists(e, e == 60)': 194,
  },
});

hold('maps and objects', {
  schema: {
    val: mapOf(integer()),
    m: mapOf({ ...text, nullable: true }),
    a: object({ b: integer(), c: integer(), d: { ...integer(), nullable: true } }),
    a1: object({ b1: object({ c1: integer() }), d2: object({ e2: integer() }) }),
    listMap: array(object({ k: text, v: text, v2: text }), { listType: 'map', listMapKeys: ['k'] }),
    embedded: { ...object({}), embeddedResource: true },
    none: { ...text, nullable: true },
  },
  self: {
    val: { b: 1, d: 2 },
    m: { a: null, b: 'not-nil' },
    a: { b: 1, d: null },
    a1: { b1: { c1: 4 } },
    listMap: [
      { k: 'a1', v: 'b1' },
      { k: 'a2', v: 'b2' },
      { k: 'a3', v: 'b3', v2: 'z' },
    ],
    embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'foo' } },
    none: null,
  },
  rules: {
    "'b' in self.val": 3,
    "!('a' in self.val)": 4,
    '!has(self.val.a)': 3,
    'has(self.val.b)': 2,
    'self.val.all(k, self.val[k] > 0)': 17,
    'self.val.exists_one(k, self.val[k] == 2)': 14,
    '!self.val.exists_one(k, self.val[k] > 0)': 17,
    'size(self.val.filter(k, self.val[k] > 1)) == 1': 26,
    "self.val == {'b': 1, 'd': 2}": 3,
    "type(self.m['a']) == null_type": 5,
    'has(self.a.b)': 2,
    // Fields that are null are absent, entries of maps are not.
    '!has(self.a.d)': 3,
    '!has(self.none)': 2,
    'has(self.a1.b1.c1)': 3,
    '!(has(self.a1.d2) && has(self.a1.d2.e2))': 3,
    'has(self.listMap[0].v)': 3,
    "self.listMap.all(m, m.k.startsWith('a'))": 21,
    "self.listMap.all(m, !has(m.v2) || m.v2 == 'z')": 21,
    "self.listMap.exists(m, m.k.endsWith('1'))": 13,
    "self.listMap.exists_one(m, m.k == 'a3')": 15,
    "!self.listMap.all(m, m.k.endsWith('1'))": 18,
    "!self.listMap.exists(m, m.v == 'x')": 25,
    "size(self.listMap.filter(m, m.k == 'a1')) == 1": 27,
    "self.listMap.exists(m, m.k == 'a1' && m.v == 'b1')": 16,
    "self.listMap.map(m, m.v).exists(v, v == 'b1')": 55,
    "self.listMap.exists(m, has(m.v2) && m.v2 == 'z')": 21,
    "!self.listMap.all(m, has(m.v2) && m.v2 != 'z')": 10,
    "self.listMap.exists_one(m, has(m.v2) && m.v2 == 'z')": 12,
    "self.listMap.filter(m, has(m.v2) && m.v2 == 'z').size() == 1": 24,
    "self.listMap.map(m, has(m.v2) && m.v2 == 'z', m.v2).size() == 1": 25,
    "self.listMap.filter(m, has(m.v2) && m.v2 == 'z').map(m, m.v2).size() == 1": 39,
    "self.listMap.exists(m, m.v2 == 'z')": 24,
    "!self.listMap.all(m, m.v2 != 'z')": 22,
    "self.embedded.metadata.name == 'foo'": 5,
    'type(self) == type(self)': 5,
    "type(self.val['b']) == type(self.val['d'])": 9,
  },
});

hold('values of any type', {
  schema: { something: intOrString(), min: intOrString(), current: integer(), available: integer() },
  self: { something: '25%', min: '50%', current: 5, available: 10 },
  rules: {
    "type(self.something) == int ? self.something == 1 : self.something == '25%'": 7,
    "type(self.something) == string && self.something == '25%'": 7,
    "self.something == 1 || self.something == '25%'": 6,
    "self.something == '25%' || self.something == 1": 3,
    "self.something != ['anything']": 3,
    "type(self.min) == string && self.min.matches(r'(\\d+(\\.\\d+)?%)')": 10,
    "type(self.min) == int ? self.current <= self.min : double(self.current) / double(self.available) >= double(self.min.replace('%', '')) / 100.0": 17,
  },
});

hold('optional values', {
  schema: { obj: object({ field: text, absentField: text }), m: mapOf(text), l: array(text) },
  self: { obj: { field: 'a' }, m: { k: 'v' }, l: ['a'] },
  rules: {
    "optional.of('a') != optional.of('b')": 3,
    "optional.of('a').hasValue()": 2,
    "optional.of('a').or(optional.of('a')).hasValue()": 2,
    "optional.none().or(optional.of('a')).hasValue()": 3,
    "optional.of('a').optMap(v, v == 'value').hasValue()": 8,
    "self.obj.?field == optional.of('a')": 5,
    'self.obj.?absentField == optional.none()': 4,
    "self.obj.?field.orValue('v') == 'a'": 4,
    "self.m[?'k'] == optional.of('v')": 5,
    "self.l[?0] == optional.of('a')": 5,
    'optional.ofNonZeroValue(1).hasValue()': 2,
  },
});
