import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import { openWorld, type World } from '../../../kernel/registry/testing/world.ts';
import type { Service, ServicePort } from '../../../kernel/schema/standard/types.ts';
import { serviceAddresses } from './address.ts';
import { serviceNodePorts } from './node-ports.ts';
import { serviceKind } from './type.ts';

async function openServices(): Promise<World> {
  const listServices = async (): Promise<readonly Service[]> => {
    const found: KubeObject[] = [];
    world.registry.core.cache.resource('services').visit('', (stored) => {
      found.push(stored.parsed());
      return true;
    });
    return found;
  };
  const world: World = await openWorld({
    plugins: [
      serviceAddresses({ range: { network: '10.96.0.0/16', first: '10.96.0.1', count: 100 }, listServices }),
      serviceNodePorts({ range: { first: 30_000, last: 30_003 }, listServices }),
    ],
  });
  world.registry.catalog.add(serviceKind);
  return world;
}

async function create(world: World, name: string, ports: readonly object[], spec: object = { type: 'NodePort' }) {
  const { object } = await world.create({ metadata: { name }, spec: { ports, ...spec } }, {}, serviceKind);
  return object.parsed() as Service;
}

const portsOf = ({ spec }: Service) => (spec?.ports ?? []).map(({ nodePort }: ServicePort) => nodePort);

async function patch(world: World, name: string, spec: object): Promise<Service> {
  const target = world.at(name, '', serviceKind);
  const body = { type: 'merge', body: { spec } } as const;
  return (await world.registry.resources.patch(world.context(), target, body, {})).object.parsed();
}

test('every port gets a node port of its own, until there are none left', async () => {
  const world = await openServices();
  const [a, b] = await Promise.all([
    create(world, 'a', [
      { name: 'x', port: 1 },
      { name: 'y', port: 2 },
    ]),
    create(world, 'b', [{ port: 1, nodePort: 30_003 }]),
  ]);
  assert.deepEqual([portsOf(a), portsOf(b)], [[30_000, 30_001], [30_003]]);
  assert.deepEqual(portsOf(await create(world, 'c', [{ port: 1 }])), [30_002]);
  await assert.rejects(create(world, 'd', [{ port: 1 }]), /failed to allocate a nodePort: range is full/);
  await assert.rejects(create(world, 'e', [{ port: 1, nodePort: 30_000 }]), /provided port is already allocated/);
  await assert.rejects(create(world, 'f', [{ port: 1, nodePort: 80 }]), /The range of valid ports is 30000-30003/);
});

test('an update keeps node ports by name; another type loses them', async () => {
  const world = await openServices();
  const [before] = portsOf(await create(world, 'a', [{ name: 'x', port: 1 }]));
  const more = await patch(world, 'a', {
    ports: [
      { name: 'y', port: 2 },
      { name: 'x', port: 1 },
    ],
  });
  assert.equal(portsOf(more)[1], before);
  assert.equal(new Set(portsOf(more)).size, 2);
  const inside = await patch(world, 'a', { type: 'ClusterIP' });
  assert.deepEqual(portsOf(inside), [undefined, undefined]);
  assert.equal(inside.spec?.externalTrafficPolicy, undefined);
  const outside = await patch(world, 'a', { type: 'ExternalName', externalName: 'example.com', ports: null });
  assert.deepEqual([outside.spec?.clusterIP, outside.spec?.ipFamilies], [undefined, undefined]);
});

test('a load balancer may do without', async () => {
  const world = await openServices();
  const spec = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
  assert.deepEqual(portsOf(await create(world, 'a', [{ port: 1 }], spec)), [undefined]);
});
