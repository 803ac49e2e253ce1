import assert from 'node:assert/strict';
import test from 'node:test';
import { array, boolean, intOrString, mapOf, number, object, required, type Schema, string } from '../schema.ts';
import { compile } from './compile.ts';
import { typeOfSchema } from './schema-types.ts';
import { types } from './types.ts';

/**
 * Estimates of costs: the numbers of kube-apiserver, which decide whether a definition is accepted (facts of
 * apiextensions-apiserver `schema/cel/compilation_test.go`).
 */

type Bounded = (max: number | undefined) => Schema;

const listOf =
  (items: Schema): Bounded =>
  (max) =>
    array(items, max === undefined ? {} : { maxItems: max });
const mapTo =
  (values: Schema): Bounded =>
  (max) =>
    mapOf(values, max === undefined ? {} : { rules: { maxProperties: max } });
const text = (max: number | undefined, more: object = {}) =>
  string(max === undefined ? more : { ...more, maxLength: max });
const anyNumber = number();
const duration = string({ rules: { format: 'duration' } });
const date = string({ rules: { format: 'date' } });
const time = string({ format: 'date-time' });
const pair = object({ required: required(string()), optional: string() });

const all = 'self.all(x, true)';

const cases: readonly (readonly [
  schema: Bounded,
  rule: string,
  unbounded: number | 'too much',
  max: number,
  bounded: number,
])[] = [
  [listOf(anyNumber), all, 4_718_591, 10, 32],
  [listOf(string()), all, 3_145_727, 20, 62],
  [listOf(boolean()), all, 1_887_437, 5, 17],
  [listOf(array(anyNumber)), all, 3_145_727, 100, 302],
  [listOf(pair), 'self.all(x, has(x.optional) == has(x.required))', 1_110_254, 50, 302],
  [listOf(object({ required: required(string()), optional: string() })), all, 555_128, 50, 152],
  [mapTo(anyNumber), all, 1_348_169, 10, 32],
  [mapTo(string()), all, 1_179_647, 3, 11],
  [mapTo(boolean()), all, 943_718, 100, 302],
  [text, "self.contains('test')", 314_574, 10, 5],
  [text, "self.startsWith('test')", 2, 15, 2],
  [text, "self.endsWith('test')", 2, 30, 2],
  [text, 'size(self + "hello") > size("hello")', 314_578, 4, 7],
  [listOf(anyNumber), 'self[1] == 0.0', 2, 5000, 2],
  [listOf(string()), 'self[1] == self[1]', 314_577, 8, 314_577],
  [listOf(anyNumber), 'self.all(x, self.all(y, true))', 'too much', 10, 352],
  [listOf(anyNumber), 'self.all(x, self.all(y, self.all(z, true)))', 'too much', 10, 3552],
  [text, 'self.matches("x")', 314_574, 50, 22],
  [text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  [text, 'self.matches("")', 1, 100, 1],
  [(max) => mapTo(text(max))(max), 'self.all(x, x.contains(self[x]))', 2_752_507, 10, 72],
  [listOf(anyNumber), 'self[3] == 0.0', 2, 0, 2],
  [mapTo(anyNumber), 'self["x"] == 0.0', 2, 0, 2],
  [text, 'self == "x"', 2, 0, 1],
  [(max) => text(max, { format: 'byte' }), 'self == b"x"', 2, 0, 1],
  [listOf(anyNumber), 'self.all(x, x == 0.0)', 6_291_454, 3 * 1024 * 2048, 25_165_826],
  [(max) => listOf(mapTo(pair)(max))(max), 'self.all(x, x["y"].required == "z")', 7_340_027, 10, 72],
  [(max) => array(mapTo(pair)(max)), 'self.all(x, x["y"].required == "z")', 7_340_027, 10, 7_340_027],
  [listOf(intOrString()), all, 4_718_591, 10, 32],
  [listOf(intOrString()), 'self[0] == 5', 3, 10, 3],
  [listOf(boolean()), 'self[0] == false', 2, 25, 2],
  [listOf(pair), 'self[0] == null', 2, 422, 2],
  [listOf(array(anyNumber)), 'self[0][0] == -1.0', 3, 51, 3],
  [listOf(mapOf(anyNumber)), 'self.all(x, x.y == 25.2)', 6_291_452, 12, 74],
  [listOf(mapOf(anyNumber)), 'self[0].x > 2.0', 4, 3000, 4],
  [listOf(duration), all, 2_359_295, 5, 17],
  [listOf(duration), 'self[0].getHours() == 2', 4, 525, 4],
  [listOf(date), all, 725_936, 15, 47],
  [listOf(time), all, 428_963, 25, 77],
  [mapTo(intOrString()), all, 1_348_169, 15, 47],
  [mapTo(pair), all, 428_963, 20, 62],
  [mapTo(mapOf(anyNumber)), all, 1_179_647, 10, 32],
  [mapTo(array(anyNumber)), all, 1_179_647, 25, 77],
  [mapTo(duration), all, 1_048_577, 5, 17],
  [mapTo(date), all, 524_288, 10, 32],
  [mapTo(time), all, 349_526, 25, 77],
  [text, "self.find('[0-9]+') == ''", 629_147, 10, 11],
  [(max) => listOf(text(max))(max), "self.join(' ') == 'aa bb'", 329_853_068_905, 10, 43],
  [(max) => listOf(text(max))(max), 'self.isSorted() == true', 329_854_432_052, 10, 52],
  [
    (max) => object({ str: text(max), before: text(2), after: text(4) }),
    "self.str.replace(self.before, self.after) == 'does not matter'",
    629_154,
    4,
    12,
  ],
  [(max) => object({ str: text(max), separator: text(max) }), 'self.str.split(self.separator) == []', 629_160, 10, 22],
  [text, "self.lowerAscii() == 'lower!'", 314_575, 10, 6],
  [mapTo(string()), 'oldSelf.size() == self.size()', 5, 10, 5],
  [mapTo(time), 'self["a"] == self["b"]', 8, 7, 8],
  [mapTo(duration), 'self["c"] == self["d"]', 8, 42, 8],
  [text, "isURL(self) && isURL('http://' + self)", 314_578, 10, 9],
  [listOf(text(64)), "self.sort()[0] == 'a'", 2_308_970_014_327, 100, 21_014],
  [text, "ip(self) == ip('1.1.1.1')", 314_576, 10, 7],
  [
    (max) => object({ list: array(text(max), { maxItems: 256 }) }),
    "(has(self.list) ? self.list : []).exists(x, x.contains('/'))",
    1292,
    64,
    1292,
  ],
];

function estimate(schema: Schema, rule: string): number | undefined {
  const variable = { type: typeOfSchema(schema) ?? types.dyn, isTrusted: true };
  const { program, errors } = compile(rule, { variables: { self: variable, oldSelf: variable } });
  assert.equal(errors?.text, undefined);
  return program?.cost.max;
}

test('estimates are those of kube-apiserver', () => {
  for (const [schema, rule, unbounded, max, bounded] of cases) {
    const found = estimate(schema(undefined), rule);
    if (unbounded === 'too much') assert.ok((found ?? 0) > 1e9, rule);
    else assert.equal(found, unbounded, `${rule}, unbounded`);
    assert.equal(estimate(schema(max), rule), bounded, `${rule}, at most ${max}`);
  }
});
