import assert from 'node:assert/strict';
import test from 'node:test';
import { requestJson } from '../client/http/http-client.ts';
import { handlerTransport } from '../client/http/handler-transport.ts';
import { configMapKind } from '../kinds/configmap/type.ts';
import { eventKind } from '../kinds/event/type.ts';
import { isApiError } from '../meta/errors.ts';
import type { OwnerReference } from '../meta/object.ts';
import { type Widget, widget } from '../registry/testing/world.ts';
import type { ControllerDefinition, Pass } from './controller.ts';
import { ownerOf, watching } from './controller.ts';
import { type Outcome, settled } from './outcome.ts';
import { ControlledKernel } from './testing/controlled-kernel.ts';

const at = { namespace: 'default', name: 'one' };

function controllerOf(
  reconcile: (pass: Pass<Widget>) => Promise<Outcome>,
  extra: Partial<ControllerDefinition<Widget>> = {},
): ControllerDefinition<Widget> {
  return { name: 'widget', kind: widget, rules: [], reconcile, ...extra };
}

function ownedBy(owner: Widget, extra: Partial<OwnerReference> = {}): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: 'test.planform.dev/v1', kind: 'Widget', name, uid, controller: true, ...extra };
}

test('a controller writes its status draft once per pass, and only when it differs', async () => {
  let passCount = 0;
  const reconcile = (pass: Pass<Widget>) => {
    passCount++;
    pass.status.phase = 'Seen';
    return Promise.resolve(settled);
  };
  await using world = await ControlledKernel.start({ controllers: [controllerOf(reconcile)] });
  await world.client.create(widget, { metadata: at, spec: { size: 1 } }, {}, world.signal);
  await world.settle();
  const seen = await world.client.get(widget, at, world.signal);
  assert.equal(seen.status?.phase, 'Seen');
  assert.equal(passCount, 2); // one for the object, one for its own status write, which changed nothing any more
  await world.settle(60_000);
  assert.equal(passCount, 2);
});

test('a failed pass still writes its status, is retried with back-off and explains itself', async () => {
  let passCount = 0;
  const reconcile = (pass: Pass<Widget>) => {
    passCount++;
    pass.status.phase = passCount > 4 ? 'Fine' : 'Trying';
    return passCount > 4 ? Promise.resolve(settled) : Promise.reject(new Error('the wheel is off'));
  };
  await using world = await ControlledKernel.start({ controllers: [controllerOf(reconcile)] });
  await world.client.create(widget, { metadata: at }, {}, world.signal);
  await world.settle(50);
  assert.equal((await world.client.get(widget, at, world.signal)).status?.phase, 'Trying');
  const credentials = {
    certificate: { commonName: 'alice', organizations: ['system:masters'], fingerprint: '', publicKeyFingerprint: '' },
  };
  const { clock } = world;
  const transport = handlerTransport(world.kernel.handler, {
    credentials,
    clock,
    random: { nextFloat: () => 0, bytes: (n) => new Uint8Array(n), uuid: () => 'u' },
  });
  const path = '/apis/test.planform.dev/v1/namespaces/default/widgets/one/explain';
  const { value } = await requestJson({ transport }, { method: 'GET', path }, world.signal);
  const [said] = (value as { controllers: { state: string; message: string }[] }).controllers;
  assert.deepEqual([said?.state, said?.message], ['Failed', 'the wheel is off']);
  await world.settle(10_000);
  assert.equal((await world.client.get(widget, at, world.signal)).status?.phase, 'Fine');
});

test('a pass sees what the pass before it wrote', async () => {
  const staleViews: string[] = [];
  const reconcile = async (pass: Pass<Widget>): Promise<Outcome> => {
    const owned = pass.view.listOwned(configMapKind, pass.object.metadata.uid);
    const wanted = pass.object.spec?.replicas ?? 0;
    if (owned.length > wanted) staleViews.push(`${owned.length} > ${wanted}`);
    if (owned.length >= wanted) return settled;
    const metadata = { generateName: 'part-', namespace: 'default', ownerReferences: [ownedBy(pass.object)] };
    await pass.client.create(configMapKind, { metadata }, {}, pass.signal);
    return { kind: 'waiting', afterMs: 0, reason: 'MoreToDo' };
  };
  const controller = controllerOf(reconcile, {
    watches: [watching(configMapKind, ownerOf(widget))],
    rules: [{ verbs: ['create'], groups: [''], resources: ['configmaps'] }],
  });
  await using world = await ControlledKernel.start({ controllers: [controller] });
  await world.client.create(widget, { metadata: at, spec: { replicas: 20 } }, {}, world.signal);
  for (let step = 0; step < 40; step++) await world.settle(50);
  const { items } = await world.client.list(configMapKind, { namespace: 'default' }, world.signal);
  assert.equal(items.length, 20);
  assert.deepEqual(staleViews, []);
});

test('a controller may do what it declares and nothing else', async () => {
  let refusal: unknown;
  const reconcile = async (pass: Pass<Widget>): Promise<Outcome> => {
    try {
      await pass.client.create(configMapKind, { metadata: { name: 'x', namespace: 'default' } }, {}, pass.signal);
    } catch (error) {
      refusal = error;
    }
    return settled;
  };
  await using world = await ControlledKernel.start({ controllers: [controllerOf(reconcile)] });
  await world.client.create(widget, { metadata: at }, {}, world.signal);
  await world.settle();
  assert.ok(isApiError(refusal, 'Forbidden'));
});

test('repeated events are counted, not repeated', async () => {
  let passCount = 0;
  const reconcile = (pass: Pass<Widget>): Promise<Outcome> => {
    pass.event({ type: 'Warning', reason: 'Wobbly', message: 'it wobbles' });
    return Promise.resolve(++passCount < 5 ? { kind: 'waiting', afterMs: 10, reason: 'Again' } : settled);
  };
  await using world = await ControlledKernel.start({ controllers: [controllerOf(reconcile)] });
  await world.client.create(widget, { metadata: at }, {}, world.signal);
  await world.settle();
  const { items } = await world.client.list(eventKind, { namespace: 'default' }, world.signal);
  assert.deepEqual(
    items.map(({ reason, count }) => [reason, count]),
    [['Wobbly', 5]],
  );
});

test('the garbage collector deletes what lost all its owners, and only that', async () => {
  await using world = await ControlledKernel.start();
  const create = (name: string, ownerReferences: readonly OwnerReference[]) =>
    world.client.create(configMapKind, { metadata: { name, namespace: 'default', ownerReferences } }, {}, world.signal);
  const one = await world.client.create(widget, { metadata: at }, {}, world.signal);
  const two = await world.client.create(widget, { metadata: { namespace: 'default', name: 'two' } }, {}, world.signal);
  await create('only-one', [ownedBy(one)]);
  await create('both', [ownedBy(one), ownedBy(two, { controller: false })]);
  await create('free', []);
  await create('foreign', [{ apiVersion: 'unknown.example/v1', kind: 'Thing', name: 'x', uid: 'y' }]);
  await create('stale', [ownedBy(one, { uid: 'another-uid' })]);
  await world.client.delete(widget, at, {}, world.signal);
  await world.settle(5_000);
  const { items } = await world.client.list(configMapKind, { namespace: 'default' }, world.signal);
  // A kind that is not served now may come back: nobody can say that its object is gone.
  assert.deepEqual(items.map((item) => item.metadata.name).toSorted(), ['both', 'foreign', 'free']);
  const both = items.find((item) => item.metadata.name === 'both');
  assert.deepEqual(
    both?.metadata.ownerReferences?.map((owner) => owner.name),
    ['two'],
  );
});

test('foreground deletion waits for dependents, orphan deletion sets them free', async () => {
  await using world = await ControlledKernel.start();
  const owner = await world.client.create(widget, { metadata: at }, {}, world.signal);
  const held = {
    name: 'held',
    namespace: 'default',
    finalizers: ['test.planform.dev/hold'],
    ownerReferences: [ownedBy(owner, { blockOwnerDeletion: true })],
  };
  await world.client.create(configMapKind, { metadata: held }, {}, world.signal);
  await world.client.delete(widget, at, { propagationPolicy: 'Foreground' }, world.signal);
  await world.settle(5_000);
  assert.ok((await world.client.get(widget, at, world.signal)).metadata.deletionTimestamp);
  const unhold = { type: 'merge', body: { metadata: { finalizers: [] } } } as const;
  await world.client.patch(configMapKind, { namespace: 'default', name: 'held' }, unhold, {}, world.signal);
  await world.settle(5_000);
  await assert.rejects(world.client.get(widget, at, world.signal), { reason: 'NotFound' });

  const second = await world.client.create(widget, { metadata: at }, {}, world.signal);
  await world.client.create(
    configMapKind,
    { metadata: { name: 'kept', namespace: 'default', ownerReferences: [ownedBy(second)] } },
    {},
    world.signal,
  );
  await world.settle();
  await world.client.delete(widget, at, { propagationPolicy: 'Orphan' }, world.signal);
  await world.settle(5_000);
  const kept = await world.client.get(configMapKind, { namespace: 'default', name: 'kept' }, world.signal);
  assert.deepEqual(kept.metadata.ownerReferences ?? [], []);
  await assert.rejects(world.client.get(widget, at, world.signal), { reason: 'NotFound' });
});
