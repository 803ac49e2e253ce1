/** What patches and server-side apply do, semantic by semantic: research/kernel.md §2.4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gearOf, gears, maps, openGearWorld, type Refused, testRefusals } from './testing/gear-world.ts';
import type { WireRequest, WireWorld } from './testing/wire-world.ts';

const setUp = () => openGearWorld({ teeth: 3, parts: [{ name: 'p', size: 1 }] });

function patchOf(type: 'json' | 'merge' | 'strategic-merge' | 'apply', path: string, body: unknown): WireRequest {
  const mediaType = type === 'apply' ? 'application/apply-patch+yaml' : `application/${type}-patch+json`;
  return { method: 'PATCH', path, type: mediaType, body };
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly time: string;
  readonly fieldsV1: object;
}

async function entriesOf(world: WireWorld, path: string): Promise<readonly Entry[]> {
  return ((await world.send(path)).json.metadata.managedFields ?? []) as readonly Entry[];
}

function apply(name: string, manager: string, spec: object, more = ''): WireRequest {
  return patchOf('apply', `${gears}/${name}?fieldManager=${manager}${more}`, gearOf(name, spec));
}

const rejected = 'the server rejected our request due to an error in our request';
const refused: readonly Refused[] = [
  {
    semantic: 'JSON patch: failed test op => 422 Invalid with a generic message [M]',
    request: patchOf('json', `${maps}/a`, [{ op: 'test', path: '/data/a', value: 'x' }]),
    status: 422,
    reason: 'Invalid',
    message: rejected,
  },
  {
    semantic: 'JSON patch: missing path => 422 Invalid with a generic message [M]',
    request: patchOf('json', `${maps}/a`, [{ op: 'remove', path: '/data/zz' }]),
    status: 422,
    reason: 'Invalid',
    message: rejected,
  },
  {
    semantic: 'JSON patch: unparsable body 400 [M]',
    request: patchOf('json', `${maps}/a`, '[{"op"'),
    status: 400,
    reason: 'BadRequest',
    message: /./,
  },
  {
    semantic: 'JSON patch: a body that is no list',
    request: patchOf('json', `${maps}/a`, { op: 'add' }),
    status: 400,
    reason: 'BadRequest',
    message: /not a list/,
  },
  {
    semantic: 'merge patch: unparsable body',
    request: patchOf('merge', `${maps}/a`, '{"data"'),
    status: 400,
    reason: 'BadRequest',
    message: /./,
  },
  {
    semantic: 'merge patch: with a stale RV => 409 [M]',
    request: patchOf('merge', `${maps}/a`, { metadata: { resourceVersion: '1' }, data: { a: 'c' } }),
    status: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
      'please apply your changes to the latest version and try again',
  },
  {
    semantic: 'merge patch: of an absent object',
    request: patchOf('merge', `${maps}/absent`, {}),
    status: 404,
    reason: 'NotFound',
    message: 'configmaps "absent" not found',
  },
  {
    semantic: 'merge patch: another name',
    request: patchOf('merge', `${maps}/a`, { metadata: { name: 'q' } }),
    status: 400,
    reason: 'BadRequest',
    message: 'the name of the object (q) does not match the name on the URL (a)',
  },
  {
    semantic: 'merge patch: strict about unknown fields',
    request: patchOf('merge', `${gears}/a?fieldValidation=Strict`, { spec: { nope: 1 } }),
    status: 422,
    reason: 'Invalid',
    message: /^ "" is invalid: patch: Invalid value: ".*": strict decoding error: unknown field "spec\.nope"$/,
  },
  {
    semantic: 'merge patch: strict about duplicate fields',
    request: patchOf('merge', `${maps}/a?fieldValidation=Strict`, '{"data":{"a":"1","a":"2"}}'),
    status: 422,
    reason: 'Invalid',
    message: /strict decoding error: duplicate field "data\.a"$/,
  },
  {
    semantic: 'merge patch: force is for apply',
    request: patchOf('merge', `${maps}/a?force=true`, {}),
    status: 422,
    reason: 'Invalid',
    message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  },
  {
    semantic: 'apply: fieldManager required => 422',
    request: patchOf('apply', `${gears}/s`, gearOf('s')),
    status: 422,
    reason: 'Invalid',
    message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  },
  {
    semantic: 'apply: a field manager of 129 bytes',
    request: patchOf('apply', `${gears}/s?fieldManager=${'x'.repeat(129)}`, gearOf('s')),
    status: 422,
    reason: 'Invalid',
    message: /fieldManager: Too long: may not be more than 128 bytes$/,
  },
  {
    semantic: 'apply: managedFields in the patch',
    request: patchOf('apply', `${gears}/s?fieldManager=m`, gearOf('s', {}, { managedFields: [{}] })),
    status: 400,
    reason: 'BadRequest',
    message: 'metadata.managedFields must be nil',
  },
  {
    semantic: 'apply: a field the schema does not have',
    request: apply('a', 'm', { teeth: 3, nope: 1, other: 2 }),
    status: 400,
    reason: 'BadRequest',
    message:
      'failed to create typed patch object (/a; test.planform.dev/v1, Kind=Gear): errors:\n' +
      '  .spec.nope: field not declared in schema\n  .spec.other: field not declared in schema',
  },
  {
    semantic: 'apply: a key twice',
    request: apply('a', 'm', { parts: [{ name: 'p' }, { name: 'p' }] }),
    status: 400,
    reason: 'BadRequest',
    message:
      'failed to create typed patch object (/a; test.planform.dev/v1, Kind=Gear): ' +
      '.spec.parts: duplicate entries for key [name="p"]',
  },
  {
    semantic: 'apply: an item without its key',
    request: apply('a', 'm', { parts: [{ size: 2 }] }),
    status: 400,
    reason: 'BadRequest',
    message: /\.spec\.parts: element 0: associative list with keys has an element that omits all key fields \["name"\]/,
  },
  {
    semantic: 'apply: a stale RV => 409',
    request: patchOf('apply', `${gears}/a?fieldManager=m`, gearOf('a', { teeth: 3 }, { resourceVersion: '1' })),
    status: 409,
    reason: 'Conflict',
    message: /the object has been modified/,
  },
];

test('§2.4 patches are refused as kube-apiserver refuses them', async (t) => {
  await testRefusals(t, await setUp(), refused);
});

test('§2.4 a patch without RV is worked out again when the object changes meanwhile', async () => {
  const world = await setUp();
  const many = Array.from({ length: 20 }, (_, index) =>
    world.send(patchOf('merge', `${maps}/a`, { data: { [`k${index}`]: 'v' } })),
  );
  for (const { status } of await Promise.all(many)) assert.equal(status, 200);
  assert.equal(Object.keys((await world.send(`${maps}/a`)).json.data).length, 21);
});

test('§2.4 strategic merge: $patch, $deleteFromPrimitiveList, $setElementOrder and $retainKeys', async () => {
  const world = await setUp();
  const owner = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name });
  const metadata = { name: 'b', finalizers: ['a.b/x', 'a.b/y'], ownerReferences: [owner('one'), owner('two')] };
  await world.send({ path: maps, body: { metadata, data: { a: '1', b: '2' } } });
  const patch = async (body: object) => (await world.send(patchOf('strategic-merge', `${maps}/b`, body))).json;
  // patchMergeKey uid
  const merged = await patch({ metadata: { ownerReferences: [{ uid: 'two', name: 'renamed' }] } });
  assert.deepEqual(
    merged.metadata.ownerReferences.map(({ name }: { name: string }) => name),
    ['one', 'renamed'],
  );
  const fewer = await patch({ metadata: { ownerReferences: [{ uid: 'one', $patch: 'delete' }] } });
  assert.equal(fewer.metadata.ownerReferences.length, 1);
  const without = await patch({ metadata: { '$deleteFromPrimitiveList/finalizers': ['a.b/x'] } });
  assert.deepEqual(without.metadata.finalizers, ['a.b/y']);
  const ordered = await patch({
    metadata: { '$setElementOrder/finalizers': ['c.d/z', 'a.b/y'], finalizers: ['c.d/z'] },
  });
  assert.deepEqual(ordered.metadata.finalizers, ['c.d/z', 'a.b/y']);
  assert.deepEqual((await patch({ data: { $retainKeys: ['b', 'c'], c: '3' } })).data, { b: '2', c: '3' });
  assert.deepEqual((await patch({ data: { $patch: 'replace', d: '4' } })).data, { d: '4' });
});

test('§2.4 apply creates what is absent: 201, then 200', async () => {
  const world = await setUp();
  assert.equal((await world.send(apply('s', 'm1', { teeth: 2 }))).status, 201);
  assert.equal((await world.send(apply('s', 'm1', { teeth: 2 }))).status, 200);
  const yaml = 'apiVersion: test.planform.dev/v1\nkind: Gear\nmetadata: {name: t}\nspec: {teeth: 1}\n';
  assert.equal((await world.send(patchOf('apply', `${gears}/t?fieldManager=m`, yaml))).status, 201);
});

test('§2.4 conflicts: one text and one FieldManagerConflict cause per path', async () => {
  const world = await setUp();
  await world.send(apply('s', 'm1', { teeth: 2, parts: [{ name: 'p', size: 1 }] }));
  const two = await world.send(apply('s', 'm2', { teeth: 3, parts: [{ name: 'p', size: 2 }] }));
  assert.deepEqual([two.status, two.json.reason], [409, 'Conflict']);
  assert.equal(
    two.json.message,
    'Apply failed with 2 conflicts: conflicts with "m1":\n- .spec.teeth\n- .spec.parts[name="p"].size',
  );
  const cause = { reason: 'FieldManagerConflict', message: 'conflict with "m1"' };
  const fields = ['.spec.teeth', '.spec.parts[name="p"].size'];
  assert.deepEqual(two.json.details, { causes: fields.map((field) => ({ ...cause, field })) });
  const one = await world.send(apply('s', 'm2', { teeth: 3 }));
  assert.equal(one.json.message, 'Apply failed with 1 conflict: conflict with "m1": .spec.teeth');
  const update = await world.send(apply('a', 'm2', { teeth: 9 }));
  assert.match(update.json.message, /conflict with "tester" using test\.planform\.dev\/v1: \.spec\.teeth$/);
});

test('§2.4 force takes fields over; shared ownership stays shared', async () => {
  const world = await setUp();
  await world.send(apply('s', 'm1', { teeth: 2, replicas: 5 }));
  assert.equal((await world.send(apply('s', 'm2', { teeth: 3, replicas: 5 }, '&force=true'))).status, 200);
  const [m1, m2] = await entriesOf(world, `${gears}/s`);
  assert.deepEqual(m1?.fieldsV1, { 'f:spec': { 'f:replicas': {} } });
  assert.deepEqual(m2?.fieldsV1, { 'f:spec': { 'f:teeth': {}, 'f:replicas': {} } });
});

test('§2.4 removing a field from your apply deletes it if nobody else owns it', async () => {
  const world = await setUp();
  const parts = (...names: string[]) => names.map((name) => ({ name, size: 1 }));
  await world.send(apply('s', 'm1', { teeth: 2, parts: parts('x', 'y') }));
  await world.send(apply('s', 'm2', { parts: parts('y') }));
  const { json } = await world.send(apply('s', 'm1', { teeth: 2 }));
  assert.deepEqual(json.spec.parts, parts('y'));
});

test('§2.4 managedFields: status and scale are tracked by subresource, the main endpoint never owns the status', async () => {
  const world = await setUp();
  await world.send(apply('s', 'm', { teeth: 2 }));
  const status = { ...gearOf('s'), status: { replicas: 4 } };
  await world.send(patchOf('apply', `${gears}/s/status?fieldManager=m`, status));
  await world.send(patchOf('merge', `${gears}/s/scale?fieldManager=sc`, { spec: { replicas: 4 } }));
  const seen = (await entriesOf(world, `${gears}/s`)).map(({ manager, operation, subresource, fieldsV1 }) => ({
    [`${manager} ${operation} ${subresource}`]: fieldsV1,
  }));
  assert.deepEqual(Object.assign({}, ...seen), {
    'm Apply undefined': { 'f:spec': { 'f:teeth': {} } },
    'm Apply status': { 'f:status': { 'f:replicas': {} } },
    'sc Update scale': { 'f:spec': { 'f:replicas': {} } },
  });
  // resetFields: what a subresource does not write is not claimed through it
  const { json } = await world.send(`${gears}/s`);
  assert.deepEqual([json.spec.teeth, json.status], [2, { replicas: 4 }]);
});

test('§2.4 managedFields: time only changes when the set changes', async () => {
  const world = await setUp();
  await world.send(apply('s', 'm', { teeth: 2 }));
  const [first] = await entriesOf(world, `${gears}/s`);
  await world.clock.advance(60_000);
  await world.send(apply('s', 'm', { teeth: 2 }));
  assert.deepEqual(await entriesOf(world, `${gears}/s`), [first]);
  await world.send(apply('s', 'm', { teeth: 2, replicas: 2 }));
  assert.notEqual((await entriesOf(world, `${gears}/s`))[0]?.time, first?.time);
});

test('§2.4 managedFields: Update entries are capped at 10, older merged into ancient-changes', async () => {
  const world = await setUp();
  for (let index = 0; index < 12; index++) {
    await world.clock.advance(1_000);
    await world.send(patchOf('merge', `${maps}/a?fieldManager=u${index}`, { data: { [`k${index}`]: 'v' } }));
  }
  const entries = await entriesOf(world, `${maps}/a`);
  assert.equal(entries.length, 10);
  const ancient = entries.find(({ manager }) => manager === 'ancient-changes');
  assert.deepEqual(ancient?.fieldsV1, {
    'f:data': { '.': {}, 'f:a': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {} },
  });
});

test('§2.4 managedFields: cleared by [{}]; then nobody is tracked until the first apply, which finds before-first-apply', async () => {
  const world = await setUp();
  await world.send(patchOf('merge', `${gears}/a`, { metadata: { managedFields: [{}] } }));
  assert.deepEqual(await entriesOf(world, `${gears}/a`), []);
  await world.send(patchOf('merge', `${gears}/a`, { spec: { teeth: 4 } }));
  assert.deepEqual(await entriesOf(world, `${gears}/a`), []);
  const refusal = await world.send(apply('a', 'm', { teeth: 5 }));
  assert.match(
    refusal.json.message,
    /conflict with "before-first-apply" using test\.planform\.dev\/v1: \.spec\.teeth$/,
  );
  await world.send(apply('a', 'm', { teeth: 4 }));
  const managers = (await entriesOf(world, `${gears}/a`)).map(({ manager }) => manager);
  assert.deepEqual(managers.sort(), ['before-first-apply', 'm']);
});

test('§1.1 managedFields: kubectl replaces them by a JSON patch when it moves to server-side apply', async () => {
  const world = await setUp();
  const entries = await entriesOf(world, `${gears}/a`);
  const value = entries.map((entry) => ({ ...entry, manager: 'kubectl', operation: 'Apply' }));
  const patch = [{ op: 'replace', path: '/metadata/managedFields', value }];
  assert.equal((await world.send(patchOf('json', `${gears}/a`, patch))).status, 200);
  assert.deepEqual(
    (await entriesOf(world, `${gears}/a`)).map(({ manager, operation }) => `${manager} ${operation}`),
    ['kubectl Apply'],
  );
});

test('§2.4 managedFields: stripped when the object would be too large with them (#87508)', async () => {
  const world = await setUp();
  const parts = Array.from({ length: 15_000 }, (_, index) => ({ name: `part-with-a-long-name-${index}`, size: 1 }));
  const { status, json } = await world.send({ path: gears, body: gearOf('large', { teeth: 1, parts }) });
  assert.deepEqual([status, json.metadata.managedFields], [201, undefined]);
  const more = parts.map((part) => ({ ...part, name: `${part.name}-${'x'.repeat(60)}` }));
  const { status: tooLarge } = await world.send({ path: gears, body: gearOf('huge', { teeth: 1, parts: more }) });
  assert.equal(tooLarge, 413);
});

test('§2.4 apply dry-runs: answers what would be, stores nothing', async () => {
  // §1.3: Terraform and Flux plan with dryRun=All
  const world = await setUp();
  const { status, json } = await world.send(apply('s', 'Terraform', { teeth: 2 }, '&dryRun=All'));
  assert.deepEqual([status, json.spec.replicas, json.metadata.managedFields.length], [201, 1, 1]);
  assert.equal((await world.send(`${gears}/s`)).status, 404);
});
