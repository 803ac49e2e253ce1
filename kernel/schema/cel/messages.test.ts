import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './compile.ts';
import { misnamedMessages, toJson } from './messages.ts';
import { typeNameOf } from './values.ts';

function evaluate(source: string): unknown {
  const { program, errors } = compile(source, { variables: {}, dialect: 'patches' });
  if (errors !== undefined) throw new Error(errors.text);
  const { value, error } = { error: undefined, value: undefined, ...program.evaluate({}, 1_000_000) };
  if (error !== undefined) throw error;
  return value;
}

// Kubernetes: cel/mutation (typeresolver_test.go).
const values: Readonly<Record<string, unknown>> = {
  'Object{}': {},
  'Object{spec: Object.spec{replicas: 3}}': { spec: { replicas: 3 } },
  'Object{spec: Object.spec{containers: [Object.spec.containers.item{name: "nginx", args: ["-g"]}]}}': {
    spec: { containers: [{ name: 'nginx', args: ['-g'] }] },
  },
  'Object{annotations: {"foo": "bar"}, when: timestamp("2026-01-02T03:04:05Z"), half: 0.5, none: null}': {
    annotations: { foo: 'bar' },
    when: '2026-01-02T03:04:05Z',
    half: 0.5,
    none: null,
  },
  'Object{intList: [1, 2, 3]}.intList.sum()': 6,
  'Object{spec: Object.spec{a: {"b": 7}}}.spec.a.b': 7,
  'Object{spec: Object.spec{replicas: 3}} == Object{spec: Object.spec{replicas: 1 + 2}}': true,
  'dyn(Object{}) == dyn(Object.spec{})': false,
  'has(Object{a: 1}.a) && !has(Object{a: 1}.b)': true,
  'Object{?existing: optional.none()}': {},
  'Object{?existing: optional.of(1)}': { existing: 1 },
  'Object{?spec: optional.ofNonZeroValue(Object.spec{?replicas: Object{}.?replicas})}': {},
  'Object{a: 9007199254740993} == Object{a: 9007199254740993}': true,
  'type(Object{}) == Object': true,
  'true ? JSONPatch{op: "add", path: "/spec", value: 3} : JSONPatch{op: "remove", path: "/spec"}': {
    op: 'add',
    path: '/spec',
    value: 3,
  },
  '[JSONPatch{op: "move", from: "/a", path: "/b"}].map(p, p.op + p.from)': ['move/a'],
  'jsonpatch.escapeKey("k8s.io/my~label")': 'k8s.io~1my~0label',
};

for (const [source, value] of Object.entries(values)) {
  test(`messages: ${source}`, () => assert.deepEqual(toJson(evaluate(source)), value));
}

const refusals: Readonly<Record<string, RegExp>> = {
  'Invalid{}': /undeclared reference to 'Invalid'/,
  'Objects{}': /undeclared reference to 'Objects'/,
  'string{}': /'string' is not a message type/,
  'Object{a: Invalid{}}': /undeclared reference to 'Invalid'/,
  'JSONPatch{op: 1, path: "/a"}': /1:13: expected type of field 'op' is 'string' but provided type is 'int'/,
  'JSONPatch{color: 1}': /undefined field 'color'/,
  'Object{a: 1 / 0}': /division by zero/,
  'Object{?a: 1}': /expected type 'optional_type\(.*\)' but found 'int'/,
  'Object{a: 1, a: 2}': /repeated key: a/,
  'Object{}.a': /no such key: a/,
};

for (const [source, message] of Object.entries(refusals)) {
  test(`messages: ${source} is refused`, () => assert.throws(() => evaluate(source), message));
}

test('messages are there for changes only', () => {
  const { errors } = compile('Object{}', { variables: {} });
  assert.match(errors?.text ?? '', /undeclared reference to 'Object'/);
});

test('toJson() refuses what JSON has no form for', () => {
  const values = ['type(1)', 'optional.of(1)', 'Object{a: quantity("1")}', '{1: 2}', 'Object{a: {"__proto__": 1}}'];
  for (const source of values) assert.throws(() => toJson(evaluate(source)), { name: 'NoJsonError' }, source);
});

test('misnamedMessages() finds messages in fields of another name', () => {
  const found = (source: string) => misnamedMessages(evaluate(source), 'Object');
  assert.deepEqual(found('Object{spec: Object.spec{list: [Object.spec.list{}], map: {"a": Object.spec.map{}}}}'), []);
  assert.deepEqual(found('Object{spec: Object.spec{selector: Object.spec.wrong{}}}'), [
    'unexpected type name "Object.spec.wrong", expected "Object.spec.selector", which matches field name path from root Object type',
  ]);
});

// cel-go: 40 for a message, and what its fields cost.
test('messages cost 40 besides their fields', () => {
  const { program } = compile('Object{a: [1 + 2]}', { variables: {}, dialect: 'patches' });
  assert.deepEqual(program?.cost, { min: 51, max: 51 });
  assert.equal(program.evaluate({}, 100).cost, 51);
  assert.equal(typeNameOf(program.evaluate({}, 100).value), 'Object');
});
