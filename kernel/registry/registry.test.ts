import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMapKind } from '../kinds/configmap/type.ts';
import { leaseKind } from '../kinds/lease/type.ts';
import { namespaceKind } from '../kinds/namespace/type.ts';
import { ApiError, type ApiReason } from '../meta/errors.ts';
import type { JsonObject } from '../meta/object.ts';
import type { Patch } from '../ports/client.ts';
import { StoreError } from '../ports/store.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { graceful, openWorld, widget } from './testing/world.ts';

async function refused(promise: Promise<unknown>, reason: ApiReason, message?: RegExp | string): Promise<ApiError> {
  const error = await promise.then(
    () => assert.fail(`expected ${reason}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiError, String(error));
  assert.equal(error.reason, reason, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message !== undefined) assert.match(error.message, message);
  return error;
}

test('create() fills in what the server decides', async () => {
  const world = await openWorld();
  const { object, created } = await world.create({
    metadata: { name: 'a', creationTimestamp: null, labels: {} },
    spec: { size: 1 },
    status: { phase: 'Lies' },
  });
  const { metadata, spec, status } = object.parsed() as { metadata: object; spec?: object; status?: object };
  assert.equal(created, true);
  assert.deepEqual(
    { ...metadata, uid: '', managedFields: undefined },
    {
      name: 'a',
      namespace: 'default',
      uid: '',
      resourceVersion: '2',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: undefined,
    },
  );
  assert.deepEqual(spec, { size: 1, replicas: 1 });
  assert.equal(status, undefined);
  assert.deepEqual(JSON.parse(Buffer.from(object.bytes).toString()), object.parsed());
  assert.ok(Object.isFrozen(object.parsed()));
});

test('create() refuses what is wrong, with everything that is wrong', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' } });
  await refused(
    world.create({ metadata: { name: 'a' } }),
    'AlreadyExists',
    'widgets.test.planform.dev "a" already exists',
  );
  await refused(world.create({ metadata: { name: 'b', resourceVersion: '1' } }), 'BadRequest', /should not be set/);
  await refused(world.create({ metadata: { name: 'b', namespace: 'other' } }), 'BadRequest', /does not match/);
  await refused(
    world.create({ metadata: { name: 'b', labels: { a: 1 } } }),
    'BadRequest',
    'Widget in version "v1" cannot be handled as a Widget: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  );
  await refused(world.create({ kind: 'Gadget', metadata: { name: 'b' } }), 'BadRequest', /Gadget in version "v1"/);
  await refused(world.create({ apiVersion: 'v2', metadata: { name: 'b' } }), 'BadRequest', /does not match/);
  await refused(
    world.create({ metadata: {}, spec: { size: -1 } }),
    'Invalid',
    /name or generateName is required, spec.size: /,
  );
  const error = await refused(
    world.create({ metadata: { name: 'B', labels: { 'a b': 'c' } }, spec: { size: -1 } }),
    'Invalid',
  );
  const fields = error.details.causes?.map((cause) => cause.field);
  assert.deepEqual(fields, ['metadata.name', 'metadata.labels', 'spec.size']);
});

test('create() reports unknown fields as the client asks', async () => {
  const world = await openWorld();
  const value = (name: string) => ({ metadata: { name, foo: 1 }, spec: { x: 1 } });
  const message =
    'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "metadata.foo", unknown field "spec.x"';
  await refused(world.create(value('a'), { fieldValidation: 'Strict' }), 'BadRequest', message);
  assert.deepEqual(world.warnings, []);
  await world.create(value('b'), { fieldValidation: 'Ignore' });
  assert.deepEqual(world.warnings, []);
  const { object } = await world.create(value('c'));
  assert.deepEqual(world.warnings, ['unknown field "metadata.foo"', 'unknown field "spec.x"']);
  assert.equal(Buffer.from(object.bytes).includes('"x"'), false);
});

test('create() makes names from generateName', async () => {
  const world = await openWorld();
  const { object } = await world.create({ metadata: { generateName: 'job-' } });
  assert.match(object.parsed().metadata.name, /^job-[a-z0-9]{5}$/);
  const long = await world.create({ metadata: { generateName: 'x'.repeat(80) } });
  assert.equal(long.object.parsed().metadata.name.length, 63);
});

test('dry runs check everything and store nothing', async () => {
  const world = await openWorld();
  const before = world.registry.head;
  const { object } = await world.create({ metadata: { name: 'a' } }, { dryRun: true });
  assert.equal(object.parsed().metadata.resourceVersion, undefined);
  await refused(world.get('a'), 'NotFound');
  await refused(world.create({ metadata: { name: 'A' } }, { dryRun: true }), 'Invalid');
  await world.create({ metadata: { name: 'a' } });
  await world.merge('a', { spec: { size: 3 } }, '', { dryRun: true });
  await world.delete('a', { dryRun: true });
  assert.equal((await world.get('a')).spec, undefined);
  assert.equal(world.registry.head, before + 1);
});

test('update() keeps what only the server decides', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  await world.merge('a', { status: { phase: 'Ready' } }, 'status');
  const before = await world.get('a');
  const { resourceVersion } = before.metadata;
  const { object } = await world.update('a', {
    metadata: {
      name: 'a',
      resourceVersion,
      generation: 77,
      labels: { l: 'm' },
    },
    spec: { size: 2 },
    status: { phase: 'Lies' },
  });
  const after = object.parsed() as typeof before;
  assert.deepEqual([after.metadata.uid, after.metadata.generation], [before.metadata.uid, 2]);
  assert.deepEqual(after.metadata.labels, { l: 'm' });
  // Kubernetes: an update neither begins a deletion nor passes over the wish.
  const dying = {
    name: 'a',
    resourceVersion: after.metadata.resourceVersion,
    deletionTimestamp: '2020-01-01T00:00:00Z',
  };
  await refused(world.update('a', { metadata: dying }), 'Invalid', /deletionTimestamp: .*: field is immutable/);
  assert.deepEqual([after.spec, after.status], [{ size: 2, replicas: 1 }, { phase: 'Ready' }]);
});

test('update() refuses stale, anonymous and impossible writes', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' } });
  await refused(world.update('a', { metadata: { name: 'a' } }), 'Invalid', /must be specified for an update/);
  await refused(
    world.update('a', { metadata: { name: 'a', resourceVersion: '1' } }),
    'Conflict',
    'Operation cannot be fulfilled on widgets.test.planform.dev "a": the object has been modified; please apply your changes to the latest version and try again',
  );
  await refused(world.update('a', { metadata: { name: 'b', resourceVersion: '2' } }), 'BadRequest', /URL \(a\)/);
  await refused(world.update('a', { metadata: { name: 'a', uid: 'x', resourceVersion: '2' } }), 'Conflict', /UID/);
  await refused(world.update('z', { metadata: { name: 'z', resourceVersion: '2' } }), 'NotFound');
  await refused(world.merge('a', { metadata: { resourceVersion: '1' }, spec: { size: 1 } }), 'Conflict');
});

test('finalizers of most standard kinds say whose they are', async () => {
  const world = await openWorld({ kinds: [configMapKind, leaseKind] });
  const held = { metadata: { name: 'a', finalizers: ['made-up'] } };
  const why = /metadata\.finalizers\[0\]: .*: name is neither a standard finalizer name nor is it fully qualified$/;
  await refused(world.create(held, {}, configMapKind), 'Invalid', why);
  await world.create({ metadata: { name: 'a' } }, {}, configMapKind);
  await refused(world.merge('a', held, '', {}, configMapKind), 'Invalid', why);
  // Kubernetes: Leases go by apimachinery `ValidateObjectMeta` alone.
  await world.create(held, {}, leaseKind);
});

test('patches cannot give an object another uid', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' } });
  const replace = [{ op: 'replace', path: '/metadata/uid', value: 'x' }];
  const patches: readonly Patch[] = [
    { type: 'merge', body: { metadata: { uid: 'x' } } },
    { type: 'json', body: replace },
  ];
  for (const patch of patches) {
    const patched = world.registry.resources.patch(world.context(), world.at('a'), patch, {});
    const { details } = await refused(patched, 'Invalid', /metadata\.uid: Invalid value: "x": field is immutable$/);
    // Kubernetes: `rest.BeforeUpdate` says it, and so does the strategy of the kind.
    assert.deepEqual(
      details.causes?.map(({ field }) => field),
      ['metadata.uid', 'metadata.uid'],
    );
  }
});

test('writes that change nothing cost no revision', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  const { object } = await world.merge('a', { spec: { size: 1 } });
  assert.equal(object.revision, 2);
  await world.merge('a', { metadata: { annotations: { x: 'y' } } });
  const { metadata } = await world.get('a');
  assert.deepEqual([metadata.resourceVersion, metadata.generation], ['3', 1]);
});

test('status writes change the status only', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  const patch = { metadata: { labels: { a: 'b' } }, spec: { size: 9 }, status: { phase: 'Up' } };
  const { object } = await world.merge('a', patch, 'status');
  const { metadata, spec, status } = object.parsed() as Awaited<ReturnType<typeof world.get>>;
  assert.deepEqual([metadata.labels, metadata.generation, spec?.size, status], [undefined, 1, 1, { phase: 'Up' }]);
});

test('status writes of older standard kinds change metadata too', async () => {
  // Kubernetes: PrepareForUpdate of most status strategies keeps nothing of metadata but for what it names.
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' } }, {}, graceful);
  const patch = {
    metadata: { labels: { a: 'b' }, annotations: { a: 'b' } },
    spec: { size: 9 },
    status: { phase: 'Up' },
  };
  const { object } = await world.merge('a', patch, 'status', {}, graceful);
  const { metadata, spec } = object.parsed() as Awaited<ReturnType<typeof world.get>>;
  assert.deepEqual([metadata.labels, metadata.annotations, spec?.size], [undefined, { a: 'b' }, undefined]);
});

test('scale reads and writes the number of copies', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' } });
  const { object } = await world.merge('a', { spec: { replicas: 4 } }, 'scale');
  const scale = object.parsed() as { kind: string; spec?: object };
  assert.deepEqual([scale.kind, scale.spec], ['Scale', { replicas: 4 }]);
  const { spec, metadata } = await world.get('a');
  assert.deepEqual([spec?.replicas, metadata.generation], [4, 2]);
  await refused(world.merge('a', { spec: { replicas: -1 } }, 'scale'), 'Invalid', /greater than or equal to 0/);
  const read = await world.registry.resources.get(world.context(), world.at('a', 'scale'), {});
  assert.equal((read.parsed() as { status?: { replicas?: number } }).status?.replicas, 0);
});

test('delete() waits for finalizers, which can only go', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a', finalizers: ['test/x'] }, spec: { size: 1 } });
  const marked = await world.delete('a');
  assert.equal(marked.deleted, undefined);
  const { metadata } = await world.get('a');
  assert.deepEqual(
    [metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds, metadata.generation],
    ['2026-01-01T00:00:00Z', 0, 2],
  );
  await refused(world.merge('a', { metadata: { finalizers: ['test/x', 'test/y'] } }), 'Invalid', /no new finalizers/);
  await world.merge('a', { metadata: { deletionTimestamp: null } });
  assert.equal((await world.delete('a')).object.revision, marked.object.revision);
  await world.merge('a', { metadata: { finalizers: null } });
  await refused(world.get('a'), 'NotFound');
});

test('delete() honours preconditions, propagation and grace', async () => {
  const world = await openWorld();
  await refused(world.delete('a'), 'NotFound');
  await world.create({ metadata: { name: 'a' } });
  await refused(
    world.delete('a', { preconditions: { uid: 'x' } }),
    'Conflict',
    /the UID in the precondition \(x\) does not match/,
  );
  await refused(world.delete('a', { preconditions: { resourceVersion: '1' } }), 'Conflict', /ResourceVersion/);
  await world.delete('a', { propagationPolicy: 'Foreground' });
  assert.deepEqual((await world.get('a')).metadata.finalizers, ['foregroundDeletion']);
  await world.delete('a', { propagationPolicy: 'Background' });
  await refused(world.get('a'), 'NotFound');
  await world.create({ metadata: { name: 's' } }, {}, graceful);
  await world.delete('s', {}, graceful);
  const { metadata } = await world.get('s', graceful);
  assert.deepEqual([metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds], ['2026-01-01T00:00:10Z', 10]);
  assert.equal((await world.delete('s', { gracePeriodSeconds: 0 }, graceful)).deleted, true);
  await refused(world.get('s', graceful), 'NotFound');
});

test('deleteCollection() deletes what the selectors find', async () => {
  const world = await openWorld();
  for (const name of ['a', 'b', 'c']) await world.create({ metadata: { name, labels: { odd: String(name !== 'b') } } });
  const deleted = await world.registry.resources.deleteCollection(
    world.context(),
    world.at(''),
    { labelSelector: 'odd=true' },
    {},
  );
  assert.equal(deleted.length, 2);
  assert.equal((await world.get('b')).metadata.name, 'b');
});

test('namespaces guard what is created in them', async () => {
  const world = await openWorld();
  const inside = (namespace: string, name = 'a') =>
    world.registry.resources.create(
      world.context(),
      { ...world.at(''), namespace },
      { value: { metadata: { name } }, duplicateFields: [] },
      {},
    );
  await refused(inside('nope'), 'NotFound', 'namespaces "nope" not found');
  await refused(world.delete('default', {}, namespaceKind), 'Forbidden', /may not be deleted/);
  await world.create({ metadata: { name: 'room' } }, {}, namespaceKind);
  await inside('room');
  await world.delete('room', {}, namespaceKind);
  const room = (await world.get('room', namespaceKind)) as { status?: { phase?: string } };
  assert.equal(room.status?.phase, 'Terminating');
  const error = await refused(inside('room', 'late'), 'Forbidden', /being terminated/);
  assert.equal(error.details.causes?.[0]?.reason, 'NamespaceTerminating');
  const target = world.at('room', 'finalize', namespaceKind);
  await world.registry.resources.patch(
    world.context(),
    target,
    { type: 'merge', body: { spec: { finalizers: [] } } },
    {},
  );
  await refused(world.get('room', namespaceKind), 'NotFound');
});

test('concurrent patches all take effect', async () => {
  const world = await openWorld({ durableAfterMs: 5 });
  const created = world.create({ metadata: { name: 'a' } });
  await world.clock.advance(10);
  await created;
  const patches = Array.from({ length: 20 }, (_, index) =>
    world.merge('a', { spec: { options: { [`k${index}`]: 'v' } } }),
  );
  await world.clock.advance(200);
  await Promise.all(patches);
  const { spec, metadata } = (await world.get('a')) as {
    spec?: { options?: object };
    metadata: { generation?: number };
  };
  assert.equal(Object.keys(spec?.options ?? {}).length, 20);
  assert.equal(metadata.generation, 21);
});

test('nobody sees a write before it is durable', async () => {
  const world = await openWorld({ durableAfterMs: 5 });
  const created = world.create({ metadata: { name: 'a' } });
  await world.clock.advance(1);
  await refused(world.get('a'), 'NotFound');
  await refused(world.create({ metadata: { name: 'a' } }), 'AlreadyExists');
  await world.clock.advance(10);
  await created;
  assert.equal((await world.get('a')).metadata.name, 'a');
});

test('a refused commit takes those built on it along, and nothing else', async () => {
  const world = await openWorld({ durableAfterMs: 5 });
  const created = world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  await world.clock.advance(10);
  await created;
  world.disk.fault = 'Full';
  const first = refused(world.merge('a', { spec: { size: 2 } }), 'InsufficientStorage', /no space is left/);
  const second = refused(world.merge('a', { spec: { color: 'red' } }), 'InsufficientStorage');
  await world.clock.advance(500);
  await Promise.all([first, second]);
  assert.deepEqual((await world.get('a')).spec, { size: 1, replicas: 1 });
  world.disk.fault = undefined;
  const last = world.merge('a', { spec: { color: 'blue' } });
  await world.clock.advance(10);
  const { object } = await last;
  assert.deepEqual((object.parsed() as { spec?: object }).spec, { size: 1, replicas: 1, color: 'blue' });
  assert.ok(object.revision > 4, 'revisions of refused commits are skipped');
  assert.deepEqual(world.fatal, []);
});

test('a failed store ends the program', async () => {
  const world = await openWorld();
  world.disk.fault = 'Failed';
  await refused(world.create({ metadata: { name: 'a' } }), 'ServiceUnavailable');
  assert.ok(world.fatal[0] instanceof StoreError);
  await refused(world.create({ metadata: { name: 'b' } }), 'ServiceUnavailable');
});

test('history() tells who changed what and why', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  await world.merge('a', { spec: { size: 2 } }, '', { fieldManager: 'kubectl-edit' });
  await world.delete('a');
  const { entries } = await world.registry.resources.history(world.context(), world.at('a'), 10);
  assert.deepEqual(
    entries.map(({ operation, actor, reason }) => [operation, actor, reason]),
    [
      ['delete', 'alice', 'tester'],
      ['update', 'alice', 'kubectl-edit'],
      ['create', 'alice', 'tester'],
    ],
  );
  assert.deepEqual((entries[2]?.object as { spec?: object } | undefined)?.spec, { size: 1, replicas: 1 });
});

test('apply() creates, merges, drops what is no longer applied and reports conflicts', async () => {
  const world = await openWorld();
  const apply = (spec: object, options: object = {}) =>
    world.apply({ metadata: { name: 'a' }, spec } as never, { fieldManager: 'one', ...options });
  assert.equal((await apply({ size: 1, color: 'red' })).created, true);
  const again = await apply({ size: 1, color: 'red' });
  assert.deepEqual([again.created, again.object.revision], [false, 2]);
  await world.merge('a', { spec: { size: 2 } }, '', { fieldManager: 'two' });
  const error = await refused(
    apply({ size: 1 }),
    'Conflict',
    'Apply failed with 1 conflict: conflict with "two" using test.planform.dev/v1: .spec.size',
  );
  assert.equal(error.details.causes?.[0]?.field, '.spec.size');
  await apply({ size: 3 }, { force: true });
  const { spec, metadata } = await world.get('a');
  assert.deepEqual(spec, { size: 3, replicas: 1 });
  const managers = metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
  assert.deepEqual(managers, ['one Apply']);
});

test('apply() that comes to nothing but a later time writes nothing', async () => {
  const gadget: KindDefinition = { ...widget, kind: 'Gadget', plural: 'gadgets', custom: { hasChanged: false } };
  const world = await openWorld({ kinds: [gadget] });
  // Kubernetes: null is a value in applies of custom resources; its default takes its place.
  const value = {
    apiVersion: 'test.planform.dev/v1',
    kind: 'Gadget',
    metadata: { name: 'a' },
    spec: { size: 1, replicas: null },
  };
  const apply = async () => {
    const body = { value, duplicateFields: [] };
    const options = { fieldManager: 'm' };
    const { object } = await world.registry.resources.apply(world.context(), world.at('a', '', gadget), body, options);
    return object.parsed();
  };
  const made = await apply();
  assert.deepEqual(made.metadata.managedFields?.[0]?.fieldsV1, { 'f:spec': { 'f:size': {}, 'f:replicas': {} } });
  await world.clock.advance(5_000);
  assert.deepEqual(await apply(), made);
});

test('apply() of a status touches nothing else', async () => {
  const world = await openWorld();
  const apply = (object: JsonObject) =>
    world.registry.resources.apply(
      world.context(),
      world.at('a', 'status'),
      { value: object, duplicateFields: [] },
      {},
    );
  await refused(apply({ metadata: { name: 'a' } }), 'NotFound');
  // Kubernetes: the name in the path is not filled in.
  await refused(apply({}), 'BadRequest', /undeterminable: name must be provided/);
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  const value = { metadata: { name: 'a', labels: { a: 'b' } }, spec: { size: 9 }, status: { phase: 'Up' } };
  const options = { fieldManager: 'kubelet' };
  await world.registry.resources.apply(
    world.context(),
    world.at('a', 'status'),
    { value, duplicateFields: [] },
    options,
  );
  const { spec, status, metadata } = await world.get('a');
  assert.deepEqual([spec?.size, status, metadata.labels], [1, { phase: 'Up' }, undefined]);
  assert.deepEqual(
    metadata.managedFields?.map(({ manager, subresource = '' }) => `${manager}/${subresource}`),
    ['kubelet/status', 'tester/'],
  );
});

test('managed fields name who wrote what', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  await world.merge('a', { spec: { color: 'red' } }, '', { fieldManager: 'painter' });
  const { managedFields } = (await world.get('a')).metadata;
  assert.deepEqual(
    managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
    [
      ['painter', { 'f:spec': { 'f:color': {} } }],
      ['tester', { 'f:spec': { '.': {}, 'f:replicas': {}, 'f:size': {} } }],
    ],
  );
  await world.merge('a', { metadata: { managedFields: [{}] } });
  assert.equal((await world.get('a')).metadata.managedFields, undefined);
});
