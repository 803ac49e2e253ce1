import assert from 'node:assert/strict';
import test from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import { compileObjectSchema } from '../compile.ts';
import { loadExpressions } from '../expressions.ts';
import {
  array,
  boolean,
  integer,
  intOrString,
  mapOf,
  object,
  type ObjectSchema,
  required,
  type Schema,
  string,
  type ValidationRule,
} from '../schema.ts';

/** Rules of custom resources as objects are written (Kubernetes docs, "Custom Resources: Validation rules"; KEP-4008). */

await loadExpressions();

interface Checked {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Checks objects of a kind. */
function checker(spec: Schema, root: readonly ValidationRule[] = []) {
  const schema: ObjectSchema = { ...object({ spec }), ...(root.length === 0 ? {} : { validations: root }) };
  const compiled = compileObjectSchema({ name: 'v1', served: true, schema, columns: [] });
  const whole = (value: unknown, name = 'web') => ({ apiVersion: 'a/v1', kind: 'A', metadata: { name }, spec: value });
  return {
    create: (value: unknown, name?: string): readonly string[] =>
      compiled.validate(whole(value, name)).map(formatFieldError),
    update: (old: unknown, value: unknown): Checked => {
      const warnings: string[] = [];
      const change = { old: whole(old), warn: (text: string) => warnings.push(text) };
      return { errors: compiled.validate(whole(value), change).map(formatFieldError), warnings };
    },
  };
}

function ruled<S extends Schema>(schema: S, ...validations: readonly (string | ValidationRule)[]): S {
  return { ...schema, validations: validations.map((rule) => (typeof rule === 'string' ? { rule } : rule)) };
}

const scale = object({ minReplicas: integer(), replicas: integer(), maxReplicas: integer() });

test('a rule that is false is an error at its place, with the text of Kubernetes', () => {
  const { create } = checker(ruled(scale, 'self.minReplicas <= self.replicas', 'self.replicas <= self.maxReplicas'));
  assert.deepEqual(create({ minReplicas: 1, replicas: 2, maxReplicas: 3 }), []);
  assert.deepEqual(create({ minReplicas: 3, replicas: 2, maxReplicas: 1 }), [
    'spec: Invalid value: failed rule: self.minReplicas <= self.replicas',
    'spec: Invalid value: failed rule: self.replicas <= self.maxReplicas',
  ]);
  assert.deepEqual(create({ minReplicas: 3 }), [
    'spec: Invalid value: "object": no such key: replicas evaluating rule: self.minReplicas <= self.replicas',
    'spec: Invalid value: "object": no such key: replicas evaluating rule: self.replicas <= self.maxReplicas',
  ]);
});

test('message, messageExpression, reason and fieldPath shape the error', () => {
  const { create } = checker(
    ruled(
      scale,
      { rule: 'self.replicas != 1', message: ' not one ' },
      { rule: 'self.replicas != 2', messageExpression: "'not ' + string(self.replicas)", fieldPath: '.replicas' },
      { rule: 'self.replicas != 3', reason: 'FieldValueForbidden', message: 'no', fieldPath: '.replicas' },
      { rule: 'self.replicas != 4', reason: 'FieldValueRequired', fieldPath: '.maxReplicas', message: 'needs a limit' },
      { rule: 'self.replicas != 5', reason: 'FieldValueDuplicate' },
      // A message that cannot be made is none.
      { rule: 'self.replicas != 6', messageExpression: 'string(self.replicas / 0)', message: 'not six' },
      { rule: 'self.replicas != 7', messageExpression: "'\\n'" },
    ),
  );
  const expected = [
    'spec: Invalid value: not one',
    'spec.replicas: Invalid value: not 2',
    'spec.replicas: Forbidden: no',
    'spec.maxReplicas: Required value: needs a limit',
    'spec: Duplicate value',
    'spec: Invalid value: not six',
    'spec: Invalid value: failed rule: self.replicas != 7',
  ];
  expected.forEach((text, index) => assert.deepEqual(create({ replicas: index + 1 }), [text]));
});

test('rules stand at any place; self is what is there', () => {
  const { create } = checker(
    object({
      name: ruled(string(), "self.startsWith('a')"),
      on: ruled(boolean(), 'self'),
      list: ruled(array(ruled(integer(), 'self > 0')), 'self.size() < 3'),
      map: mapOf(ruled(string(), "self != ''")),
      any: ruled(intOrString(), "type(self) == int ? self < 10 : self.endsWith('%')"),
    }),
    [{ rule: "self.metadata.name == 'web' && self.kind == 'A'" }],
  );
  assert.deepEqual(create({ name: 'a', on: true, list: [1], map: { k: 'v' }, any: '5%' }), []);
  assert.deepEqual(create({ name: 'b', on: false, list: [0, 1, 2], map: { 'x.y': '' }, any: 10 }, 'db'), [
    `<nil>: Invalid value: failed rule: self.metadata.name == 'web' && self.kind == 'A'`,
    `spec.name: Invalid value: "b": failed rule: self.startsWith('a')`,
    'spec.on: Invalid value: false: failed rule: self',
    'spec.list: Invalid value: failed rule: self.size() < 3',
    'spec.list[0]: Invalid value: 0: failed rule: self > 0',
    `spec.map[x.y]: Invalid value: "": failed rule: self != ''`,
    `spec.any: Invalid value: 10: failed rule: type(self) == int ? self < 10 : self.endsWith('%')`,
  ]);
});

test('values have the types of their formats', () => {
  const { create } = checker(
    ruled(
      object({
        at: string({ format: 'date-time' }),
        day: string({ rules: { format: 'date' } }),
        wait: string({ format: 'duration' }),
        key: string({ format: 'byte' }),
        share: { type: 'number' },
      }),
      "self.at > timestamp('2020-01-01T00:00:00Z') && self.at.getFullYear() == 2021",
      'self.day < self.at && self.day.getDayOfMonth() == 0',
      "self.wait == duration('1h30m') && self.wait.getMinutes() == 90",
      "self.key == b'abc' && self.key.size() == 3",
      'self.share == 2.0 && self.share / 4.0 == 0.5',
    ),
  );
  const value = { at: '2021-06-01T00:00:00+02:00', day: '2021-01-01', wait: '90m', key: 'YWJj', share: 2 };
  assert.deepEqual(create(value), []);
});

test('names that are no identifiers are escaped', () => {
  const { create } = checker(
    ruled(
      object({ 'a-b': integer(), 'c.d': integer(), 'e/f': integer(), x__y: integer(), namespace: integer() }),
      'self.a__dash__b + self.c__dot__d + self.e__slash__f + self.x__underscores__y + self.__namespace__ == 15',
    ),
  );
  assert.deepEqual(create({ 'a-b': 1, 'c.d': 2, 'e/f': 3, x__y: 4, namespace: 5 }), []);
});

test('sets compare in any order, lists of type map by their keys', () => {
  const entry = object({ name: required(string()), value: integer() });
  const { update } = checker(
    ruled(
      object({
        set: array(string(), { listType: 'set' }),
        map: array(entry, { listType: 'map', listMapKeys: ['name'] }),
        list: array(string()),
      }),
      { rule: 'self.set == oldSelf.set', message: 'set' },
      { rule: 'self.map == oldSelf.map', message: 'map' },
      { rule: 'self.list == oldSelf.list', message: 'list' },
      { rule: "(self.set + ['a', 'z']).size() == 3", message: 'join' },
    ),
  );
  const old = { set: ['a', 'b'], map: [{ name: 'x', value: 1 }, { name: 'y' }], list: ['a', 'b'] };
  const turned = { set: ['b', 'a'], map: [{ name: 'y' }, { name: 'x', value: 1 }], list: ['b', 'a'] };
  assert.deepEqual(update(old, turned).errors, ['spec: Invalid value: list']);
});

test('transition rules hold where there was a value', () => {
  const entry = object({
    name: required(string()),
    port: ruled(integer(), { rule: 'self >= oldSelf', message: 'grows' }),
  });
  const { create, update } = checker(
    object({
      immutable: ruled(string(), { rule: 'self == oldSelf', message: 'immutable' }),
      once: ruled(string(), { rule: "oldSelf.hasValue() || self == 'first'", optionalOldSelf: true, message: 'once' }),
      ports: array(entry, { listType: 'map', listMapKeys: ['name'] }),
    }),
  );
  assert.deepEqual(create({ immutable: 'a', once: 'first', ports: [{ name: 'a', port: 1 }] }), []);
  assert.deepEqual(create({ once: 'second' }), ['spec.once: Invalid value: "second": once']);
  assert.deepEqual(update({ immutable: 'a' }, { immutable: 'b' }).errors, [
    'spec.immutable: Invalid value: "b": immutable',
  ]);
  assert.deepEqual(update({}, { immutable: 'b' }).errors, []);
  const ports = [
    { name: 'b', port: 7 },
    { name: 'a', port: 5 },
  ];
  assert.deepEqual(
    update(
      { ports },
      {
        ports: [
          { name: 'a', port: 4 },
          { name: 'c', port: 1 },
          { name: 'b', port: 7 },
        ],
      },
    ).errors,
    ['spec.ports[0].port: Invalid value: 4: grows'],
  );
});

test('what did not change may stay wrong, with a warning; transition rules are no part of it', () => {
  const { create, update } = checker(
    object({
      image: ruled(string({ maxLength: 5 }), "self.contains(':')"),
      count: integer({ maximum: 10 }),
      items: array(ruled(object({ name: required(string()), n: integer({ minimum: 0 }) }), 'self.n != 5'), {
        listType: 'map',
        listMapKeys: ['name'],
      }),
      never: ruled(string(), { rule: 'self != oldSelf', message: 'must change' }),
    }),
  );
  const old = {
    image: 'too-long',
    count: 11,
    items: [
      { name: 'a', n: 5 },
      { name: 'b', n: -1 },
    ],
  };
  assert.equal(create(old).length, 4);
  // One more field may be set although the others are wrong.
  assert.deepEqual(update(old, { ...old, never: 'x' }), {
    errors: [],
    warnings: [
      `spec.image: Invalid value: "too-long": failed rule: self.contains(':')`,
      'spec.items[0]: Invalid value: failed rule: self.n != 5',
    ],
  });
  // In another order the items are still the same ones.
  const turned = {
    ...old,
    items: [
      { name: 'b', n: -1 },
      { name: 'a', n: 5 },
    ],
  };
  assert.deepEqual(update(old, turned).errors, []);
  assert.deepEqual(update(old, { ...old, count: 12 }).errors, [
    'spec.count: Invalid value: 12: spec.count in body should be less than or equal to 10',
  ]);
  const added = { ...old, items: [...old.items, { name: 'c', n: 5 }] };
  assert.deepEqual(update(old, added).errors, ['spec.items[2]: Invalid value: failed rule: self.n != 5']);
  assert.deepEqual(update({ never: 'x' }, { never: 'x', count: 1 }).errors, [
    'spec.never: Invalid value: "x": must change',
  ]);
});

test('rules wait until the types are right', () => {
  const { create } = checker(ruled(object({ a: required(integer()), b: integer({ minimum: 5 }) }), 'self.a > self.b'));
  assert.deepEqual(create({ b: 6 }), [
    'spec.a: Required value',
    '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  ]);
  // A number that is too small is still a number.
  assert.deepEqual(create({ a: 0, b: 1 }), [
    'spec.b: Invalid value: 1: spec.b in body should be greater than or equal to 5',
    'spec: Invalid value: failed rule: self.a > self.b',
  ]);
});

test('an evaluation that costs too much ends the evaluation of rules', () => {
  const list = Array.from({ length: 2000 }, (_item, index) => index);
  const { create } = checker(
    object({ list: ruled(array(integer()), 'self.all(x, self.all(y, x >= 0 || y >= 0))', 'false') }),
  );
  assert.deepEqual(create({ list }), [
    `spec.list: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.all(x, self.all(y, x >= 0 || y >= 0))`,
  ]);
  const each = checker(
    object({ list: array(ruled(integer(), `[${list.slice(0, 300).join(',')}].all(x, [1,2,3,4,5].all(y, y > 0))`)) }),
  );
  assert.deepEqual(each.create({ list }).slice(-1), [
    'spec.list[1149]: Invalid value: "integer": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
});

test('a rule that does not compile says so at each write', () => {
  const { create } = checker(ruled(object({ a: integer() }), 'self.b > 1', 'self.a > 1'));
  const [first = '', second] = create({ a: 0 });
  assert.match(
    first,
    /^spec: Invalid value: "object": rule compile error: compilation failed: ERROR: <input>:1:5: undefined field 'b'/,
  );
  assert.equal(second, 'spec: Invalid value: failed rule: self.a > 1');
});
