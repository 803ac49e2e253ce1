/** What creates, updates and deletes do, semantic by semantic: research/kernel.md §2.2 and §2.5 (fieldValidation). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { gear } from './testing/kubectl-world.ts';
import { openWireWorld, type WireRequest } from './testing/wire-world.ts';
import { gearOf, gears, maps, openGearWorld, type Refused, testRefusals } from './testing/gear-world.ts';

const mergePatch = 'application/merge-patch+json';

function patchOf(path: string, body: unknown): WireRequest {
  return { method: 'PATCH', path, body, type: mergePatch };
}

const uid = '[0-9a-f-]{36}';
const refused: readonly Refused[] = [
  {
    semantic: 'create: resourceVersion must be empty',
    request: { path: maps, body: { metadata: { name: 'b', resourceVersion: '4' } } },
    status: 400,
    reason: 'BadRequest',
    message: 'resourceVersion should not be set on objects to be created',
  },
  {
    semantic: 'create: namespace in body must match path',
    request: { path: maps, body: { metadata: { name: 'b', namespace: 'other' } } },
    status: 400,
    reason: 'BadRequest',
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    semantic: 'create: a name or generateName',
    request: { path: maps, body: { metadata: {} } },
    status: 422,
    reason: 'Invalid',
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    semantic: 'create: a name that is taken',
    request: { path: maps, body: { metadata: { name: 'a' } } },
    status: 409,
    reason: 'AlreadyExists',
    message: 'configmaps "a" already exists',
  },
  {
    semantic: 'create: a namespace that does not exist',
    request: { path: '/api/v1/namespaces/nope/configmaps', body: { metadata: { name: 'a' } } },
    status: 404,
    reason: 'NotFound',
    message: 'namespaces "nope" not found',
  },
  {
    semantic: 'create: another version in the body',
    request: { path: maps, body: { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'b' } } },
    status: 400,
    reason: 'BadRequest',
    message: 'the API version in the data (v2) does not match the expected API version (v1)',
  },
  {
    semantic: 'options: an unknown dryRun',
    request: { path: `${maps}?dryRun=Some`, body: { metadata: { name: 'b' } } },
    status: 422,
    reason: 'Invalid',
    message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  },
  {
    semantic: 'update: CR without RV => 422 "must be specified for an update" [M]',
    request: { method: 'PUT', path: `${gears}/a`, body: gearOf('a') },
    status: 422,
    reason: 'Invalid',
    message:
      'gears.test.planform.dev "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  },
  {
    semantic: 'update: PUT on an absent CR => 404 [M]',
    request: { method: 'PUT', path: `${gears}/b`, body: gearOf('b', { teeth: 1 }, { resourceVersion: '1' }) },
    status: 404,
    reason: 'NotFound',
    message: 'gears.test.planform.dev "b" not found',
  },
  {
    semantic: 'update: a stale RV',
    request: { method: 'PUT', path: `${gears}/a`, body: gearOf('a', { teeth: 4 }, { resourceVersion: '1' }) },
    status: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on gears.test.planform.dev "a": the object has been modified; ' +
      'please apply your changes to the latest version and try again',
  },
  {
    semantic: 'update: uid mismatch => 409',
    request: { method: 'PUT', path: `${maps}/a`, body: { metadata: { name: 'a', uid: 'x' } } },
    status: 409,
    reason: 'Conflict',
    message: new RegExp(
      `^Operation cannot be fulfilled on configmaps "a": Precondition failed: UID in precondition: x, UID in object meta: ${uid}$`,
    ),
  },
  {
    semantic: 'update: another name in the body',
    request: { method: 'PUT', path: `${maps}/a`, body: { metadata: { name: 'b' } } },
    status: 400,
    reason: 'BadRequest',
    message: 'the name of the object (b) does not match the name on the URL (a)',
  },
  {
    semantic: 'delete: preconditions uid => 409, about the kind [M]',
    request: { method: 'DELETE', path: `${gears}/a`, body: { preconditions: { uid: 'x' } } },
    status: 409,
    reason: 'Conflict',
    message: new RegExp(
      `^Operation cannot be fulfilled on Gear.test.planform.dev "a": the UID in the precondition \\(x\\) does not match ` +
        `the UID in record \\(${uid}\\). The object might have been deleted and then recreated$`,
    ),
  },
  {
    semantic: 'delete: preconditions resourceVersion => 409',
    request: { method: 'DELETE', path: `${gears}/a`, body: { preconditions: { resourceVersion: '99' } } },
    status: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on Gear.test.planform.dev "a": the ResourceVersion in the precondition (99) does ' +
      'not match the ResourceVersion in record (2). The object might have been modified',
  },
  {
    semantic: 'delete: an unknown propagation policy',
    request: { method: 'DELETE', path: `${gears}/a?propagationPolicy=Sideways` },
    status: 422,
    reason: 'Invalid',
    message:
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": ' +
      'supported values: "Foreground", "Background", "Orphan", "nil"',
  },
  {
    semantic: 'delete: the old and the new way to orphan together',
    request: { method: 'DELETE', path: `${gears}/a`, body: { propagationPolicy: 'Orphan', orphanDependents: true } },
    status: 422,
    reason: 'Invalid',
    message: /propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set$/,
  },
  {
    semantic: 'ownerReferences: one controller=true',
    request: {
      path: maps,
      body: {
        metadata: {
          name: 'b',
          ownerReferences: ['x', 'y'].map((name) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name,
            uid: name,
            controller: true,
          })),
        },
      },
    },
    status: 422,
    reason: 'Invalid',
    message: /Only one reference can have Controller set to true\. Found "true" in references for ConfigMap/,
  },
  {
    semantic: 'create: a wrong type in a built-in kind cannot be read (400)',
    request: { path: maps, body: { metadata: { name: 'b' }, data: { a: 1 }, immutable: 'yes' } },
    status: 400,
    reason: 'BadRequest',
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ' +
      'ConfigMap.data of type string',
  },
  {
    semantic: 'create: a wrong type in a custom resource is invalid (422)',
    request: { path: gears, body: { metadata: { name: 'b' }, spec: { teeth: 'x' } } },
    status: 422,
    reason: 'Invalid',
    message:
      'Gear.test.planform.dev "b" is invalid: spec.teeth: Invalid value: "string": spec.teeth in body must be of type ' +
      'integer: "string"',
  },
  {
    // §2.5: Strict => 400 with every duplicate and unknown field
    semantic: 'fieldValidation=Strict',
    request: {
      path: `${gears}?fieldValidation=Strict`,
      body: '{"metadata":{"name":"g"},"spec":{"teeth":1,"teeth":2,"x":1}}',
    },
    status: 400,
    reason: 'BadRequest',
    message:
      'Gear in version "v1" cannot be handled as a Gear: strict decoding error: ' +
      'duplicate field "spec.teeth", unknown field "spec.x"',
  },
  {
    // Kubernetes conformance: "detect unknown and duplicate fields of a typed object"
    semantic: 'fieldValidation=Strict names fields in the order of the text',
    request: {
      path: `${gears}?fieldValidation=Strict`,
      body: '{"metadata":{"name":"g"},"spec":{"x":1,"teeth":1,"teeth":2}}',
    },
    status: 400,
    reason: 'BadRequest',
    message:
      'Gear in version "v1" cannot be handled as a Gear: strict decoding error: ' +
      'unknown field "spec.x", duplicate field "spec.teeth"',
  },
];

test('§2.2 writes are refused as kube-apiserver refuses them', async (t) => {
  await testRefusals(t, await openGearWorld(), refused);
});

test('§2.2 create: the server sets uid, creationTimestamp, generation and managedFields', async () => {
  const world = await openGearWorld();
  const { json } = await world.send(`${gears}/a`);
  const { metadata } = json;
  assert.match(metadata.uid, new RegExp(`^${uid}$`));
  assert.deepEqual(
    [metadata.creationTimestamp, metadata.generation, metadata.namespace, metadata.resourceVersion],
    ['2026-01-01T00:00:00Z', 1, 'default', '2'],
  );
  assert.equal(metadata.managedFields[0].operation, 'Update');
});

test('§2.2 create: strips the status where there is a status subresource', async () => {
  const world = await openGearWorld();
  const { json } = await world.send({ path: gears, body: { ...gearOf('s'), status: { replicas: 3 } } });
  assert.equal(json.status, undefined);
});

test('§2.2 create: generateName cuts the base and adds five characters without vowels', async () => {
  const world = await openGearWorld();
  const names = [];
  for (const generateName of ['pre-', 'x'.repeat(200)]) {
    const { status, json } = await world.send({ path: maps, body: { metadata: { generateName } } });
    assert.equal(status, 201);
    names.push(json.metadata.name);
    assert.equal(json.metadata.generateName, generateName);
  }
  assert.match(names[0], /^pre-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.match(names[1], /^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test('§2.2 create: up to 8 names are tried, then AlreadyExists with retry-after', async () => {
  let draws = 0;
  const bytes = (length: number) => {
    draws++;
    return new Uint8Array(length);
  };
  const world = await openWireWorld({ random: { ...seededRandom(1), bytes } });
  const create = () => world.send({ path: maps, body: { metadata: { generateName: 'pre-' } } });
  assert.equal((await create()).json.metadata.name, 'pre-bbbbb');
  draws = 0;
  const { status, headers, json } = await create();
  assert.deepEqual([draws, status, json.reason, headers['retry-after']], [8, 409, 'AlreadyExists', '1']);
  assert.equal(
    json.message,
    'configmaps "pre-bbbbb" already exists, the server was not able to generate a unique name for the object',
  );
});

test('§2.2 create: dryRun=All runs everything but storage; a uid is issued, no RV', async () => {
  const world = await openGearWorld();
  const { status, json } = await world.send({ path: `${gears}?dryRun=All`, body: gearOf('dry') });
  assert.equal(status, 201);
  assert.match(json.metadata.uid, new RegExp(`^${uid}$`));
  assert.equal(json.metadata.resourceVersion, undefined);
  assert.equal(json.spec.replicas, 1);
  assert.equal((await world.send(`${gears}/dry`)).status, 404);
  const invalid = await world.send({ path: `${gears}?dryRun=All`, body: gearOf('dry', { teeth: 0 }) });
  assert.equal(invalid.status, 422);
});

test('§2.5 fieldValidation: Warn warns of each field, Ignore says nothing', async () => {
  const world = await openGearWorld();
  const body = (name: string) => `{"metadata":{"name":"${name}"},"spec":{"teeth":1,"teeth":2,"x":1}}`;
  const warned = await world.send({ path: gears, body: body('w') });
  assert.equal(warned.status, 201);
  const both = '299 - "duplicate field \\"spec.teeth\\"", 299 - "unknown field \\"spec.x\\""';
  assert.equal(warned.headers['warning'], both);
  assert.deepEqual(warned.json.spec, { teeth: 2, replicas: 1 });
  const ignored = await world.send({ path: `${gears}?fieldValidation=Ignore`, body: body('i') });
  assert.deepEqual([ignored.status, ignored.headers['warning']], [201, undefined]);
});

test('§2.2 update: most built-ins allow an unconditional one', async () => {
  const world = await openGearWorld();
  const request = { method: 'PUT', path: `${maps}/a`, body: { metadata: { name: 'a' }, data: { a: 'c' } } };
  const { status, json } = await world.send(request);
  assert.deepEqual([status, json.data], [200, { a: 'c' }]);
});

test('§2.2 update: generation counts changes of anything but metadata and status', async () => {
  const world = await openGearWorld();
  const generation = async (request: WireRequest) => (await world.send(request)).json.metadata.generation;
  assert.equal(await generation(patchOf(`${gears}/a`, { metadata: { labels: { x: 'y' } } })), 1);
  assert.equal(await generation(patchOf(`${gears}/a/status`, { status: { replicas: 1 } })), 1);
  assert.equal(await generation(patchOf(`${gears}/a`, { spec: { teeth: 9 } })), 2);
});

test('§2.2 update: what changes nothing bumps neither RV nor generation', async () => {
  const world = await openGearWorld();
  const before = (await world.send(`${gears}/a`)).json;
  const patched = (await world.send(patchOf(`${gears}/a`, { spec: { teeth: 3 } }))).json;
  const replaced = (await world.send({ method: 'PUT', path: `${gears}/a`, body: before })).json;
  assert.deepEqual([patched, replaced], [before, before]);
});

test('§2.2 delete: 200 Status Success with details.uid, or the object while finalizers hold it', async () => {
  const world = await openGearWorld();
  const created = (await world.send(`${gears}/a`)).json;
  const gone = await world.send({ method: 'DELETE', path: `${gears}/a` });
  assert.deepEqual([gone.status, gone.json.status, gone.json.kind], [200, 'Success', 'Status']);
  const details = { name: 'a', group: 'test.planform.dev', kind: 'gears', uid: created.metadata.uid };
  assert.deepEqual(gone.json.details, details);
  await world.send({ path: gears, body: gearOf('f', { teeth: 1 }, { finalizers: ['a.b/c'] }) });
  const held = await world.send({ method: 'DELETE', path: `${gears}/f` });
  assert.equal(held.status, 200);
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = held.json.metadata;
  assert.deepEqual([deletionTimestamp, deletionGracePeriodSeconds, generation], ['2026-01-01T00:00:00Z', 0, 2]);
});

test('§2.2 delete: finalizers only go while terminating, the last one takes the object along, and there is no way back', async () => {
  const world = await openGearWorld();
  await world.send({ path: gears, body: gearOf('f', { teeth: 1 }, { finalizers: ['a.b/c'] }) });
  await world.send({ method: 'DELETE', path: `${gears}/f` });
  const added = await world.send(patchOf(`${gears}/f`, { metadata: { finalizers: ['a.b/c', 'd.e/f'] } }));
  assert.equal(added.status, 422);
  assert.match(
    added.json.message,
    /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"d\.e\/f"\}$/,
  );
  // deletionTimestamp is irreversible (#85465, #69980)
  const revived = await world.send(patchOf(`${gears}/f`, { metadata: { deletionTimestamp: null } }));
  assert.equal(revived.json.metadata.deletionTimestamp, '2026-01-01T00:00:00Z');
  const last = await world.send(patchOf(`${gears}/f`, { metadata: { finalizers: null } }));
  assert.equal(last.status, 200);
  assert.equal((await world.send(`${gears}/f`)).status, 404);
});

test('§2.2 delete: propagation Orphan and Foreground leave their finalizers', async () => {
  const world = await openGearWorld();
  for (const [policy, finalizers] of [
    ['Orphan', ['orphan']],
    ['Foreground', ['foregroundDeletion']],
  ] as const) {
    await world.send({ path: gears, body: gearOf(policy.toLowerCase()) });
    const path = `${gears}/${policy.toLowerCase()}?propagationPolicy=${policy}`;
    const { json } = await world.send({ method: 'DELETE', path });
    assert.deepEqual(json.metadata.finalizers, finalizers);
  }
  await world.send({ path: gears, body: gearOf('old') });
  const { json } = await world.send({ method: 'DELETE', path: `${gears}/old`, body: { orphanDependents: true } });
  assert.deepEqual(json.metadata.finalizers, ['orphan']);
});

test('§2.2 deletecollection: returns the list deleted and honours selectors, limit and dryRun', async () => {
  const world = await openGearWorld();
  for (const [name, x] of [
    ['d1', 'y'],
    ['d2', 'y'],
    ['d3', 'z'],
  ] as const) {
    await world.send({ path: gears, body: gearOf(name, { teeth: 1 }, { labels: { x } }) });
  }
  const remove = async (query: string) => {
    const { json } = await world.send({ method: 'DELETE', path: `${gears}?${query}` });
    assert.equal(json.kind, 'GearList');
    return json.items.map((item: { metadata: { name: string } }) => item.metadata.name).sort();
  };
  assert.deepEqual(await remove('labelSelector=x%3Dy&dryRun=All'), ['d1', 'd2']);
  assert.deepEqual(await remove('labelSelector=x%3Dy&limit=1'), ['d1']);
  assert.deepEqual(await remove('labelSelector=x'), ['d2', 'd3']);
  assert.deepEqual(await remove('fieldSelector=metadata.name%3Da'), ['a']);
});

test('§2.2 delete: a grace period holds an object, can be shortened, and never extended', async () => {
  const slow: KindDefinition = {
    ...gear,
    kind: 'Slow',
    plural: 'slows',
    singular: 'slow',
    gracefulDeletionSeconds: () => 30,
  };
  const world = await openGearWorld(undefined, [slow]);
  const path = gears.replace('gears', 'slows');
  await world.send({ path, body: { metadata: { name: 's' }, spec: { teeth: 1 } } });
  const grace = async (query: string) => {
    const { json } = await world.send({ method: 'DELETE', path: `${path}/s${query}` });
    return json.metadata?.deletionGracePeriodSeconds;
  };
  assert.equal(await grace(''), 30);
  assert.equal(await grace('?gracePeriodSeconds=60'), 30);
  assert.equal(await grace('?gracePeriodSeconds=5'), 5);
  assert.equal(await grace('?gracePeriodSeconds=0'), undefined);
  assert.equal((await world.send(`${path}/s`)).status, 404);
});
