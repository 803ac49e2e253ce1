import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { ResourceTarget, WatchNotice } from '../ports/resources.ts';
import type { WebhookCall, WebhookCaller } from '../ports/webhook.ts';
import type { KindConversion, KindDefinition } from '../schema/kind.ts';
import { integer, object, string } from '../schema/schema.ts';
import { body, openWorld, type World } from './testing/world.ts';

/** `spec.host` and `spec.port` in v1 are `spec.address` in v2. */
const converted: KindDefinition = {
  group: 'test.planform.dev',
  kind: 'Route',
  plural: 'routes',
  singular: 'route',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v2',
      served: true,
      columns: [],
      schema: object({ spec: object({ address: string() }), status: object({ phase: string() }) }),
      subresources: { status: false },
    },
    {
      name: 'v1',
      served: true,
      columns: [],
      schema: object({
        spec: object({ host: string(), port: integer() }),
        status: object({ phase: string() }),
      }),
    },
  ],
  statusSubresource: true,
  history: 'spec',
  conversion: { strategy: 'Functions', convert: convertRoute },
};

function convertRoute(route: JsonObject, apiVersion: string): JsonObject {
  const { spec = {}, ...rest } = route as { readonly spec?: Readonly<Record<string, unknown>> } & JsonObject;
  if (apiVersion.endsWith('v2'))
    return { ...rest, apiVersion, spec: { address: `${String(spec['host'])}:${Number(spec['port'])}` } };
  const [host = '', port = '0'] = String(spec['address']).split(':');
  return { ...rest, apiVersion, spec: { host, port: Number(port) } };
}

const at = (version: string, name = '', kind = converted): ResourceTarget => ({
  definition: kind,
  version,
  namespace: 'default',
  name,
  subresource: '',
});

const route = (name: string, spec: object) => body({ metadata: { name }, spec });

const specOf = (shown: { parsed(): KubeObject }) =>
  (shown.parsed() as KubeObject & { readonly spec?: unknown }).spec ?? undefined;

test('objects come and go in the version of the request and are stored in one', async () => {
  const world = await openWorld({ kinds: [converted] });
  const { resources, core } = world.registry;
  const created = await resources.create(world.context(), at('v2'), route('a', { address: 'x:80' }), {});
  assert.deepEqual(
    [created.object.parsed().apiVersion, specOf(created.object)],
    ['test.planform.dev/v2', { address: 'x:80' }],
  );
  const stored = core.cache.resource('routes.test.planform.dev').get('default a');
  assert.deepEqual(stored?.parsed().apiVersion, 'test.planform.dev/v1');
  assert.deepEqual(stored === undefined ? undefined : specOf(stored), { host: 'x', port: 80 });
  assert.deepEqual(specOf(await resources.get(world.context(), at('v1', 'a'), {})), { host: 'x', port: 80 });

  const patch = { type: 'merge', body: { spec: { address: 'y:81' } } } as const;
  assert.deepEqual(specOf((await resources.patch(world.context(), at('v2', 'a'), patch, {})).object), {
    address: 'y:81',
  });
  const { items } = await resources.list(world.context(), at('v1'), {});
  assert.deepEqual(items.map(specOf), [{ host: 'y', port: 81 }]);
  const { entries } = await resources.history(world.context(), at('v2', 'a'), 10);
  assert.deepEqual(
    entries.map((entry) => (entry.object as KubeObject & { spec?: unknown }).spec),
    [{ address: 'y:81' }, { address: 'x:80' }],
  );
});

test('a form is made once, and the stored form is served as it is', async () => {
  const world = await openWorld({ kinds: [converted] });
  const { resources, core } = world.registry;
  await resources.create(world.context(), at('v1'), route('a', { host: 'x', port: 80 }), {});
  const stored = core.cache.resource('routes.test.planform.dev').get('default a');
  assert.equal(await resources.get(world.context(), at('v1', 'a'), {}), stored);
  const [one, two] = [
    await resources.get(world.context(), at('v2', 'a'), {}),
    await resources.get(world.context(), at('v2', 'a'), {}),
  ];
  assert.equal(one, two);
});

test('watches tell of objects in their version and share what is encoded', async () => {
  const world = await openWorld({ kinds: [converted] });
  const { resources } = world.registry;
  const query = { allowBookmarks: false, sendInitialEvents: false, timeoutMs: 60_000, resourceVersion: '1' };
  const open = async () => (await resources.watch(world.context(), at('v2'), query))[Symbol.asyncIterator]();
  const [first, second] = [await open(), await open()];
  await resources.create(world.context(), at('v1'), route('a', { host: 'x', port: 80 }), {});
  const told = [await next(first), await next(second)];
  assert.deepEqual(
    told.map((notice) => notice?.object && specOf(notice.object)),
    [{ address: 'x:80' }, { address: 'x:80' }],
  );
  assert.ok(told[0]?.encodings !== undefined && told[0]?.encodings === told[1]?.encodings);
});

async function next(watch: AsyncIterator<WatchNotice>): Promise<WatchNotice | undefined> {
  const result = await watch.next();
  return result.done === true ? undefined : result.value;
}

// research/kernel.md §2.5: subresources are those of the version (apiextensions `SubresourcesForVersion`).
test('each version has its own status subresource', async () => {
  const world = await openWorld({ kinds: [converted] });
  const { resources } = world.registry;
  const withStatus = (version: string) =>
    body({ apiVersion: `test.planform.dev/${version}`, metadata: { name: version }, status: { phase: 'Set' } });
  const phaseOf = async (version: string) => {
    const { object: made } = await resources.create(world.context(), at(version), withStatus(version), {});
    return (made.parsed() as KubeObject & { status?: { phase?: string } }).status?.phase;
  };
  assert.deepEqual([await phaseOf('v1'), await phaseOf('v2')], [undefined, 'Set']);
});

/** A webhook that answers at once and notes what it was asked. */
class FakeWebhook implements WebhookCaller {
  readonly calls: WebhookCall[] = [];
  /** What the answer says differently. */
  distort: (answer: Record<string, unknown>) => void = () => undefined;
  failure: Error | undefined;

  async post(call: WebhookCall): Promise<unknown> {
    this.calls.push(call);
    if (this.failure !== undefined) throw this.failure;
    const { request } = call.body as { request: { uid: string; desiredAPIVersion: string; objects: JsonObject[] } };
    const convertedObjects = request.objects.map((one) => convertRoute(one, request.desiredAPIVersion));
    const response = { uid: request.uid, result: { status: 'Success' }, convertedObjects };
    const answer: Record<string, unknown> = structuredClone({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'ConversionReview',
      response,
    });
    this.distort(answer);
    return answer;
  }
}

const webhook: KindConversion = {
  strategy: 'Webhook',
  webhook: { url: 'https://convert.example.com/' },
  reviewVersions: ['v9', 'v1'],
};
const custom: KindDefinition = { ...converted, conversion: webhook, custom: { hasChanged: false } };

async function webhookWorld(): Promise<{ world: World; hook: FakeWebhook }> {
  const hook = new FakeWebhook();
  return { world: await openWorld({ kinds: [custom], webhooks: hook }), hook };
}

test('a webhook converts the objects of a list together, and none that have the version', async () => {
  const { world, hook } = await webhookWorld();
  const { resources } = world.registry;
  for (const name of ['a', 'b', 'c']) {
    await resources.create(world.context(), at('v1', '', custom), route(name, { host: name, port: 1 }), {});
  }
  assert.equal(hook.calls.length, 0);
  await resources.list(world.context(), at('v1', '', custom), {});
  assert.equal(hook.calls.length, 0);
  const { items } = await resources.list(world.context(), at('v2', '', custom), {});
  assert.deepEqual(items.map(specOf), [{ address: 'a:1' }, { address: 'b:1' }, { address: 'c:1' }]);
  assert.equal(hook.calls.length, 1);
  assert.equal(hook.calls[0]?.timeoutMs, 30_000);
  await resources.list(world.context(), at('v2', '', custom), {});
  assert.equal(hook.calls.length, 1, 'the forms are remembered');
});

test('writes in another version go through the webhook both ways', async () => {
  const { world } = await webhookWorld();
  const { resources, core } = world.registry;
  const { object: made } = await resources.create(
    world.context(),
    at('v2', '', custom),
    route('a', { address: 'x:8' }),
    {},
  );
  assert.deepEqual(specOf(made), { address: 'x:8' });
  assert.match(String(core.cache.resource('routes.test.planform.dev').get('default a')?.bytes), /"host":"x","port":8/);
  const patch = { type: 'merge', body: { metadata: { labels: { app: 'x' } } } } as const;
  const { object: patched } = await resources.patch(world.context(), at('v2', 'a', custom), patch, {});
  assert.deepEqual(patched.parsed().metadata.labels, { app: 'x' });
});

// Kubernetes: apiextensions-apiserver webhook_converter.go, the texts of what a webhook does wrong.
test('what a webhook does wrong is said', async (t) => {
  type Answer = { apiVersion: string; response: { uid: string; result: object; convertedObjects: JsonObject[] } };
  const cases: readonly [string, (answer: Answer) => void, RegExp][] = [
    ['another uid', (a) => (a.response.uid = 'x'), /failed: expected response\.uid="[^"]+", got "x"$/],
    ['a refusal', (a) => (a.response.result = { status: 'Failure', message: 'no way' }), /failed: no way$/],
    ['no status', (a) => (a.response.result = {}), /failed: response\.result\.status was '', not 'Success'$/],
    [
      'another review',
      (a) => (a.apiVersion = 'v7'),
      /failed: expected webhook response of apiextensions\.k8s\.io\/v1, /,
    ],
    ['too few objects', (a) => a.response.convertedObjects.pop(), /returned 0 objects, expected 1$/],
    [
      'another version',
      (a) => (a.response.convertedObjects = [{ apiVersion: 'b/v3', kind: 'Route' }]),
      /at index 0: invalid groupVersion \(expected test\.planform\.dev\/v2, received b\/v3\)$/,
    ],
    ['another name', (a) => rename(a.response.convertedObjects[0], 'z'), /must have the same name: a != z$/],
    [
      'a bad label',
      (a) => label(a.response.convertedObjects[0], '!'),
      /invalid metadata in object at index 0: metadata\.labels/,
    ],
  ];
  for (const [name, distort, text] of cases) {
    await t.test(name, async () => {
      const { world, hook } = await webhookWorld();
      const { resources } = world.registry;
      await resources.create(world.context(), at('v1', '', custom), route('a', { host: 'x', port: 1 }), {});
      hook.distort = (answer) => distort(answer as Answer);
      await assert.rejects(resources.get(world.context(), at('v2', 'a', custom), {}), (error: unknown) => {
        assert.ok(isApiError(error, 'Unknown'));
        assert.match(error.message, /^conversion webhook for test\.planform\.dev\/v1, Kind=Route /);
        assert.match(error.message, text);
        return true;
      });
    });
  }
});

function rename(converted: JsonObject | undefined, name: string): void {
  if (converted !== undefined) (converted['metadata'] as Record<string, unknown>)['name'] = name;
}

function label(converted: JsonObject | undefined, value: string): void {
  if (converted !== undefined) (converted['metadata'] as Record<string, unknown>)['labels'] = { app: value };
}

test('a webhook changes labels and annotations and nothing else of the metadata', async () => {
  const { world, hook } = await webhookWorld();
  const { resources } = world.registry;
  await resources.create(world.context(), at('v1', '', custom), route('a', { host: 'x', port: 1 }), {});
  hook.distort = (answer) => {
    const [first] = (answer['response'] as { convertedObjects: JsonObject[] }).convertedObjects;
    if (first === undefined) return;
    const { uid, name } = first['metadata'] as Record<string, string>;
    Object.assign(first, {
      metadata: { uid, name, namespace: 'default', labels: { made: 'here' }, finalizers: ['a/b'] },
    });
  };
  const { metadata } = (await resources.get(world.context(), at('v2', 'a', custom), {})).parsed();
  assert.deepEqual([metadata.labels, metadata.finalizers, metadata.generation], [{ made: 'here' }, undefined, 1]);
});

test('a webhook that fails fails its readers and nobody else', async () => {
  const { world, hook } = await webhookWorld();
  const { resources } = world.registry;
  await resources.create(world.context(), at('v1', '', custom), route('a', { host: 'x', port: 1 }), {});
  hook.failure = new Error('connection refused');
  await assert.rejects(
    resources.list(world.context(), at('v2', '', custom), {}),
    /Kind=Route failed: connection refused/,
  );
  assert.equal((await resources.list(world.context(), at('v1', '', custom), {})).items.length, 1);
  const events = { allowBookmarks: false, timeoutMs: 60_000 };
  const watch = (await resources.watch(world.context(), at('v2', '', custom), events))[Symbol.asyncIterator]();
  await assert.rejects(Promise.resolve(watch.next()), /Kind=Route failed: connection refused/);
  hook.failure = undefined;
  assert.equal((await resources.list(world.context(), at('v2', '', custom), {})).items.length, 1);
});

// Kubernetes: storage migration is reading every object and writing it again without a change.
test('a write without a change moves an object into the storage version', async () => {
  const { world, hook } = await webhookWorld();
  const { resources, catalog, core } = world.registry;
  await resources.create(world.context(), at('v1', '', custom), route('a', { host: 'x', port: 1 }), {});
  const next: KindDefinition = { ...custom, storageVersion: 'v2' };
  catalog.add(next);
  const patch = { type: 'merge', body: {} } as const;
  const { object: before } = await resources.patch(world.context(), at('v1', 'a', next), patch, {});
  assert.deepEqual(specOf(before), { host: 'x', port: 1 });
  assert.match(String(core.cache.resource('routes.test.planform.dev').get('default a')?.bytes), /"address":"x:1"/);
  const asked = hook.calls.length;
  await resources.get(world.context(), at('v2', 'a', next), {});
  assert.equal(hook.calls.length, asked);
});

// research/kernel.md §2.4: managedFields entries carry the apiVersion of their writer and are compared in it.
test('server-side apply in one version sees what is owned in another', async () => {
  const world = await openWorld({ kinds: [converted] });
  const { resources } = world.registry;
  const apply = (version: string, fieldManager: string, spec: object) => {
    const value = { apiVersion: `test.planform.dev/${version}`, kind: 'Route', metadata: { name: 'a' }, spec };
    return resources.apply(world.context(), at(version, 'a'), body(value), { fieldManager });
  };
  await apply('v1', 'old', { host: 'x', port: 80 });
  await assert.rejects(apply('v2', 'new', { address: 'y:80' }), (error: unknown) => {
    assert.ok(isApiError(error, 'Conflict'));
    assert.deepEqual(error.details.causes, [
      { reason: 'FieldManagerConflict', message: 'conflict with "old"', field: '.spec.host' },
    ]);
    return true;
  });
  const { object: shared } = await apply('v2', 'new', { address: 'x:80' });
  assert.deepEqual(
    shared.parsed().metadata.managedFields?.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`),
    ['new test.planform.dev/v2', 'old test.planform.dev/v1'],
  );
  const { object: left } = await apply('v1', 'old', {});
  assert.deepEqual(specOf(left), { host: 'x', port: 80 }, 'the new manager owns both in its version');
});

// research/kernel.md §2.3: selectableFields are those of the version that is asked for.
test('fields of a version that a webhook makes are selected in that version', async () => {
  const address = {
    label: 'spec.address',
    value: (one: KubeObject & { spec?: { address?: string } }) => one.spec?.address ?? '',
  };
  const kind: KindDefinition = { ...custom, selectableFields: [address] };
  const world = await openWorld({ kinds: [kind], webhooks: new FakeWebhook() });
  const { resources } = world.registry;
  const target = at('v2', '', kind);
  const put = (name: string, host: string) =>
    resources.apply(
      world.context(),
      at('v1', name, kind),
      body({ apiVersion: 'test.planform.dev/v1', kind: 'Route', metadata: { name }, spec: { host, port: 1 } }),
      { fieldManager: 'test', force: true },
    );
  for (const name of ['a', 'b', 'c', 'd']) await put(name, name === 'c' ? 'y' : 'x');
  const list = async (query: object) => {
    const page = await resources.list(world.context(), target, { fieldSelector: 'spec.address=x:1', ...query });
    return {
      names: page.items.map((item) => item.parsed().metadata.name),
      next: page.continueToken,
      revision: page.revision,
    };
  };
  const first = await list({ limit: 2 });
  assert.deepEqual(first.names, ['a', 'b']);
  assert.deepEqual((await list({ limit: 2, continueToken: first.next })).names, ['d']);
  assert.deepEqual(
    (await resources.list(world.context(), target, { fieldSelector: 'spec.address!=x:1' })).items.length,
    1,
  );

  const query = {
    fieldSelector: 'spec.address=x:1',
    allowBookmarks: false,
    sendInitialEvents: false,
    timeoutMs: 60_000,
  };
  const feed = await resources.watch(world.context(), target, { ...query, resourceVersion: String(first.revision) });
  const watch = feed[Symbol.asyncIterator]();
  await put('c', 'x');
  await put('a', 'y');
  await put('a', 'z');
  await put('b', 'x');
  await resources.delete(world.context(), at('v1', 'd', kind), {});
  const told: string[] = [];
  for (let count = 0; count < 3; count++) {
    const notice = await next(watch);
    told.push(`${notice?.type} ${notice?.object?.parsed().metadata.name}`);
  }
  assert.deepEqual(told, ['ADDED c', 'DELETED a', 'DELETED d']);
});

test('each version has its own scale subresource', async () => {
  const scale = { specReplicasPath: 'spec.port', statusReplicasPath: 'status.port', labelSelectorPath: '' };
  const versions = converted.versions.map((version) =>
    version.name === 'v1' ? { ...version, subresources: { status: false, scale } } : version,
  );
  const kind = { ...converted, versions };
  const world = await openWorld({ kinds: [kind] });
  const { resources } = world.registry;
  await resources.create(world.context(), at('v2', '', kind), route('a', { address: 'x:3' }), {});
  const scaleAt = (version: string) => ({ ...at(version, 'a', kind), subresource: 'scale' }) as const;
  assert.deepEqual(specOf(await resources.get(world.context(), scaleAt('v1'), {})), { replicas: 3 });
  await assert.rejects(resources.get(world.context(), scaleAt('v2'), {}), /could not find the requested resource/);
  const patch = { type: 'merge', body: { spec: { replicas: 5 } } } as const;
  await resources.patch(world.context(), scaleAt('v1'), patch, {});
  assert.deepEqual(specOf(await resources.get(world.context(), at('v2', 'a', kind), {})), { address: 'x:5' });
});

test('who waits for a webhook keeps nobody else waiting, and shares the answer', async () => {
  const { world, hook } = await webhookWorld();
  const { resources } = world.registry;
  await resources.create(world.context(), at('v1', '', custom), route('a', { host: 'x', port: 1 }), {});
  const { promise: slowness, resolve: answer } = Promise.withResolvers<void>();
  const post = hook.post.bind(hook);
  hook.post = async (call) => {
    await slowness;
    return post(call);
  };
  const read = () => resources.get(world.context(), at('v2', 'a', custom), {});
  const waiting = Promise.all([read(), read()]);
  await resources.create(world.context(), at('v1', '', custom), route('b', { host: 'y', port: 1 }), {});
  assert.equal((await resources.list(world.context(), at('v1', '', custom), {})).items.length, 2);
  answer();
  const [one, two] = await waiting;
  assert.equal(one, two);
  assert.equal(hook.calls.length, 1);
});

test('readers of metadata alone need no webhook: what collects garbage goes on without it', async () => {
  const { world, hook } = await webhookWorld();
  const { resources } = world.registry;
  await resources.create(world.context(), at('v1', '', custom), route('a', { host: 'x', port: 1 }), {});
  hook.failure = new Error('connection refused');
  const { items } = await resources.list(world.context(), at('v2', '', custom), { anyVersion: true });
  assert.deepEqual(
    items.map((item) => item.header().metadata.name),
    ['a'],
  );
  const query = { allowBookmarks: false, timeoutMs: 60_000, anyVersion: true };
  const feed = await resources.watch(world.context(), at('v2', '', custom), query);
  assert.equal(feed.take()?.object?.header().metadata.name, 'a');
});
