/** The garbage collector on a whole kernel. Names in quotes are those of the Kubernetes conformance tests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMapKind } from '../kinds/configmap/type.ts';
import { eventKind } from '../kinds/event/type.ts';
import { namespaceKind } from '../kinds/namespace/type.ts';
import type { KubeObject, OwnerReference } from '../meta/object.ts';
import type { DeleteOptions } from '../ports/endpoint.ts';
import { widget } from '../registry/testing/world.ts';
import { ControlledKernel } from './testing/controlled-kernel.ts';

interface Made {
  readonly namespace?: string;
  readonly finalizers?: readonly string[];
}

/** Short ways to make owners (widgets) and dependents (config maps) and to see who is left. */
class Family implements AsyncDisposable {
  readonly world: ControlledKernel;

  private constructor(world: ControlledKernel) {
    this.world = world;
  }

  static async open(): Promise<Family> {
    return new Family(await ControlledKernel.start());
  }

  owner(name: string, { namespace = 'default', finalizers = [] }: Made = {}): Promise<KubeObject> {
    return this.world.client.create(widget, { metadata: { name, namespace, finalizers } }, {}, this.world.signal);
  }

  dependent(name: string, ownerReferences: readonly OwnerReference[], made: Made = {}): Promise<KubeObject> {
    const { namespace = 'default', finalizers = [] } = made;
    const metadata = { name, namespace, finalizers, ownerReferences };
    return this.world.client.create(configMapKind, { metadata }, {}, this.world.signal);
  }

  async own(name: string, ownerReferences: readonly OwnerReference[]): Promise<void> {
    const patch = { type: 'merge', body: { metadata: { ownerReferences } } } as const;
    await this.world.client.patch(configMapKind, { namespace: 'default', name }, patch, {}, this.world.signal);
  }

  async unhold(name: string): Promise<void> {
    const patch = { type: 'merge', body: { metadata: { finalizers: [] } } } as const;
    await this.world.client.patch(configMapKind, { namespace: 'default', name }, patch, {}, this.world.signal);
  }

  async delete(owner: KubeObject, options: DeleteOptions = {}): Promise<void> {
    const { name, namespace = '' } = owner.metadata;
    const kind = owner.kind === 'Widget' ? widget : configMapKind;
    await this.world.client.delete(kind, { namespace, name }, options, this.world.signal);
    await this.world.settle(5_000);
  }

  /** Names of config maps that are there; those that are terminating with a minus. */
  async left(namespace = 'default'): Promise<string> {
    const { items } = await this.world.client.list(configMapKind, { namespace }, this.world.signal);
    const shown = items.map(({ metadata: { name, deletionTimestamp } }) => (deletionTimestamp ? `${name}-` : name));
    return shown.toSorted().join(' ');
  }

  async isThere(name: string): Promise<boolean> {
    const { items } = await this.world.client.list(widget, { namespace: 'default' }, this.world.signal);
    return items.some(({ metadata }) => metadata.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

function ref({ apiVersion, kind, metadata }: KubeObject, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...more };
}

const blocking = { blockOwnerDeletion: true } as const;
const foreground = { propagationPolicy: 'Foreground' } as const;

test('"should delete pods created by rc when not orphaning"', async () => {
  // research/kernel.md §2.2: absent owner => delete
  await using family = await Family.open();
  const owner = await family.owner('rc');
  for (const name of ['p1', 'p2', 'p3']) await family.dependent(name, [ref(owner, { controller: true })]);
  await family.dependent('stranger', []);
  await family.delete(owner, { propagationPolicy: 'Background' });
  assert.equal(await family.left(), 'stranger');
});

test('"should orphan pods created by rc if delete options say so"', async () => {
  await using family = await Family.open();
  const owner = await family.owner('rc');
  for (const name of ['p1', 'p2']) await family.dependent(name, [ref(owner, { controller: true })]);
  await family.world.settle();
  await family.delete(owner, { propagationPolicy: 'Orphan' });
  assert.equal(await family.left(), 'p1 p2');
  const { items } = await family.world.client.list(configMapKind, { namespace: 'default' }, family.world.signal);
  for (const { metadata } of items) assert.deepEqual(metadata.ownerReferences ?? [], []);
  assert.equal(await family.isThere('rc'), false);
});

test('"should orphan pods created by rc if deleteOptions.OrphanDependents is nil": the default is Background here', async () => {
  await using family = await Family.open();
  const owner = await family.owner('rc');
  await family.dependent('p', [ref(owner)]);
  await family.delete(owner);
  assert.equal(await family.left(), '');
});

test('"should keep the rc around until all its pods are deleted if the deleteOptions says so"', async () => {
  await using family = await Family.open();
  const owner = await family.owner('rc');
  await family.dependent('quick', [ref(owner, blocking)]);
  await family.dependent('slow', [ref(owner, blocking)], { finalizers: ['test.planform.dev/hold'] });
  await family.world.settle();
  await family.delete(owner, foreground);
  assert.deepEqual([await family.left(), await family.isThere('rc')], ['slow-', true]);
  await family.unhold('slow');
  await family.world.settle(5_000);
  assert.deepEqual([await family.left(), await family.isThere('rc')], ['', false]);
});

test('foreground deletion does not wait for dependents that do not block', async () => {
  // research/kernel.md §2.2: blockOwnerDeletion
  await using family = await Family.open();
  const owner = await family.owner('rc');
  await family.dependent('slow', [ref(owner)], { finalizers: ['test.planform.dev/hold'] });
  await family.world.settle();
  await family.delete(owner, foreground);
  assert.deepEqual([await family.left(), await family.isThere('rc')], ['slow-', false]);
});

test('"should not delete dependents that have both valid owner and owner that\'s waiting for dependents to be deleted"', async () => {
  await using family = await Family.open();
  const [waiting, valid] = [await family.owner('to-be-deleted'), await family.owner('stays')];
  await family.dependent('only', [ref(waiting, blocking)]);
  await family.dependent('shared', [ref(waiting, blocking), ref(valid)]);
  await family.world.settle();
  await family.delete(waiting, foreground);
  assert.deepEqual([await family.left(), await family.isThere('to-be-deleted')], ['shared', false]);
  const at = { namespace: 'default', name: 'shared' };
  const { metadata } = await family.world.client.get(configMapKind, at, family.world.signal);
  assert.deepEqual(
    metadata.ownerReferences?.map(({ name }) => name),
    ['stays'],
  );
});

test('"should not be blocked by dependency circle"', async () => {
  // research/kernel.md §2.2: cycles must not block
  await using family = await Family.open();
  const pods = [];
  for (const name of ['pod1', 'pod2', 'pod3']) pods.push(await family.dependent(name, []));
  const [one, two, three] = pods as [KubeObject, KubeObject, KubeObject];
  const controller = { ...blocking, controller: true };
  await family.own('pod1', [ref(three, controller)]);
  await family.own('pod2', [ref(one, controller)]);
  await family.own('pod3', [ref(two, controller)]);
  await family.world.settle();
  assert.equal(await family.left(), 'pod1 pod2 pod3');
  await family.delete(one, foreground);
  await family.world.settle(60_000);
  assert.equal(await family.left(), '');
});

test('a circle goes with Background deletion too', async () => {
  await using family = await Family.open();
  const [one, two] = [await family.dependent('one', []), await family.dependent('two', [])];
  await family.own('one', [ref(two)]);
  await family.own('two', [ref(one)]);
  await family.world.settle();
  await family.delete(one, { propagationPolicy: 'Background' });
  assert.equal(await family.left(), '');
});

test('"should support cascading deletion of custom resources": grandchildren go too', async () => {
  await using family = await Family.open();
  const owner = await family.owner('top');
  const middle = await family.dependent('middle', [ref(owner)]);
  await family.dependent('leaf', [ref(middle)]);
  await family.delete(owner);
  assert.equal(await family.left(), '');
});

test('an owner in another namespace is none: an event says so, and the dependent goes', async () => {
  // research/kernel.md §2.2: cross-namespace owners invalid (event + delete)
  await using family = await Family.open();
  const { world } = family;
  await world.client.create(namespaceKind, { metadata: { name: 'other' } }, {}, world.signal);
  const owner = await family.owner('far', { namespace: 'other' });
  const dependent = await family.dependent('near', [ref(owner)]);
  await world.settle(5_000);
  assert.equal(await family.left(), '');
  const { items } = await world.client.list(eventKind, { namespace: 'default' }, world.signal);
  const [event] = items;
  assert.deepEqual(
    [items.length, event?.reason, event?.involvedObject.uid],
    [1, 'OwnerRefInvalidNamespace', dependent.metadata.uid],
  );
  const shown = `[test.planform.dev/v1/Widget, namespace: default, name: far, uid: ${owner.metadata.uid}]`;
  assert.equal(event?.message, `ownerRef ${shown} does not exist in namespace "default"`);
});

test('an owner of the same name and another uid is none', async () => {
  await using family = await Family.open();
  const owner = await family.owner('again');
  await family.dependent('stale', [ref(owner, { uid: 'another' })]);
  await family.dependent('right', [ref(owner)]);
  await family.world.settle(5_000);
  assert.equal(await family.left(), 'right');
});

test('a cluster-scoped object never goes because of an owner that is namespaced', async () => {
  // Kubernetes: such a reference cannot be resolved, and its holder is not collected
  await using family = await Family.open();
  const owner = await family.owner('short-lived');
  const { client, signal } = family.world;
  const metadata = { name: 'wide', ownerReferences: [ref(owner)] };
  await client.create(namespaceKind, { metadata }, {}, signal);
  await family.delete(owner);
  const { metadata: left } = await client.get(namespaceKind, { name: 'wide' }, signal);
  assert.equal(left.deletionTimestamp, undefined);
});

test('what a dependent asks for with its own finalizers is done to what it owns', async () => {
  // Kubernetes: attemptToDeleteItem keeps the propagation policy that finalizers stand for
  await using family = await Family.open();
  const owner = await family.owner('top');
  const middle = await family.dependent('middle', [ref(owner)], { finalizers: ['orphan'] });
  await family.dependent('leaf', [ref(middle)]);
  await family.world.settle();
  await family.delete(owner);
  assert.equal(await family.left(), 'leaf');
});

test('a dependent that found another owner meanwhile stays', async () => {
  await using family = await Family.open();
  const [first, second] = [await family.owner('first'), await family.owner('second')];
  await family.dependent('adopted', [ref(first)]);
  await family.world.settle();
  const { client, signal } = family.world;
  await Promise.all([
    client.delete(widget, { namespace: 'default', name: 'first' }, {}, signal),
    family.own('adopted', [ref(second)]),
  ]);
  await family.world.settle(60_000);
  assert.equal(await family.left(), 'adopted');
});
