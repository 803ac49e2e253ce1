import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../meta/object.ts';
import * as schemas from '../schema.ts';
import { appliedProblems, undeclaredFields, untypedPatch } from './check-applied.ts';
import { noteNulls } from './nulls.ts';
import { toFieldSet } from './to-field-set.ts';

const port = schemas.object({
  port: schemas.integer(),
  protocol: schemas.string({ default: 'TCP' }),
});
const spec = schemas.object({
  size: schemas.integer(),
  name: schemas.string(),
  on: schemas.boolean(),
  limit: schemas.string({ format: 'quantity' }),
  map: schemas.mapOf(schemas.string()),
  maybe: schemas.string({ nullable: true }),
  names: schemas.array(schemas.string(), { listType: 'set' }),
  items: schemas.array(schemas.object({ name: schemas.string(), v: schemas.integer() }), {
    listType: 'map',
    listMapKeys: ['name'],
  }),
  rules: schemas.array(schemas.object({ names: schemas.array(schemas.string(), { listType: 'set' }) })),
  ports: schemas.array(port, { listType: 'map', listMapKeys: ['port', 'protocol'] }),
  template: schemas.object({ spec: schemas.object({}) }, { embeddedResource: true }),
});
const schema = schemas.object({ spec });

/** structured-merge-diff `typed/validate.go`, `typed/helpers.go`. */
const cases: readonly [spec: Json, ...problems: readonly string[]][] = [
  [
    { size: 'x', on: 1 },
    '.spec.size: expected numeric (int or float), got string',
    '.spec.on: expected boolean, got &{1}',
  ],
  [{ name: 1 }, '.spec.name: expected string, got &value.valueUnstructured{Value:1}'],
  [{ map: 'x' }, '.spec.map: expected map, got &{x}'],
  [
    { map: { a: { b: 1 } } },
    '.spec.map.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":1}}',
  ],
  [{ names: { b: [1], a: null } }, '.spec.names: expected list, got &{map[a:<nil> b:[1]]}'],
  [{ names: ['a', 'a'] }, '.spec.names: duplicate entries for key [="a"]'],
  [{ rules: [null, { names: ['a', 'a'] }] }, '.spec.rules[1].names: duplicate entries for key [="a"]'],
  [{ rules: [{ names: 5 }] }, '.spec.rules[0].names: expected list, got &{5}'],
  [{ names: [null] }, ".spec.names: element 0: associative list without keys has an element that's an explicit null"],
  [
    { items: [{ name: 'x' }, { name: 'x', v: 'y' }] },
    '.spec.items: duplicate entries for key [name="x"]',
    '.spec.items[name="x"].v: expected numeric (int or float), got string',
  ],
  [
    { items: [{ v: 1 }, 5] },
    '.spec.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  ],
  [{ items: [5] }, '.spec.items: element 0: associative list with keys may not have non-map elements'],
  // An item that lacks a key is another one than those that have it.
  [{ ports: [{ port: 1 }, {}] }],
  [{ size: null, name: null, items: null, limit: 5, maybe: null }],
];

test('appliedProblems() names values and items that do not fit the schema', () => {
  for (const [value, ...problems] of cases) {
    assert.deepEqual(appliedProblems({ spec: value }, schema), problems, JSON.stringify(value));
  }
});

test('untypedPatch() says what was sent, not where to', () => {
  const object = { apiVersion: 'example.com/v1', kind: 'A', metadata: { name: 'a' } };
  const { message } = untypedPatch(object, ['.x: no', '.y: no']);
  assert.equal(
    message,
    'failed to create typed patch object (/a; example.com/v1, Kind=A): errors:\n  .x: no\n  .y: no',
  );
});

test('toFieldSet() knows the metadata of embedded objects', () => {
  const template = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', labels: { a: 'b' } } };
  assert.deepEqual(toFieldSet({ spec: { template } }, schema), {
    'f:spec': {
      'f:template': {
        'f:apiVersion': {},
        'f:kind': {},
        'f:metadata': { 'f:name': {}, 'f:labels': { 'f:a': {} } },
      },
    },
  });
});

// kube-openapi `schemaconv`: an object that declares nothing is of the type its value has.
test('undeclaredFields() leaves out what is in objects that declare no field', () => {
  const open = schemas.object({});
  const taking = schemas.object({
    any: open,
    list: schemas.array(open),
    map: schemas.mapOf(open),
    maps: schemas.mapOf(schemas.mapOf(schemas.array(open))),
    closed: schemas.object({ a: schemas.string(), open }),
  });
  const accepted = ['any.x', 'list[3].x', 'map.a.b.x', 'maps.a[0].b.c[7].x', 'closed.open.x'];
  const refused = ['x', 'anything.x', 'closed.x', 'closed.a.x', 'list.x', 'maps.a'];
  assert.deepEqual(
    undeclaredFields([...accepted, ...refused], taking),
    refused.map((path) => `.${path}: field not declared in schema`),
  );
});

test('noteNulls() keeps nulls that pruning drops', () => {
  const inner = { size: null, map: { a: null, b: 'x' }, items: [{ name: 'a', v: null }], maybe: null, other: null };
  const draft = structuredClone({ spec: inner });
  const putBack = noteNulls(draft, schema);
  Reflect.deleteProperty(draft.spec, 'size');
  Reflect.deleteProperty(draft.spec.map, 'a');
  Reflect.deleteProperty(draft.spec.items[0] ?? {}, 'v');
  Reflect.deleteProperty(draft.spec, 'other');
  putBack();
  const { other: _unknown, ...kept } = inner;
  assert.deepEqual(draft, { spec: kept });
});
