import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlledKernel } from '../../controller/testing/controlled-kernel.ts';
import { customResourceDefinitionKind } from '../customresourcedefinition/type.ts';
import { managedLabel } from './plan.ts';
import { apiServiceKind } from './type.ts';

const group = 'things.example.com';
const version = (name: string, served = true) => ({
  name,
  served,
  storage: name === 'v1',
  schema: { openAPIV3Schema: { type: 'object' } },
});
const definition = {
  metadata: { name: `things.${group}` },
  spec: {
    group,
    scope: 'Namespaced' as const,
    names: { plural: 'things', kind: 'Thing' },
    versions: [version('v1'), version('v1beta1')],
  },
};

const start = () => ControlledKernel.start({}, [customResourceDefinitionKind, apiServiceKind]);

/** `name status`, of the APIServices with that value of the label, or without it. */
async function shown({ client, signal }: ControlledKernel, managed: string | undefined): Promise<readonly string[]> {
  const { items } = await client.list(apiServiceKind, {}, signal);
  return items
    .filter(({ metadata }) => metadata.labels?.[managedLabel] === managed)
    .map(({ metadata, status }) => `${metadata.name} ${status?.conditions?.[0]?.status}`);
}

test('an APIService is there from the start for every version the kernel serves', async () => {
  await using world = await start();
  const found = await shown(world, 'onstart');
  for (const name of ['v1.', 'v1.apiextensions.k8s.io', 'v1.authentication.k8s.io', 'v1.authorization.k8s.io']) {
    assert.ok(found.includes(`${name} True`), name);
  }
});

// Kubernetes: autoRegisterController, "sync on start"
test('what people do to APIServices of built-in kinds stays', async () => {
  await using world = await start();
  const { client, signal } = world;
  await client.delete(apiServiceKind, { name: 'v1.coordination.k8s.io' }, {}, signal);
  await world.settle();
  assert.equal((await shown(world, 'onstart')).includes('v1.coordination.k8s.io True'), false);
});

test('APIServices of custom resources come, stay and go with their definition', async () => {
  await using world = await start();
  const { client, signal } = world;
  await client.create(customResourceDefinitionKind, definition, {}, signal);
  await world.settle();
  const both = [`v1.${group} True`, `v1beta1.${group} True`];
  assert.deepEqual(await shown(world, 'true'), both);

  const at = { name: `v1.${group}` };
  const change = { type: 'merge', body: { spec: { versionPriority: 1 } } } as const;
  await client.patch(apiServiceKind, at, change, {}, signal);
  await client.delete(apiServiceKind, { name: `v1beta1.${group}` }, {}, signal);
  await world.settle();
  assert.deepEqual(await shown(world, 'true'), both);
  assert.equal((await client.get(apiServiceKind, at, signal)).spec?.versionPriority, 100);

  const unserved = { spec: { versions: [version('v1'), version('v1beta1', false)] } };
  const crd = { name: definition.metadata.name };
  await client.patch(customResourceDefinitionKind, crd, { type: 'merge', body: unserved }, {}, signal);
  await world.settle();
  assert.deepEqual(await shown(world, 'true'), [`v1.${group} True`]);
  await client.delete(customResourceDefinitionKind, crd, {}, signal);
  await world.settle();
  assert.deepEqual(await shown(world, 'true'), []);
});

test('APIServices of people are left alone, but for the condition', async () => {
  await using world = await start();
  const { client, signal } = world;
  const name = 'v1beta1.metrics.k8s.io';
  const spec = { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 };
  const service = { namespace: 'kube-system', name: 'metrics-server' };
  await client.create(apiServiceKind, { metadata: { name }, spec: { ...spec, service } }, {}, signal);
  await world.settle();
  assert.deepEqual(await shown(world, undefined), [`${name} False`]);
  // Without the Service it is an API of this server, as upstream sees it.
  const change = { type: 'merge', body: { spec: { service: null } } } as const;
  await client.patch(apiServiceKind, { name }, change, {}, signal);
  await world.settle();
  assert.deepEqual(await shown(world, undefined), [`${name} True`]);
});
