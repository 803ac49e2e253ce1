import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { assembleKernel, type Kernel } from '../../../programs/apiserver/assemble.ts';
import { silentLogger } from '../../base/logger.ts';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { configMapKind } from '../configmap/type.ts';
import { namespaceKind } from '../namespace/type.ts';
import { ApiError, isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Client } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { MemoryDisk } from '../../store/memory/memory-disk.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { customResourceDefinitionKind } from './type.ts';

type Example = CustomResourceDefinition & { spec: { versions: [{ schema: { openAPIV3Schema: object } }] } };

/** The example, as a fresh copy. */
function example(): Example {
  return parse(readFileSync(join(import.meta.dirname, 'example.yaml'), 'utf8')) as Example;
}

const signal = new AbortController().signal;
const crdName = 'crontabs.stable.example.com';

/** A kernel that takes definitions, on a disk that outlives it. */
class CustomWorld implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly kernel: Kernel;
  readonly client: Client;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  private constructor(clock: VirtualClock, kernel: Kernel) {
    this.clock = clock;
    this.kernel = kernel;
    this.client = kernel.clientFor({ name: 'alice', groups: ['system:masters'] });
    this.#ended = kernel.run(this.#stop.signal);
  }

  static async open(disk: MemoryDisk): Promise<Kernel & { clock: VirtualClock }> {
    const clock = new VirtualClock();
    const kernel = await assembleKernel(
      {
        store: openMemoryStore({ disk }),
        kinds: [customResourceDefinitionKind],
        component: 'test',
        version: '0.0.0',
        runtime: { name: 'node', platform: 'test' },
        clock,
        random: seededRandom(disk.head + 1),
        log: silentLogger,
        onFatal: (error) => assert.fail(error),
        plug: () => ({}),
      },
      signal,
    );
    return { ...kernel, clock };
  }

  static async start(disk = new MemoryDisk()): Promise<CustomWorld> {
    const { clock, ...kernel } = await CustomWorld.open(disk);
    return new CustomWorld(clock, kernel);
  }

  async settle(ms = 5_000): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Posts a definition and waits until it was looked at. */
  async define(crd: object = example()): Promise<CustomResourceDefinition> {
    const { metadata } = await this.client.create(customResourceDefinitionKind, crd, {}, signal);
    await this.settle();
    return this.client.get(customResourceDefinitionKind, { name: metadata.name }, signal);
  }

  kind(): KindDefinition {
    const found = this.kernel.registry.catalog.find('stable.example.com', 'crontabs');
    assert.ok(found !== undefined, 'the kind is served');
    return found;
  }

  async get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await this.kernel.handler.handle({
      method: 'GET',
      path,
      query: new URLSearchParams(),
      headers: { accept: 'application/json' },
      credentials: {
        certificate: { commonName: 'a', organizations: ['system:masters'], fingerprint: '', publicKeyFingerprint: '' },
      },
      readBody: async () => new Uint8Array(),
      signal,
      receivedAtMs: 0,
      requestId: 'r',
    });
    const text = Buffer.from((response.body ?? new Uint8Array()) as Uint8Array).toString();
    return { status: response.status, body: response.status === 200 ? (JSON.parse(text) as unknown) : text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException('Stopped', 'AbortError'));
    await this.#ended;
    await this.kernel.close();
  }
}

const crontab = (name: string, spec: object = {}, more: object = {}) => ({
  metadata: { name, namespace: 'default', ...more },
  spec: { cronSpec: '* * * * *', image: 'busybox', ...spec },
});

function conditionsOf({ status }: CustomResourceDefinition): readonly string[] {
  return (status?.conditions ?? []).map(({ type, status: value, reason = '' }) => `${type}=${value} ${reason}`);
}

test('a definition is served in discovery and OpenAPI, and says that it is established', async () => {
  await using world = await CustomWorld.start();
  const crd = await world.define();
  assert.deepEqual(conditionsOf(crd), ['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
  assert.deepEqual(crd.status?.storedVersions, ['v1']);
  assert.deepEqual(crd.status?.acceptedNames, {
    plural: 'crontabs',
    singular: 'crontab',
    kind: 'CronTab',
    listKind: 'CronTabList',
    shortNames: ['ct'],
    categories: ['all'],
  });
  assert.equal(crd.spec.conversion?.strategy, 'None');
  const { body } = await world.get('/apis/stable.example.com/v1');
  const names = (body as { resources: { name: string }[] }).resources.map(({ name }) => name);
  assert.deepEqual(names, ['crontabs', 'crontabs/history', 'crontabs/scale', 'crontabs/status']);
  const openApi = (await world.get('/openapi/v3/apis/stable.example.com/v1')).body as {
    components: { schemas: Record<string, { properties: { spec: { required: string[] } } }> };
  };
  assert.deepEqual(openApi.components.schemas['com.example.stable.v1.CronTab']?.properties.spec.required, ['cronSpec']);
  const index = (await world.get('/openapi/v3')).body as { paths: object };
  assert.ok('apis/stable.example.com/v1' in index.paths);
});

test('objects are pruned, defaulted and held to the schema', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const kind = world.kind();
  const made = await world.client.create(kind, crontab('a', { odd: 1, ports: [{ port: 80 }] }), {}, signal);
  assert.deepEqual((made as KubeObject & { spec: object }).spec, {
    cronSpec: '* * * * *',
    image: 'busybox',
    ports: [{ port: 80, protocol: 'TCP' }],
    replicas: 1,
  });
  await assert.rejects(
    world.client.create(kind, crontab('b', { cronSpec: 'x', replicas: 11, mode: 'odd' }), {}, signal),
    (error) => {
      assert.ok(error instanceof ApiError && error.reason === 'Invalid');
      assert.equal(
        error.message,
        `CronTab.stable.example.com "b" is invalid: [spec.cronSpec: Invalid value: "x": spec.cronSpec in body should match '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$', spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10, spec.mode: Unsupported value: "odd": supported values: "Allow", "Forbid"]`,
      );
      return true;
    },
  );
  await assert.rejects(
    world.client.create(kind, crontab('c', { ports: [{ port: 80 }, { port: 80 }] }), {}, signal),
    /spec\.ports\[1\]: Duplicate value/,
  );
});

test('kinds are served again after a restart before anything else, and watches go on', async () => {
  const disk = new MemoryDisk();
  let revision: string;
  {
    await using world = await CustomWorld.start(disk);
    await world.define();
    const made = await world.client.create(world.kind(), crontab('a'), {}, signal);
    revision = made.metadata.resourceVersion;
    await world.client.create(world.kind(), crontab('b'), {}, signal);
  }
  const { clock: _clock, ...kernel } = await CustomWorld.open(disk);
  const kind = kernel.registry.catalog.find('stable.example.com', 'crontabs');
  assert.ok(kind !== undefined, 'served before controllers run');
  const client = kernel.clientFor({ name: 'alice', groups: ['system:masters'] });
  assert.deepEqual(
    (await client.list(kind, {}, signal)).items.map(({ metadata }) => metadata.name),
    ['a', 'b'],
  );
  await assert.rejects(
    async () => {
      for await (const event of client.watch(kind, { resourceVersion: revision }, signal)) assert.ok(event);
    },
    (error) => isApiError(error, 'Expired'),
  ); // its fields are selectable, so events of before are not trusted
  await kernel.close();
});

test('deleting a definition deletes its objects first, then stops serving the kind', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const kind = world.kind();
  await world.client.create(kind, crontab('free'), {}, signal);
  await world.client.create(kind, crontab('held', {}, { finalizers: ['example.com/hold'] }), {}, signal);
  await world.client.delete(customResourceDefinitionKind, { name: crdName }, {}, signal);
  await world.settle();
  const crd = await world.client.get(customResourceDefinitionKind, { name: crdName }, signal);
  assert.deepEqual(crd.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
  assert.ok(conditionsOf(crd).includes('Terminating=True InstanceDeletionInProgress'));
  assert.deepEqual(
    (await world.client.list(kind, {}, signal)).items.map(({ metadata }) => metadata.name),
    ['held'],
  );
  await assert.rejects(world.client.create(kind, crontab('late'), {}, signal), (error) =>
    isApiError(error, 'MethodNotAllowed'),
  );
  const at = { name: 'held', namespace: 'default' };
  await world.client.patch(kind, at, { type: 'merge', body: { metadata: { finalizers: null } } }, {}, signal);
  await world.settle();
  assert.equal(world.kernel.registry.catalog.find('stable.example.com', 'crontabs'), undefined);
  assert.equal((await world.get('/apis/stable.example.com/v1')).status, 404);
  await assert.rejects(world.client.get(customResourceDefinitionKind, { name: crdName }, signal), (error) =>
    isApiError(error, 'NotFound'),
  );
  await world.define();
  assert.deepEqual((await world.client.list(world.kind(), {}, signal)).items, []);
});

test('a definition that is going away goes on going after a restart', async () => {
  const disk = new MemoryDisk();
  {
    await using world = await CustomWorld.start(disk);
    await world.define();
    await world.client.create(world.kind(), crontab('held', {}, { finalizers: ['example.com/hold'] }), {}, signal);
    await world.client.delete(customResourceDefinitionKind, { name: crdName }, {}, signal);
    await world.settle();
  }
  await using world = await CustomWorld.start(disk);
  await world.settle();
  const at = { name: 'held', namespace: 'default' };
  await world.client.patch(world.kind(), at, { type: 'merge', body: { metadata: { finalizers: null } } }, {}, signal);
  await world.settle();
  assert.deepEqual((await world.client.list(customResourceDefinitionKind, {}, signal)).items, []);
});

test('garbage collection and namespace deletion cover custom kinds', async () => {
  await using world = await CustomWorld.start();
  await world.settle();
  await world.define();
  const kind = world.kind();
  const owner = await world.client.create(kind, crontab('owner'), {}, signal);
  const ownerReferences = [
    { apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'owner', uid: owner.metadata.uid },
  ];
  const owned = { metadata: { name: 'owned', namespace: 'default', ownerReferences } };
  await world.client.create(configMapKind, owned, {}, signal);
  const ownedCron = await world.client.create(kind, crontab('owned', {}, { ownerReferences }), {}, signal);
  await world.settle();
  assert.equal((await world.client.list(configMapKind, {}, signal)).items.length, 1);
  await world.client.delete(kind, { name: 'owner', namespace: 'default' }, {}, signal);
  await world.settle();
  assert.deepEqual((await world.client.list(configMapKind, {}, signal)).items, []);
  await assert.rejects(world.client.get(kind, { name: 'owned', namespace: 'default' }, signal), ownedCron.kind);

  await world.client.create(namespaceKind, { metadata: { name: 'room' } }, {}, signal);
  await world.client.create(kind, crontab('inside', {}, { namespace: 'room' }), {}, signal);
  await world.client.delete(namespaceKind, { name: 'room' }, {}, signal);
  await world.settle(10_000);
  await assert.rejects(world.client.get(namespaceKind, { name: 'room' }, signal), (error) =>
    isApiError(error, 'NotFound'),
  );
  assert.deepEqual((await world.client.list(kind, {}, signal)).items, []);
});

test('objects owned by custom objects go although the whole kind goes with their owners', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const owner = await world.client.create(world.kind(), crontab('owner'), {}, signal);
  const ownerReferences = [
    { apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'owner', uid: owner.metadata.uid },
  ];
  await world.settle();
  await world.client.create(
    configMapKind,
    { metadata: { name: 'o', namespace: 'default', ownerReferences } },
    {},
    signal,
  );
  await world.client.delete(customResourceDefinitionKind, { name: crdName }, {}, signal);
  await world.settle(60_000);
  assert.deepEqual((await world.client.list(configMapKind, {}, signal)).items, []);
});

test('names that are taken are refused until they are free', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const second = { ...example(), metadata: { name: 'crons.stable.example.com' } };
  const names = { plural: 'crons', kind: 'Cron', shortNames: ['ct'] };
  const refused = await world.define({ ...second, spec: { ...second.spec, names } });
  assert.deepEqual(conditionsOf(refused), ['NamesAccepted=False ShortNamesConflict', 'Established=False NotAccepted']);
  assert.equal(refused.status?.conditions?.[0]?.message, '"ct" is already in use');
  assert.equal((await world.get('/apis/stable.example.com/v1/crons')).status, 404);
  await world.client.delete(customResourceDefinitionKind, { name: crdName }, {}, signal);
  await world.settle();
  const accepted = await world.client.get(customResourceDefinitionKind, { name: 'crons.stable.example.com' }, signal);
  assert.deepEqual(conditionsOf(accepted), ['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
});

test('a definition of a built-in resource never takes its place', async () => {
  await using world = await CustomWorld.start();
  const base = example();
  const crd = await world.define({
    ...base,
    metadata: {
      name: 'leases.coordination.k8s.io',
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' },
    },
    spec: { ...base.spec, group: 'coordination.k8s.io', names: { plural: 'leases', kind: 'Lease' } },
  });
  assert.deepEqual(conditionsOf(crd), [
    'NamesAccepted=False PluralConflict',
    'Established=False NotAccepted',
    'KubernetesAPIApprovalPolicyConformant=False UnapprovedAnnotation',
  ]);
  assert.equal(world.kernel.registry.catalog.find('coordination.k8s.io', 'leases')?.custom, undefined);
  await world.client.delete(customResourceDefinitionKind, { name: crd.metadata.name }, {}, signal);
  await world.settle();
  assert.ok(world.kernel.registry.catalog.find('coordination.k8s.io', 'leases') !== undefined);
});

test('a changed definition is served at once: new versions, stored objects in the storage version, new defaults', async () => {
  const disk = new MemoryDisk();
  {
    await using world = await CustomWorld.start(disk);
    await world.define();
    await world.client.create(world.kind(), crontab('a'), {}, signal);
    const [v1] = example().spec.versions;
    const schema = structuredClone(v1.schema) as { openAPIV3Schema: { properties: { spec: { properties: object } } } };
    Object.assign(schema.openAPIV3Schema.properties.spec.properties, { zone: { type: 'string', default: 'UTC' } });
    const v2 = { ...structuredClone(v1 as object), name: 'v2', storage: true, schema };
    const versions = [v2, { ...structuredClone(v1 as object), storage: false, deprecated: true }];
    const at = { name: crdName };
    await world.client.patch(
      customResourceDefinitionKind,
      at,
      { type: 'merge', body: { spec: { versions } } },
      {},
      signal,
    );
    await world.settle();
    const crd = await world.client.get(customResourceDefinitionKind, at, signal);
    assert.deepEqual(crd.status?.storedVersions, ['v1', 'v2']);
    assert.equal(
      world.kind().versions[1]?.deprecationWarning,
      'stable.example.com/v1 CronTab is deprecated; use stable.example.com/v2 CronTab',
    );
    const read = async (version: string) => {
      const { body } = await world.get(`/apis/stable.example.com/${version}/namespaces/default/crontabs/a`);
      return body as { apiVersion: string; spec: { zone?: string } };
    };
    // Kubernetes: stored objects have the defaults of the version they are stored in, written ones those of the request.
    for (const version of ['v1', 'v2']) {
      const { apiVersion, spec } = await read(version);
      assert.deepEqual([apiVersion, spec.zone], [`stable.example.com/${version}`, undefined]);
    }
    const touch = { type: 'merge', body: {} } as const;
    await world.client.patch(world.kind(), { name: 'a', namespace: 'default' }, touch, {}, signal);
    assert.equal((await read('v2')).spec.zone, 'UTC');
    // Kubernetes: what the schema of a version does not know is pruned when an object is converted to it.
    assert.equal((await read('v1')).spec.zone, undefined);
    await assert.rejects(
      world.client.patch(
        customResourceDefinitionKind,
        at,
        { type: 'merge', body: { spec: { versions: [v2] } } },
        {},
        signal,
      ),
      /status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions/,
    );
  }
  await using world = await CustomWorld.start(disk);
  const found = await world.client.get(world.kind(), { name: 'a', namespace: 'default' }, signal);
  assert.equal(found.apiVersion, 'stable.example.com/v2');
});

test('fields are selected and columns printed as the definition says', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const kind = world.kind();
  await world.client.create(kind, crontab('a', { mode: 'Allow', ports: [{ port: 1 }, { port: 2 }] }), {}, signal);
  await world.client.create(kind, crontab('b', { mode: 'Forbid' }), {}, signal);
  const { items } = await world.client.list(kind, { fieldSelector: 'spec.mode=Forbid' }, signal);
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['b'],
  );
  const columns = kind.versions[0]?.columns ?? [];
  const a = await world.client.get(kind, { name: 'a', namespace: 'default' }, signal);
  const cells = columns.map(({ name, value }) => [name, typeof value === 'function' ? value(a as never, 0) : value]);
  assert.deepEqual(cells.slice(0, 4), [
    ['Spec', '* * * * *'],
    ['Replicas', 1],
    ['Ports', '1'],
    ['Last Run', undefined],
  ]);
});

// research/kernel.md §2.5: pruning and defaulting at read; watches of a definition that changed end and go on.
test('a change of the schema counts for stored objects at once, and watches of the kind end', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const made = await world.client.create(world.kind(), crontab('a', { mode: 'Allow' }), {}, signal);
  const { resourceVersion } = made.metadata;
  const watch = world.client.watch(world.kind(), { resourceVersion }, signal)[Symbol.asyncIterator]();
  const ended = watch.next();
  const crd = example();
  const [version] = crd.spec.versions;
  const { properties } = (version.schema.openAPIV3Schema as { properties: { spec: { properties: object } } }).properties
    .spec;
  const { mode: _mode, ...others } = properties as Record<string, object>;
  Object.assign(version, { selectableFields: [], additionalPrinterColumns: [] });
  version.schema = structuredClone(version.schema);
  (version.schema.openAPIV3Schema as { properties: { spec: { properties: object } } }).properties.spec.properties = {
    ...others,
    zone: { type: 'string', default: 'UTC' },
  };
  const versions = { type: 'merge', body: { spec: { versions: [version] } } } as const;
  await world.client.patch(customResourceDefinitionKind, { name: crdName }, versions, {}, signal);
  await world.settle();
  assert.equal((await ended).done, true);
  const { spec } = (await world.client.get(world.kind(), { name: 'a', namespace: 'default' }, signal)) as KubeObject & {
    spec: Record<string, unknown>;
  };
  assert.deepEqual([spec['mode'], spec['zone']], [undefined, 'UTC']);
});

test('selectable fields are published, and pick what a collection deletes', async () => {
  await using world = await CustomWorld.start();
  await world.define();
  const { body } = await world.get('/openapi/v3/apis/stable.example.com/v1');
  const { components } = body as { components: { schemas: Record<string, Record<string, unknown>> } };
  const schema = components.schemas['com.example.stable.v1.CronTab'] ?? {};
  assert.deepEqual(schema['x-kubernetes-selectable-fields'], [{ fieldPath: 'spec.mode' }]);
  const kind = world.kind();
  await world.client.create(kind, crontab('a', { mode: 'Allow' }), {}, signal);
  await world.client.create(kind, crontab('b', { mode: 'Forbid' }), {}, signal);
  const { resources } = world.kernel.registry;
  const target = { definition: kind, version: 'v1', namespace: 'default', name: '', subresource: '' } as const;
  const user = { name: 'alice', groups: [] };
  const context = { user, requestId: '', receivedAtMs: 0, userAgent: 't', signal, warn: () => undefined };
  await resources.deleteCollection(context, target, { fieldSelector: 'spec.mode=Allow' }, {});
  const { items } = await world.client.list(kind, {}, signal);
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['b'],
  );
});
