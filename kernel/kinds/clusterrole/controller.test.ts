import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlledKernel } from '../../controller/testing/controlled-kernel.ts';
import { clusterRoleKind } from './type.ts';

test('clusterRoleAggregation keeps collecting roles up to date', async () => {
  await using world = await ControlledKernel.start();
  const { client, signal } = world;
  const resourcesOf = async (name: string) =>
    (await client.get(clusterRoleKind, { name }, signal)).rules?.flatMap(({ resources = [] }) => resources) ?? [];
  await world.settle();
  assert.ok((await resourcesOf('admin')).includes('rolebindings'));
  assert.ok((await resourcesOf('admin')).includes('configmaps'), 'edit and view are collected into admin');
  assert.ok(!(await resourcesOf('view')).includes('secrets'));
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['gears'] }];
  await client.create(clusterRoleKind, { metadata: { name: 'gears', labels }, rules }, {}, signal);
  await world.settle();
  for (const name of ['view', 'edit', 'admin']) assert.ok((await resourcesOf(name)).includes('gears'), name);
  await client.delete(clusterRoleKind, { name: 'gears' }, {}, signal);
  await world.settle();
  for (const name of ['view', 'edit', 'admin']) assert.ok(!(await resourcesOf(name)).includes('gears'), name);
});
