/** Namespaces on a whole kernel. Names in quotes are those of the Kubernetes conformance tests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlledKernel } from '../../controller/testing/controlled-kernel.ts';
import type { Condition } from '../../meta/conditions.ts';
import { isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import { widget } from '../../registry/testing/world.ts';
import type { Namespace } from '../../schema/standard/types.ts';
import { configMapKind } from '../configmap/type.ts';
import { secretKind } from '../secret/type.ts';
import { deletionConditions } from './plan.ts';
import { namespaceKind } from './type.ts';

const room = { name: 'room' };

async function openRoom(): Promise<ControlledKernel> {
  const world = await ControlledKernel.start();
  await world.client.create(namespaceKind, { metadata: room }, {}, world.signal);
  return world;
}

async function readRoom(world: ControlledKernel): Promise<Namespace | undefined> {
  try {
    return await world.client.get(namespaceKind, room, world.signal);
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function conditionsOf(namespace: Namespace | undefined): Readonly<Record<string, string>> {
  const conditions = (namespace?.status?.conditions ?? []) as readonly Condition[];
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

test('a namespace has its finalizer, its phase and the label with its name', async () => {
  // research/kernel.md §2.6: kubernetes finalizer in spec.finalizers; label kubernetes.io/metadata.name
  await using world = await openRoom();
  const { spec, status, metadata } = (await readRoom(world)) as Namespace;
  assert.deepEqual([spec?.finalizers, status?.phase], [['kubernetes'], 'Active']);
  assert.equal(metadata.labels?.['kubernetes.io/metadata.name'], 'room');
});

test('default, kube-system, kube-public and kube-node-lease exist', async () => {
  // research/kernel.md §2.6
  await using world = await ControlledKernel.start();
  const { items } = await world.client.list(namespaceKind, {}, world.signal);
  const names = items.map(({ metadata }) => metadata.name);
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    assert.ok(names.includes(name), name);
});

test('"should ensure that all services are removed when a namespace is deleted": everything in it goes first', async () => {
  await using world = await openRoom();
  const { client, signal } = world;
  for (const name of ['a', 'b']) {
    await client.create(configMapKind, { metadata: { name, namespace: 'room' } }, {}, signal);
    await client.create(secretKind, { metadata: { name, namespace: 'room' } }, {}, signal);
  }
  await client.delete(namespaceKind, room, {}, signal);
  await world.settle(5_000);
  assert.equal(await readRoom(world), undefined);
  await client.create(namespaceKind, { metadata: room }, {}, signal);
  const { items } = await client.list(configMapKind, { namespace: 'room' }, signal);
  assert.deepEqual(
    items.filter(({ metadata }) => metadata.name.length === 1),
    [],
  );
});

test('a terminating namespace takes nothing new: 403 with cause NamespaceTerminating', async () => {
  // research/kernel.md §2.6
  await using world = await openRoom();
  const { client, signal } = world;
  const held = { name: 'held', namespace: 'room', finalizers: ['test.planform.dev/hold'] };
  await client.create(configMapKind, { metadata: held }, {}, signal);
  await client.delete(namespaceKind, room, {}, signal);
  await assert.rejects(
    client.create(configMapKind, { metadata: { name: 'new', namespace: 'room' } }, {}, signal),
    (error) => {
      assert.ok(isApiError(error, 'Forbidden'));
      assert.equal(
        error.message,
        'configmaps "new" is forbidden: unable to create new content in namespace room because it is being terminated',
      );
      assert.equal(error.details.causes?.[0]?.reason, 'NamespaceTerminating');
      return true;
    },
  );
});

test('conditions say what a terminating namespace waits for', async () => {
  // research/kernel.md §2.6: conditions NamespaceDeletion*
  await using world = await openRoom();
  const { client, signal } = world;
  const held = { name: 'held', namespace: 'room', finalizers: ['test.planform.dev/hold'] };
  await client.create(configMapKind, { metadata: held }, {}, signal);
  await client.delete(namespaceKind, room, {}, signal);
  await world.settle(5_000);
  const waiting = (await readRoom(world)) as Namespace;
  assert.equal(waiting.status?.phase, 'Terminating');
  assert.deepEqual(conditionsOf(waiting), {
    NamespaceDeletionDiscoveryFailure: 'False ResourcesDiscovered',
    NamespaceDeletionGroupVersionParsingFailure: 'False ParsedGroupVersions',
    NamespaceDeletionContentFailure: 'False ContentDeleted',
    NamespaceContentRemaining: 'True SomeResourcesRemain',
    NamespaceFinalizersRemaining: 'True SomeFinalizersRemain',
  });
  const messages = ((waiting.status?.conditions ?? []) as readonly Condition[]).map(({ message }) => message);
  assert.equal(messages[3], 'Some resources are remaining: configmaps. has 1 resource instances');
  assert.equal(
    messages[4],
    'Some content in the namespace has finalizers remaining: test.planform.dev/hold in 1 resource instances',
  );
  const unhold = { type: 'merge', body: { metadata: { finalizers: [] } } } as const;
  await client.patch(configMapKind, { namespace: 'room', name: 'held' }, unhold, {}, signal);
  await world.settle(5_000);
  assert.equal(await readRoom(world), undefined);
});

test('"namespace deletion should delete pod first": kinds of lower deletion order go before the others', async () => {
  // OrderedNamespaceDeletion; what holds a pod holds what the pod uses
  const first = { ...widget, kind: 'First', plural: 'firsts', singular: 'first', deletionOrder: 1 };
  await using world = await ControlledKernel.start({}, [first]);
  const { client, signal } = world;
  await client.create(namespaceKind, { metadata: room }, {}, signal);
  const held = { name: 'held', namespace: 'room', finalizers: ['test.planform.dev/hold'] };
  await client.create(first, { metadata: held }, {}, signal);
  await client.create(configMapKind, { metadata: { name: 'used', namespace: 'room' } }, {}, signal);
  await client.delete(namespaceKind, room, {}, signal);
  await world.settle(5_000);
  const used = await client.get(configMapKind, { namespace: 'room', name: 'used' }, signal);
  assert.equal(used.metadata.deletionTimestamp, undefined);
  const unhold = { type: 'merge', body: { metadata: { finalizers: [] } } } as const;
  await client.patch(first, { namespace: 'room', name: 'held' }, unhold, {}, signal);
  await world.settle(5_000);
  assert.equal(await readRoom(world), undefined);
});

test('"should apply a finalizer to a Namespace": only /finalize changes spec.finalizers', async () => {
  await using world = await openRoom();
  const { client, signal } = world;
  const add = { type: 'merge', body: { spec: { finalizers: ['kubernetes', 'e2e.example/f'] } } } as const;
  await client.patch(namespaceKind, room, add, {}, signal);
  assert.deepEqual((await readRoom(world))?.spec?.finalizers, ['kubernetes']);
  await client.patch(namespaceKind, room, add, { subresource: 'finalize' }, signal);
  assert.deepEqual((await readRoom(world))?.spec?.finalizers, ['kubernetes', 'e2e.example/f']);
  await client.delete(namespaceKind, room, {}, signal);
  await world.settle(5_000);
  assert.deepEqual((await readRoom(world))?.spec?.finalizers, ['e2e.example/f']);
  const drop = { type: 'merge', body: { spec: { finalizers: [] } } } as const;
  await client.patch(namespaceKind, room, drop, { subresource: 'finalize' }, signal);
  assert.equal(await readRoom(world), undefined);
});

test('"should apply changes to a namespace status" and "should apply an update to a Namespace"', async () => {
  await using world = await openRoom();
  const { client, signal } = world;
  const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by an e2e test' };
  const body = { metadata: { annotations: { patched: 'true' } }, status: { conditions: [condition] } };
  await client.patch(namespaceKind, room, { type: 'merge', body }, { subresource: 'status' }, signal);
  assert.equal(conditionsOf(await readRoom(world))['StatusPatch'], 'True E2E');
  const labels = { type: 'merge', body: { metadata: { labels: { team: 'blue' } } } } as const;
  const { metadata } = await client.patch(namespaceKind, room, labels, {}, signal);
  assert.deepEqual(metadata.labels, { 'kubernetes.io/metadata.name': 'room', team: 'blue' });
});

test('deletionConditions() says what failed', () => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  };
  const remaining = [{ kind: configMapKind, objects: [object] }];
  const conditions = deletionConditions(undefined, { remaining, failures: ['ConfigMap "a": no'] }, 0);
  const failure = conditions.find(({ type }) => type === 'NamespaceDeletionContentFailure');
  assert.deepEqual([failure?.status, failure?.reason], ['True', 'ContentDeletionFailed']);
  assert.equal(failure?.message, 'Failed to delete all resource types, 1 remaining: ConfigMap "a": no');
});
