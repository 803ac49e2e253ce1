import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customResourceDefinitionKind } from '../../kernel/kinds/customresourcedefinition/type.ts';
import { managedLabel } from '../../kernel/kinds/apiservice/plan.ts';
import { apiServiceKind } from '../../kernel/kinds/apiservice/type.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { startTestKernel } from './testing/kernel.ts';

const { signal } = new AbortController();

const kinds = [customResourceDefinitionKind, apiServiceKind];

// Kubernetes: autoRegisterController, rows 2B, 3B, 5A and 5B
test('every start puts the APIServices of built-in kinds right, and leaves those of others', async () => {
  const disk = new MemoryDisk();
  const { kernel, client } = await startTestKernel(disk, kinds);
  const before = await client.list(apiServiceKind, {}, signal);
  const change = (name: string, body: object) =>
    client.patch(apiServiceKind, { name }, { type: 'merge', body }, {}, signal);
  await client.delete(apiServiceKind, { name: 'v1.' }, {}, signal);
  await change('v1.coordination.k8s.io', { spec: { versionPriority: 9 } });
  const released = { metadata: { labels: { [managedLabel]: null } }, spec: { versionPriority: 9 } };
  await change('v1.events.k8s.io', released);
  const spec = { group: 'gone.example.com', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 };
  const labels = { [managedLabel]: 'onstart' };
  await client.create(apiServiceKind, { metadata: { name: 'v1.gone.example.com', labels }, spec }, {}, signal);
  await client.create(
    apiServiceKind,
    { metadata: { name: 'v2.gone.example.com' }, spec: { ...spec, version: 'v2' } },
    {},
    signal,
  );
  await kernel.close();

  const second = await startTestKernel(disk, kinds);
  const after = await second.client.list(apiServiceKind, {}, signal);
  const names = after.items.map(({ metadata }) => metadata.name);
  assert.deepEqual(names, [...before.items.map(({ metadata }) => metadata.name), 'v2.gone.example.com'].toSorted());
  const priorityOf = (name: string) =>
    after.items.find(({ metadata }) => metadata.name === name)?.spec?.versionPriority;
  assert.equal(priorityOf('v1.coordination.k8s.io'), 15);
  assert.equal(priorityOf('v1.events.k8s.io'), 9);
  await second.kernel.close();

  const third = await startTestKernel(disk, kinds);
  const { resourceVersion } = await third.client.list(apiServiceKind, {}, signal);
  assert.equal(resourceVersion, after.resourceVersion, 'nothing is written where all is right');
  await third.kernel.close();
});
