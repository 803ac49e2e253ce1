import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { configMapKind } from '../../kernel/kinds/configmap/type.ts';
import { type Restoration, restorationKind } from '../../kernel/kinds/restoration/type.ts';
import { findCondition, isConditionTrue } from '../../kernel/meta/conditions.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import type { Client } from '../../kernel/ports/client.ts';
import type { ConfigMap } from '../../kernel/schema/standard/types.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../kernel/store/memory/memory-store.ts';
import { assembleKernel, type Kernel } from './assemble.ts';

interface Running {
  readonly kernel: Kernel;
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

const root = { name: 'root', groups: ['system:masters', 'system:authenticated'] };

async function start(disk: MemoryDisk): Promise<Running> {
  const clock = new VirtualClock();
  const stopping = new AbortController();
  const { signal } = stopping;
  const options = {
    kinds: [],
    component: 'test',
    version: '0',
    runtime: { name: 'node', platform: 'test' },
    log: silentLogger,
  };
  const kernel = await assembleKernel(
    {
      ...options,
      store: openMemoryStore({ disk }),
      clock,
      random: seededRandom(disk.head + 1),
      onFatal: (error) => assert.fail(error),
      plug: () => ({}),
    },
    signal,
  );
  const running = kernel.run(signal).catch((error: unknown) => assert.ok(signal.aborted, String(error)));
  const stop = async () => {
    stopping.abort(new Error('stop'));
    await running;
    await kernel.close();
  };
  return { kernel, client: kernel.clientFor(root), clock, signal: new AbortController().signal, stop };
}

type Owner = Pick<KubeObject, 'metadata'>;

async function make(
  { client, signal }: Running,
  name: string,
  data: Record<string, string>,
  owner?: Owner,
): Promise<ConfigMap> {
  const references = owner && [
    { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid },
  ];
  const metadata = {
    name,
    namespace: 'default',
    labels: { made: 'here' },
    ...(references && { ownerReferences: references }),
  };
  return client.create(configMapKind, { metadata, data }, {}, signal);
}

/** Lets controllers work until an object is as wanted. */
async function until(running: Running, isThere: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 500; round++) {
    if (await isThere()) return;
    await running.clock.advance(100);
  }
  assert.fail('It did not come about');
}

async function restore(running: Running, name: string, spec: object, asked = running.client): Promise<Restoration> {
  const { signal } = running;
  const object = { metadata: { name, namespace: 'default' }, spec: spec as Restoration['spec'] };
  await asked.create(restorationKind, object, {}, signal);
  return ended(running, name);
}

async function ended(running: Running, name: string): Promise<Restoration> {
  const get = () => running.client.get(restorationKind, { namespace: 'default', name }, running.signal);
  await until(running, async () => isConditionTrue((await get()).status?.conditions, 'Complete'));
  return get();
}

/** What is ours: content, and owners by name. */
async function contents({ client, signal }: Running): Promise<ReadonlyMap<string, unknown>> {
  const { items } = await client.list(configMapKind, { namespace: 'default', labelSelector: 'made=here' }, signal);
  const byUid = new Map(items.map((item) => [item.metadata.uid, item.metadata.name]));
  return new Map(
    items.map(({ metadata, data }) => {
      const owners = metadata.ownerReferences?.map(({ uid }) => byUid.get(uid) ?? `lost ${uid}`);
      return [metadata.name, { data, labels: metadata.labels, owners }];
    }),
  );
}

const reasonOf = ({ status }: Restoration) => findCondition(status?.conditions, 'Complete')?.reason;

test('a Restoration brings back an object with everything that depended on it, in one commit', async () => {
  const running = await start(new MemoryDisk());
  const { client, kernel, signal } = running;
  const owner = await make(running, 'owner', { a: '1' });
  const child = await make(running, 'child', { b: '2' }, owner);
  await make(running, 'grandchild', { c: '3' }, child);
  await make(running, 'stranger', { d: '4' });
  const before = await contents(running);
  const revision = String(kernel.registry.head);
  await client.delete(configMapKind, { namespace: 'default', name: 'owner' }, {}, signal);
  await until(running, async () => (await contents(running)).size === 1);
  const from = kernel.registry.head;
  const done = await restore(running, 'undo', {
    revision,
    root: { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner' },
  });
  assert.deepEqual([reasonOf(done), done.status?.restored, done.status?.atomic], ['Restored', 3, true]);
  assert.deepEqual(await contents(running), before, 'stranger was never gone, the others are as they were');
  assert.equal(done.spec.requestedBy?.username, 'root');
  assert.ok(kernel.registry.head > from);
  await running.stop();
});

test('a Restoration beyond the limits of a commit goes on after a restart and makes nothing twice', async () => {
  const disk = new MemoryDisk();
  const first = await start(disk);
  const owner = await make(first, 'owner', { a: '1' });
  for (let index = 0; index < 1_250; index++) await make(first, `child-${index}`, { index: String(index) }, owner);
  const before = await contents(first);
  const revision = String(first.kernel.registry.head);
  const { client, signal } = first;
  await client.delete(configMapKind, { namespace: 'default', name: 'owner' }, {}, signal);
  await until(first, async () => (await contents(first)).size === 0);
  const object = { metadata: { name: 'undo', namespace: 'default' }, spec: { revision, resources: ['configmaps'] } };
  await client.create(restorationKind, object, {}, signal);
  await until(first, async () => (await contents(first)).size > 150);
  await first.stop();
  const again = await start(disk);
  const done = await ended(again, 'undo');
  assert.deepEqual([reasonOf(done), done.status?.atomic, done.status?.failed ?? 0], ['Restored', false, 0]);
  assert.deepEqual(await contents(again), before);
  await again.stop();
});

test('a Restoration has the rights of who made it, and cannot become another one', async () => {
  const running = await start(new MemoryDisk());
  const { client, kernel, signal } = running;
  await make(running, 'a', { a: '1' });
  const revision = String(kernel.registry.head);
  await client.delete(configMapKind, { namespace: 'default', name: 'a' }, {}, signal);
  // A user who says to be another one is noted as who it is.
  const spec = { revision, resources: ['configmaps'], requestedBy: { username: 'root', groups: ['system:masters'] } };
  const asked = kernel.clientFor({ name: 'mallory', groups: ['system:planform:test'] });
  await assert.rejects(
    asked.create(restorationKind, { metadata: { name: 'no', namespace: 'default' }, spec }, {}, signal),
    /cannot create resource "restorations"/,
  );
  const rule = { apiGroups: ['kernel.planform.dev'], resources: ['restorations'], verbs: ['create'] };
  const { roleKind } = await import('../../kernel/kinds/role/type.ts');
  const { roleBindingKind } = await import('../../kernel/kinds/rolebinding/type.ts');
  const metadata = { name: 'restorer', namespace: 'default' };
  await client.create(roleKind, { metadata, rules: [rule] }, {}, signal);
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'restorer' };
  const subjects = [{ kind: 'User', name: 'mallory', apiGroup: 'rbac.authorization.k8s.io' }];
  await client.create(roleBindingKind, { metadata, roleRef, subjects }, {}, signal);
  const refused = await restore(running, 'no', spec, asked);
  assert.equal(refused.spec.requestedBy?.username, 'mallory');
  assert.equal(reasonOf(refused), 'CannotRead');
  assert.equal((await contents(running)).size, 0);
  const changed = { ...refused, spec: { ...refused.spec, existing: 'RollBack' as const } };
  await assert.rejects(client.update(restorationKind, changed, {}, signal), /spec: Forbidden: cannot be changed/);
  await running.stop();
});

test('a Restoration of a revision nobody knows ends, and says why', async () => {
  const running = await start(new MemoryDisk());
  const future = await restore(running, 'future', { revision: '4711000' });
  assert.deepEqual(
    [reasonOf(future), findCondition(future.status?.conditions, 'Failed')?.status],
    ['CannotRead', 'True'],
  );
  const nothing = await restore(running, 'nothing', { revision: '1', resources: ['configmaps'] });
  assert.equal(reasonOf(nothing), 'NothingFound');
  await running.stop();
});

/** Whether a ConfigMap is there. */
async function isThere({ client, signal }: Running, name: string): Promise<boolean> {
  const { items } = await client.list(configMapKind, { namespace: 'default' }, signal);
  return items.some(({ metadata }) => metadata.name === name);
}

test('a Restoration that prunes says first what it would do, then makes a namespace what it was', async () => {
  const running = await start(new MemoryDisk());
  const { client, kernel, signal } = running;
  await make(running, 'kept', { a: '1' });
  await make(running, 'lost', { b: '2' });
  const before = await contents(running);
  const revision = String(kernel.registry.head);
  const at = (name: string) => ({ namespace: 'default', name });
  await client.patch(configMapKind, at('kept'), { type: 'merge', body: { data: { a: '9' } } }, {}, signal);
  await client.delete(configMapKind, at('lost'), {}, signal);
  const later = await make(running, 'later', { c: '3' });
  // What a controller made goes with what it was made for, what has a finalizer when that is done.
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'later', uid: later.metadata.uid, controller: true };
  const held = { name: 'held', namespace: 'default', finalizers: ['test.dev/hold'] };
  await client.create(configMapKind, { metadata: held, data: {} }, {}, signal);
  const dependent = { name: 'dependent', namespace: 'default', ownerReferences: [owner] };
  await client.create(configMapKind, { metadata: dependent, data: {} }, {}, signal);
  const spec = { revision, existing: 'RollBack', resources: ['configmaps'] };

  const plan = await restore(running, 'plan', { ...spec, prune: true, dryRun: true });
  assert.equal(reasonOf(plan), 'Planned');
  assert.deepEqual(plan.status?.planned, [
    'remove configmaps/held',
    'remove configmaps/later',
    'roll back configmaps/kept',
    'restore configmaps/lost',
  ]);
  assert.ok((await isThere(running, 'later')) && !(await isThere(running, 'lost')), 'a dry run writes nothing');

  const without = await restore(running, 'without', spec);
  assert.deepEqual([without.status?.restored, without.status?.removed], [2, undefined]);
  assert.ok(await isThere(running, 'later'), 'absence is no deletion unless it is asked for');

  const done = await restore(running, 'with', { ...spec, prune: true });
  assert.deepEqual([reasonOf(done), done.status?.removed, done.status?.atomic], ['Restored', 2, true]);
  assert.deepEqual(done.status?.removals, ['configmaps/held', 'configmaps/later']);
  const stuck = await client.get(configMapKind, at('held'), signal);
  assert.ok(stuck.metadata.deletionTimestamp !== undefined, 'a finalizer holds it');
  await until(running, async () => !(await isThere(running, 'dependent')));
  assert.deepEqual(await contents(running), before);
  const root = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kept' };
  await assert.rejects(restore(running, 'both', { ...spec, prune: true, root }), /spec.prune: Forbidden/);
  await running.stop();
});

test('a Restoration beyond the limits of a commit prunes after everything is back, over a restart', async () => {
  const disk = new MemoryDisk();
  const first = await start(disk);
  const { client, signal } = first;
  for (let index = 0; index < 150; index++) await make(first, `old-${index}`, {});
  const revision = String(first.kernel.registry.head);
  for (let index = 0; index < 150; index++) {
    await client.delete(configMapKind, { namespace: 'default', name: `old-${index}` }, {}, signal);
  }
  for (let index = 0; index < 1_200; index++) await make(first, `new-${index}`, {});
  const spec = { revision, resources: ['configmaps'], prune: true };
  await client.create(restorationKind, { metadata: { name: 'undo', namespace: 'default' }, spec }, {}, signal);
  await until(first, async () => (await contents(first)).size < 1_250);
  await first.stop();
  const again = await start(disk);
  // What comes while it is under way is not what it was asked to remove.
  await make(again, 'meanwhile', {});
  const done = await ended(again, 'undo');
  assert.deepEqual([reasonOf(done), done.status?.restored, done.status?.removed], ['Restored', 150, 1_200]);
  assert.deepEqual([done.status?.removals?.length, done.status?.failed ?? 0], [200, 0]);
  assert.equal((await contents(again)).size, 151);
  await again.stop();
});

test('a Restoration removes nothing while something did not come back', async () => {
  const running = await start(new MemoryDisk());
  const { client, kernel, signal } = running;
  const owner = await make(running, 'owner', {});
  for (let index = 0; index < 100; index++) await make(running, `child-${index}`, {}, owner);
  const revision = String(kernel.registry.head);
  await client.delete(configMapKind, { namespace: 'default', name: 'owner' }, {}, signal);
  await until(running, async () => (await contents(running)).size === 0);
  await make(running, 'later', {});
  // Somebody else has the name of the owner: its children have nobody to come back to.
  const spec = { revision, resources: ['configmaps'], prune: true, labelSelector: 'made=here' };
  await make(running, 'owner', { another: 'one' });
  const done = await restore(running, 'undo', spec);
  assert.equal(reasonOf(done), 'RestoredInPart');
  assert.equal(done.status?.removed, undefined);
  assert.match(
    findCondition(done.status?.conditions, 'Complete')?.message ?? '',
    /nothing was removed: not everything/,
  );
  assert.ok(await isThere(running, 'later'));
  await running.stop();
});

const steps = fc.array(
  fc.record({
    what: fc.constantFrom('make', 'change', 'delete'),
    index: fc.nat(7),
    owner: fc.option(fc.nat(7), { nil: undefined }),
    value: fc.constantFrom('x', 'y', 'z'),
  }),
  { minLength: 3, maxLength: 20 },
);

test('restoring any revision with RollBack gives exactly what was there, through owner references', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, async (before, after) => {
      const running = await start(new MemoryDisk());
      const { client, signal, kernel } = running;
      const act = async ({ what, index, owner, value }: (typeof before)[number]) => {
        const name = `o${index}`;
        const at = { namespace: 'default', name };
        const owned =
          owner === undefined ? undefined : await client.get(configMapKind, { ...at, name: `o${owner}` }, signal);
        if (what === 'make') await make(running, name, { value }, owned);
        else if (what === 'change') {
          await client.patch(configMapKind, at, { type: 'merge', body: { data: { value } } }, {}, signal);
        } else await client.delete(configMapKind, at, {}, signal);
      };
      const attempt = async (all: typeof before) => {
        for (const one of all) await act(one).catch(() => 'what is there already or gone cannot be made or changed');
        await running.clock.advance(5_000);
      };
      await attempt(before);
      const wanted = await contents(running);
      const revision = String(kernel.registry.head);
      await attempt(after);
      const done = await restore(running, 'undo', { revision, existing: 'RollBack', resources: ['configmaps'] });
      const now = await contents(running);
      if (reasonOf(done) === 'Restored' || reasonOf(done) === 'NothingFound') {
        for (const [name, content] of wanted) {
          const { data, labels } = content as { data: unknown; labels: unknown };
          const found = now.get(name) as { data: unknown; labels: unknown; owners?: readonly string[] } | undefined;
          assert.deepEqual([found?.data, found?.labels], [data, labels], name);
          for (const owner of found?.owners ?? []) assert.ok(!owner.startsWith('lost'), `${name} has a live owner`);
        }
      } else assert.fail(JSON.stringify(done.status));
      await running.stop();
    }),
    { numRuns: 15 },
  );
});
