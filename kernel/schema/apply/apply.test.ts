import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../../meta/errors.ts';
import { deepFreeze } from '../../meta/json.ts';
import type { Json, JsonObject, ManagedFieldsEntry } from '../../meta/object.ts';
import * as schemas from '../schema.ts';
import { applyConflictError, applyPatch } from './apply-patch.ts';
import type { ApplyPatch } from './apply-patch.ts';
import { compareObjects } from './compare.ts';
import { emptySet } from './field-set.ts';
import * as managed from './managed-fields.ts';
import { mergeOrder } from './merge.ts';
import { extractItems, removeItems } from './remove.ts';
import { toFieldSet } from './to-field-set.ts';
import { runSteps, type VersionSteps } from './versions.ts';

const port = schemas.object({
  port: schemas.integer(),
  protocol: schemas.string({ default: 'TCP' }),
  name: schemas.string(),
});
const schema = schemas.object({
  apiVersion: schemas.string(),
  kind: schemas.string(),
  metadata: schemas.object({
    name: schemas.string(),
    labels: schemas.mapOf(schemas.string()),
    finalizers: schemas.array(schemas.string(), { listType: 'set' }),
  }),
  spec: schemas.object({
    size: schemas.integer(),
    nested: schemas.object({ a: schemas.string(), b: schemas.string() }),
    atomicMap: schemas.mapOf(schemas.string(), { mapType: 'atomic' }),
    atomicList: schemas.array(schemas.string()),
    ports: schemas.array(port, { listType: 'map', listMapKeys: ['port', 'protocol'] }),
    items: schemas.array(schemas.object({ name: schemas.string(), v: schemas.integer() }), {
      listType: 'map',
      listMapKeys: ['name'],
    }),
    free: schemas.any(),
  }),
  status: schemas.object({ ready: schemas.boolean() }),
});

const widget = (spec: Json, metadata: JsonObject = {}): JsonObject =>
  deepFreeze({ apiVersion: 'v1', kind: 'Widget', metadata: { name: 'w', ...metadata }, spec });

/** All objects here are of one version. */
const settle = <T>(steps: VersionSteps<T>): T => runSteps(steps, () => assert.fail('no other version is spoken'));

/** A small world: one object, many writers. */
class World {
  live: JsonObject | undefined;
  managedFields: managed.ManagedFields = [];
  #second = 0;

  get spec(): Json | undefined {
    return this.live?.['spec'];
  }

  apply(manager: string, spec: Json, options: Partial<ApplyPatch> = {}) {
    const steps = applyPatch({
      live: this.live,
      applied: widget(spec),
      managedFields: this.managedFields,
      manager,
      force: false,
      apiVersion: 'v1',
      nowText: this.#now(),
      schema,
      ...options,
    });
    const result = settle(steps);
    if (result.kind === 'conflicts') return result.conflicts;
    this.live = deepFreeze(result.object);
    this.managedFields = deepFreeze(result.managedFields);
    return [];
  }

  update(manager: string, after: JsonObject, subresource = '') {
    this.managedFields = deepFreeze(
      settle(
        managed.recordUpdate({
          before: this.live,
          after,
          managedFields: this.managedFields,
          manager,
          apiVersion: 'v1',
          subresource,
          nowText: this.#now(),
          schema,
        }),
      ),
    );
    this.live = after;
  }

  fields(manager: string): Json | undefined {
    return this.managedFields.find((entry) => entry.manager === manager)?.fieldsV1;
  }

  entry(manager: string): ManagedFieldsEntry | undefined {
    return this.managedFields.find((entry) => entry.manager === manager);
  }

  #now(): string {
    return `2026-01-01T00:00:${String(this.#second++).padStart(2, '0')}Z`;
  }
}

test('applyPatch() creates, owns and drops fields', () => {
  const world = new World();
  world.apply('a', {
    size: 1,
    nested: { a: 'x', b: 'y' },
    atomicList: ['1'],
    items: [{ name: 'i', v: 1 }],
    free: { m: {}, l: [1] },
  });
  assert.deepEqual(world.fields('a'), {
    'f:spec': {
      'f:size': {},
      'f:nested': { 'f:a': {}, 'f:b': {} },
      'f:atomicList': {},
      'f:items': { 'k:{"name":"i"}': { '.': {}, 'f:name': {}, 'f:v': {} } },
      'f:free': { 'f:m': {}, 'f:l': {} },
    },
  });
  world.apply('a', { nested: { a: 'x' }, items: [] });
  assert.deepEqual(world.spec, { nested: { a: 'x' } });
  world.apply('a', { size: 2 });
  assert.deepEqual(world.spec, { size: 2 });
});

test('applyPatch() keeps what somebody else owns', () => {
  const world = new World();
  world.apply('a', {
    size: 1,
    items: [
      { name: 'x', v: 1 },
      { name: 'y', v: 1 },
    ],
  });
  assert.deepEqual(world.apply('b', { size: 1, items: [{ name: 'x', v: 1 }] }), []);
  world.apply('a', { nested: { a: 'n' } });
  assert.deepEqual(world.spec, { size: 1, items: [{ name: 'x', v: 1 }], nested: { a: 'n' } });
  world.apply('b', {}, { applied: { apiVersion: 'v1', kind: 'Widget', metadata: { name: 'w' } } });
  assert.deepEqual(world.spec, { nested: { a: 'n' } });
  assert.equal(world.entry('b'), undefined);
});

test('applyPatch() reports conflicts as Kubernetes does, and takes over when forced', () => {
  const world = new World();
  world.apply('m1', { size: 1, items: [{ name: 'a', v: 1 }] });
  const one = world.apply('m2', { size: 2 });
  assert.equal(applyConflictError(one).message, 'Apply failed with 1 conflict: conflict with "m1": .spec.size');
  const two = world.apply('m2', { size: 2, items: [{ name: 'a', v: 2 }] });
  const error = applyConflictError(two);
  assert.equal(
    error.message,
    'Apply failed with 2 conflicts: conflicts with "m1":\n- .spec.size\n- .spec.items[name="a"].v',
  );
  assert.deepEqual(error.details.causes?.[1], {
    reason: 'FieldManagerConflict',
    message: 'conflict with "m1"',
    field: '.spec.items[name="a"].v',
  });
  assert.deepEqual(world.apply('m2', { size: 2 }, { force: true }), []);
  assert.deepEqual(world.fields('m1'), {
    'f:spec': { 'f:items': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:v': {} } } },
  });
  world.update('edit', { ...(world.live as JsonObject), status: { ready: true } }, 'status');
  const status = applyPatchStatus(world);
  assert.equal(status[0]?.manager, '"edit" with subresource "status" using v1');
});

function applyPatchStatus(world: World) {
  const applied = { apiVersion: 'v1', kind: 'Widget', metadata: { name: 'w' }, status: { ready: false } };
  return world.apply('m3', {}, { applied, subresource: 'status' });
}

test('applyPatch() twice changes nothing, not even the time', () => {
  const world = new World();
  world.apply('a', { size: 1, ports: [{ port: 80, name: 'p' }] });
  const before = { live: world.live, managedFields: world.managedFields };
  world.apply('a', { size: 1, ports: [{ port: 80, name: 'p' }] });
  assert.equal(world.live, before.live);
  assert.equal(world.managedFields, before.managedFields);
});

test('applyPatch() tells items apart by keys with defaults', () => {
  const world = new World();
  world.apply('a', {
    ports: [
      { port: 53, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ],
  });
  world.apply('b', { ports: [{ port: 53, name: 'dns' }] });
  assert.deepEqual(world.spec, {
    ports: [
      { port: 53, protocol: 'TCP', name: 'dns' },
      { port: 53, protocol: 'UDP' },
    ],
  });
  assert.deepEqual(world.fields('b'), {
    'f:spec': { 'f:ports': { 'k:{"port":53,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } },
  });
});

test('applyPatch() refuses another version', () => {
  const badRequest = (text: RegExp) => (error: unknown) => isApiError(error, 'BadRequest') && text.test(error.message);
  assert.throws(
    () => new World().apply('a', {}, { apiVersion: 'v2' }),
    badRequest(/Specified patch version: "v1", expected: v2/),
  );
});

test('applyPatch() owns sets by value and maps by key', () => {
  const world = new World();
  const applied = (finalizers: string[], labels: JsonObject) => ({ applied: widget({}, { finalizers, labels }) });
  world.apply('a', {}, applied(['x', 'y'], { l: '1' }));
  world.apply('b', {}, applied(['y', 'z'], { m: '1' }));
  world.apply('a', {}, applied(['x'], {}));
  assert.deepEqual(world.live?.['metadata'], { name: 'w', finalizers: ['x', 'y', 'z'], labels: { m: '1' } });
  assert.deepEqual(world.fields('b'), {
    'f:metadata': { 'f:finalizers': { 'v:"y"': {}, 'v:"z"': {} }, 'f:labels': { 'f:m': {} } },
    'f:spec': {},
  });
});

test('applyPatch() on an untracked object conflicts with before-first-apply', () => {
  const world = new World();
  world.live = widget({ size: 1 }, { labels: { a: 'b' } });
  const conflicts = world.apply('a', { size: 2 });
  assert.deepEqual(conflicts, [{ manager: '"before-first-apply" using v1', path: '.spec.size' }]);
  world.apply('a', { size: 1 });
  assert.deepEqual(world.fields(managed.beforeFirstApply), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
    'f:spec': { '.': {}, 'f:size': {} },
  });
});

test('applyPatch() never takes identity from the patch', () => {
  const world = new World();
  world.live = widget({ size: 1 }, { uid: 'u', resourceVersion: '5' });
  world.apply('a', {}, { applied: widget({ size: 1 }, { uid: 'other', resourceVersion: '4', labels: { x: 'y' } }) });
  assert.deepEqual(world.live['metadata'], { name: 'w', uid: 'u', resourceVersion: '5', labels: { x: 'y' } });
});

test('recordUpdate() gives fields to the writer and takes them from others', () => {
  const world = new World();
  world.update('create', widget({ size: 1, nested: { a: 'x' } }, { labels: { l: '1' } }));
  assert.deepEqual(world.fields('create'), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
    'f:spec': { '.': {}, 'f:size': {}, 'f:nested': { '.': {}, 'f:a': {} } },
  });
  world.update('edit', widget({ size: 2, nested: { a: 'x' } }));
  assert.deepEqual(world.fields('edit'), { 'f:spec': { 'f:size': {} } });
  assert.deepEqual(world.fields('create'), { 'f:spec': { '.': {}, 'f:nested': { '.': {}, 'f:a': {} } } });
  const before = world.managedFields;
  world.update('edit', widget({ size: 2, nested: { a: 'x' } }));
  assert.equal(world.managedFields, before);
});

test('recordUpdate() keeps subresources and operations of one manager apart', () => {
  const world = new World();
  world.apply('m', { size: 1 });
  world.update('m', { ...(world.live as JsonObject), status: { ready: true } }, 'status');
  world.update('m', { ...(world.live as JsonObject), spec: { size: 2 } });
  assert.deepEqual(
    world.managedFields.map(({ operation, subresource = '', fieldsV1 }) => [operation, subresource, fieldsV1]),
    [
      ['Update', 'status', { 'f:status': { '.': {}, 'f:ready': {} } }],
      ['Update', '', { 'f:spec': { 'f:size': {} } }],
    ],
  );
});

test('recordUpdate() moves the time of those who changed something only', () => {
  const world = new World();
  world.update('a', widget({ size: 1 }));
  const created = world.entry('a')?.time;
  world.update('b', widget({ size: 2 }));
  assert.equal(world.entry('a')?.time, created);
  const taken = world.entry('b')?.time;
  world.update('b', widget({ size: 3 }));
  assert.notEqual(world.entry('b')?.time, taken);
});

test('recordUpdate() merges the oldest writers beyond ten', () => {
  const world = new World();
  for (let i = 0; i < 14; i++) {
    const free = Object.fromEntries(Array.from({ length: i + 1 }, (_, k) => [`k${k}`, 1]));
    world.update(`m${i}`, widget({ free }));
  }
  assert.equal(world.managedFields.length, managed.updateManagersMax);
  assert.equal(world.managedFields[0]?.manager, managed.ancientChanges);
  assert.deepEqual(world.fields(managed.ancientChanges), {
    'f:spec': { '.': {}, 'f:free': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {}, 'f:k4': {} } },
  });
});

test('recordUpdate() does not begin to track an existing object', () => {
  const world = new World();
  world.live = widget({ size: 1 });
  world.update('a', widget({ size: 2 }));
  assert.deepEqual(world.managedFields, []);
});

test('recordUpdate() with keyed lists sees items come, go and change', () => {
  const world = new World();
  world.update(
    'a',
    widget({
      items: [
        { name: 'x', v: 1 },
        { name: 'y', v: 1 },
      ],
    }),
  );
  world.update(
    'b',
    widget({
      items: [
        { name: 'y', v: 2 },
        { name: 'z', v: 1 },
      ],
    }),
  );
  assert.deepEqual(world.fields('b'), {
    'f:spec': {
      'f:items': { 'k:{"name":"y"}': { 'f:v': {} }, 'k:{"name":"z"}': { '.': {}, 'f:name': {}, 'f:v': {} } },
    },
  });
  assert.deepEqual(world.fields('a'), {
    'f:spec': { '.': {}, 'f:items': { '.': {}, 'k:{"name":"y"}': { '.': {}, 'f:name': {} } } },
  });
});

test('compareObjects() puts every path in one set', () => {
  const before = widget({ size: 1, nested: { a: 'x' }, free: { a: 1 }, atomicMap: { a: '1' } });
  const after = widget({ size: 2, nested: { b: 'y' }, free: [1], atomicMap: { b: '1' } });
  assert.deepEqual(compareObjects(before, after, schema), {
    added: { 'f:spec': { 'f:nested': { 'f:b': {} } } },
    modified: { 'f:spec': { 'f:size': {}, 'f:free': {}, 'f:atomicMap': {} } },
    removed: { 'f:spec': { 'f:nested': { 'f:a': {} }, 'f:free': { 'f:a': {} } } },
  });
  assert.equal(compareObjects(before, structuredClone(before), schema), undefined);
});

test('compareObjects() owns nothing of what Go holds by value but its fields', () => {
  const inner = schemas.object({ a: schemas.string() }, { byValue: true });
  const typed = {
    ...schema,
    properties: { ...schema.properties, spec: { ...inner, properties: { inner, ...inner.properties } } },
  };
  // Kubernetes: a new Deployment has `f:spec` without `.`, and `f:strategy` too.
  const made = compareObjects(undefined, widget({ inner: { a: 'x' } }), typed);
  assert.deepEqual(made?.added, { 'f:spec': { 'f:inner': { 'f:a': {} } } });
  const { spec: _spec, ...bare } = widget({});
  assert.deepEqual(compareObjects(widget({ inner: { a: 'x' } }), bare, typed)?.removed, made.added);
  assert.equal(compareObjects(bare, widget({ inner: {} }), typed), undefined);
});

test('compareObjects() sees only the part that a write can change', () => {
  // Kubernetes: fields that a strategy resets (GetResetFields) are nobody's.
  const [before, after] = [widget({ size: 1 }), { ...widget({ size: 2 }), status: { ready: true } }];
  assert.deepEqual(compareObjects(before, after, schema, 'status')?.added, { 'f:status': { '.': {}, 'f:ready': {} } });
  assert.equal(compareObjects(before, after, schema, 'status')?.modified, emptySet);
  assert.equal(compareObjects(before, after, schema, 'desired')?.added, emptySet);
});

test('chooseManagedFields() lets clients reset and rewrite, and nothing else', () => {
  const current: managed.ManagedFields = [
    { manager: 'a', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': {} } },
  ];
  const other = [{ ...current[0], manager: 'b' }] as readonly JsonObject[];
  assert.equal(managed.chooseManagedFields(undefined, current), current);
  assert.equal(managed.chooseManagedFields([], current), current);
  assert.deepEqual(managed.chooseManagedFields([{}], current), []);
  assert.deepEqual(managed.chooseManagedFields(other, current), other);
  assert.equal(managed.chooseManagedFields(other, current, 'status'), current);
  assert.equal(managed.chooseManagedFields([{ manager: 'b', operation: 'Steal' }], current), current);
});

test('withManagedFields() sets and clears', () => {
  const entries: managed.ManagedFields = [
    managed.newEntry('Update', { manager: 'a', apiVersion: 'v1', nowText: 't' }, {}),
  ];
  const object = managed.withManagedFields(widget({}), entries);
  assert.equal(managed.managedFieldsOf(object), entries);
  assert.equal(managed.withManagedFields(object, entries), object);
  assert.deepEqual(managed.withManagedFields(object, []), widget({}));
});

test('mergeOrder() keeps neighbours together', async (t) => {
  const cases = [
    ['abc', '', 'abc'],
    ['', 'ab', 'ab'],
    ['abc', 'ca', 'bca'],
    ['abc', 'xa', 'xabc'],
    ['abcd', 'axd', 'abcxd'],
    ['ab', 'bxa', 'bxa'],
    ['adb', 'ba', 'dba'],
  ] as const;
  for (const [left, right, want] of cases) {
    await t.test(`${left} with ${right}`, () =>
      assert.equal(mergeOrder(left.split(''), right.split('')).join(''), want),
    );
  }
});

test('removeItems() and extractItems() split a value', () => {
  const value = widget({
    size: 1,
    items: [
      { name: 'x', v: 1 },
      { name: 'y', v: 2 },
    ],
    free: { a: 1, b: [2] },
  });
  const set = toFieldSet(widget({ items: [{ name: 'x' }], free: { a: 1 } }), schema);
  assert.deepEqual(removeItems(value['spec'] as Json, set['f:spec'] ?? {}, schema.properties.spec), {
    size: 1,
    items: [{ name: 'y', v: 2 }],
    free: { b: [2] },
  });
  assert.deepEqual(extractItems(value['spec'] as Json, set['f:spec'] ?? {}, schema.properties.spec), {
    items: [{ name: 'x' }],
    free: { a: 1 },
  });
});
