import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { array, boolean, integer, mapOf, number, object, string } from '../schema.ts';
import { compile, type Environment, type Outcome } from './compile.ts';
import { equals } from './operators.ts';
import { typeOfSchema } from './schema-types.ts';
import { types } from './types.ts';
import { CelError, typeNameOf } from './values.ts';

const schema = object({
  a: integer(),
  b: integer(),
  d: number(),
  on: boolean(),
  s: string({ maxLength: 12 }),
  t: string({ format: 'date-time' }),
  l: array(integer(), { maxItems: 6 }),
  texts: array(string({ maxLength: 8 }), { maxItems: 5, listType: 'set' }),
  m: mapOf(integer(), { rules: { maxProperties: 4 } }),
  o: object({ x: integer(), y: string({ maxLength: 6 }) }),
});
const selfType = typeOfSchema(schema) ?? types.dyn;

const environmentOf = (isTrusted: boolean): Environment => ({
  variables: { self: { type: selfType, isTrusted }, any: { type: types.dyn } },
  mode: 'stored',
});

const small = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.maxSafeInteger());
const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '-', ' '), maxLength: Math.floor(maxLength / 2) });
const selfValue = fc.record(
  {
    a: small,
    b: small,
    d: fc.double({ noNaN: true, noDefaultInfinity: true }),
    on: fc.boolean(),
    s: text(12),
    t: fc.constantFrom('2024-02-29T12:00:00Z', '1970-01-01T00:00:00.5+01:00'),
    l: fc.array(small, { maxLength: 6 }),
    texts: fc.uniqueArray(text(8), { maxLength: 5 }),
    m: fc.dictionary(fc.constantFrom('k', 'toString', 'x'), small, { maxKeys: 3, noNullPrototype: true }),
    o: fc.record({ x: small, y: text(6) }, { requiredKeys: [], noNullPrototype: true }),
  },
  { requiredKeys: ['a', 's'], noNullPrototype: true },
);

/** Expressions by type; most of them compile. */
const { int, flag, str, list } = fc.letrec<{ int: string; flag: string; str: string; list: string }>((tie) => ({
  int: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('self.a', 'self.b', 'self.o.x', '1', '0', '-7', '9223372036854775807', 'self.m.k', 'self.s.size()'),
    fc.tuple(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('flag'), tie('int'), tie('int')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie('list'), tie('int')).map(([a, b]) => `${a}[${b}]`),
    fc.tuple(tie('list'), fc.constantFrom('size()', 'sum()', 'max()', 'indexOf(1)')).map(([a, b]) => `${a}.${b}`),
    tie('str').map((a) => `${a}.size()`),
    tie('int').map((a) => `int(dyn(${a}))`),
    tie('int').map((a) => `cel.bind(v, ${a}, v + v)`),
  ),
  flag: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      'true',
      'self.on',
      'has(self.o.y)',
      'has(self.m.toString)',
      "('k' in self.m)",
      "(self.t < timestamp('2025-01-01T00:00:00Z'))",
      'any',
    ),
    fc
      .tuple(tie('int'), fc.constantFrom('<', '<=', '==', '!=', '>'), tie('int'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('str'), fc.constantFrom('<', '==', '!='), tie('str')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('flag'), fc.constantFrom('&&', '||'), tie('flag')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('flag').map((a) => `!(${a})`),
    fc
      .tuple(tie('list'), fc.constantFrom('all', 'exists', 'exists_one'), tie('flag'))
      .map(([a, f, b]) => `${a}.${f}(e, e > 0 && ${b})`),
    fc
      .tuple(tie('str'), fc.constantFrom('contains', 'startsWith', 'matches'), tie('str'))
      .map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} == ${b})`),
    fc.tuple(tie('int'), tie('list')).map(([a, b]) => `(${a} in ${b})`),
    tie('str').map((a) => `(self.texts == self.texts + [${a}])`),
  ),
  str: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('self.s', 'self.o.y', "'a'", "'😀b'", "''", "self.texts.join(',')", 'string(self.t)'),
    fc.tuple(tie('str'), tie('str')).map(([a, b]) => `(${a} + ${b})`),
    tie('int').map((a) => `string(${a})`),
    fc
      .tuple(
        tie('str'),
        fc.constantFrom('lowerAscii()', 'trim()', "replace('a', 'bb')", 'reverse()', 'substring(1)', 'charAt(0)'),
      )
      .map(([a, b]) => `${a}.${b}`),
    fc.tuple(tie('str'), tie('int')).map(([a, b]) => `'%s %d'.format([${a}, ${b}])`),
  ),
  list: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('self.l', '[]', '[1, 2]', 'self.texts.map(x, x.size())', 'self.m.map(k, self.m[k])'),
    fc.tuple(tie('list'), tie('int')).map(([a, b]) => `${a}.map(e, e + ${b})`),
    fc.tuple(tie('list'), tie('flag')).map(([a, b]) => `${a}.filter(e, ${b})`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} + ${b})`),
    tie('int').map((a) => `[${a}]`),
  ),
}));
const expression = fc.oneof(flag, int, str, list);

function isSame(a: Outcome, b: Outcome): boolean {
  if (a.error !== undefined || b.error !== undefined) return (a.error === undefined) === (b.error === undefined);
  return typeNameOf(a.value) === typeNameOf(b.value) && equals(a.value, b.value);
}

const runs = { numRuns: 400 };

test('evaluations end in a value or a CelError, and cost no more than was estimated', () => {
  fc.assert(
    fc.property(expression, selfValue, fc.boolean(), (source, self, any) => {
      const { program, errors } = compile(source, environmentOf(true));
      assert.equal(errors?.text, undefined);
      const outcome = program?.evaluate({ self, any }, 1e9);
      assert.ok(outcome !== undefined && (outcome.error === undefined || outcome.error instanceof CelError));
      // Upstream takes comparing numbers of a schema for free in estimates, not in evaluations; reading both costs 2 at least.
      const max = (program?.cost.max ?? 0) * 1.5;
      assert.ok(outcome.cost <= max, `${outcome.cost} > ${max}: ${source}`);
    }),
    runs,
  );
});

test('what is known of types changes the code, never the outcome', () => {
  fc.assert(
    fc.property(expression, selfValue, fc.boolean(), (source, self, any) => {
      const [quick, careful] = [true, false].map((isTrusted) =>
        compile(source, environmentOf(isTrusted)).program?.evaluate({ self, any }, 1e9),
      );
      assert.ok(quick !== undefined && careful !== undefined);
      assert.ok(isSame(quick, careful), source);
    }),
    runs,
  );
});

test('values that do not follow the schema never make an evaluation throw', () => {
  fc.assert(
    fc.property(
      expression,
      fc.jsonValue({ maxDepth: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 's', 'l', 'm', 'o', 't'), fc.jsonValue(), { noNullPrototype: true }),
      (source, odd, self) => {
        const { program } = compile(source, environmentOf(true));
        for (const value of [odd, self]) program?.evaluate({ self: value, any: odd }, 1e6);
      },
    ),
    runs,
  );
});

test('no expression outlives its budget', () => {
  fc.assert(
    fc.property(expression, selfValue, fc.integer({ min: 0, max: 60 }), (source, self, costMax) => {
      const outcome = compile(source, environmentOf(true)).program?.evaluate({ self, any: true }, costMax);
      if (outcome !== undefined && outcome.cost > costMax) assert.ok(outcome.error !== undefined, source);
    }),
    runs,
  );
});

const words =
  "self any . a ( ) [ ] { } , : ? ?. + - * / % ! && || == != < <= in true null 1 1u 1.5 'x' b'y' has all map x exists cel bind dyn type timestamp matches ( ) .".split(
    ' ',
  );

test('reading never fails in any other way than with issues', () => {
  const soup = fc.array(fc.constantFrom(...words), { maxLength: 25 }).map((list) => list.join(' '));
  fc.assert(
    fc.property(
      fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 60 })),
      (source) => {
        const { program, errors } = compile(source, environmentOf(true));
        if (errors !== undefined) assert.match(errors.text, /^ERROR: <input>:\d+:\d+: /);
        else program?.evaluate({ self: { a: 1 }, any: [1] }, 1e5);
      },
    ),
    { numRuns: 2000 },
  );
});
