import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import { openWorld, type World } from '../../../kernel/registry/testing/world.ts';
import type { Pod, PriorityClass } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { podPriorities } from './priorities.ts';
import { priorityClassKind } from './type.ts';

async function openPriorities(): Promise<World> {
  const listClasses = async (): Promise<readonly PriorityClass[]> => {
    const found: KubeObject[] = [];
    world.registry.core.cache.resource('priorityclasses.scheduling.k8s.io').visit('', (stored) => {
      found.push(stored.parsed());
      return true;
    });
    return found;
  };
  const world: World = await openWorld({ plugins: [podPriorities({ listClasses })] });
  for (const kind of [podKind, priorityClassKind]) world.registry.catalog.add(kind);
  await world.create({ metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' }, {}, priorityClassKind);
  return world;
}

async function create(world: World, name: string, spec: object): Promise<readonly unknown[]> {
  const containers = [{ name: 'main', image: 'a' }];
  const { object } = await world.create({ metadata: { name }, spec: { containers, ...spec } }, {}, podKind);
  const { spec: stored }: Pod = object.parsed();
  return [stored?.priorityClassName, stored?.priority, stored?.preemptionPolicy];
}

// Kubernetes: plugin/pkg/admission/priority.
test('pods get the priority of their class', async () => {
  const world = await openPriorities();
  assert.deepEqual(await create(world, 'a', {}), [undefined, 0, 'PreemptLowerPriority']);
  assert.deepEqual(await create(world, 'b', { priorityClassName: 'high' }), ['high', 1000, 'Never']);
  assert.deepEqual(await create(world, 'c', { priorityClassName: 'high', priority: 1000 }), ['high', 1000, 'Never']);
  const patch = { type: 'merge', body: { spec: { priority: null, activeDeadlineSeconds: 5 } } } as const;
  const { object } = await world.registry.resources.patch(world.context(), world.at('b', '', podKind), patch, {});
  assert.equal((object.parsed() as Pod).spec?.priority, 1000);
  await assert.rejects(
    create(world, 'd', { priorityClassName: 'absent' }),
    /pods "d" is forbidden: no PriorityClass with name absent was found/,
  );
  await assert.rejects(create(world, 'e', { priority: 7 }), /the integer value of priority \(7\) must not be provided/);
});

test('one class can be the default', async () => {
  const world = await openPriorities();
  await world.create({ metadata: { name: 'usual' }, value: 10, globalDefault: true }, {}, priorityClassKind);
  assert.deepEqual(await create(world, 'a', {}), ['usual', 10, 'PreemptLowerPriority']);
  await assert.rejects(
    world.create({ metadata: { name: 'other' }, value: 20, globalDefault: true }, {}, priorityClassKind),
    /PriorityClass usual is already marked as default\. Only one default can exist/,
  );
});
