import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoleKind } from '../../kernel/kinds/clusterrole/type.ts';
import { clusterRoleBindingKind } from '../../kernel/kinds/clusterrolebinding/type.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { startTestKernel } from './testing/kernel.ts';

const { signal } = new AbortController();

test('every start makes default roles and bindings complete, and writes nothing where they are', async () => {
  const disk = new MemoryDisk();
  const first = await startTestKernel(disk);
  const own = { verbs: ['get'], apiGroups: ['example.com'], resources: ['widgets'] };
  const { client } = first;
  const patch = (name: string, body: object) =>
    client.patch(clusterRoleKind, { name }, { type: 'merge', body }, {}, signal);
  await client.delete(clusterRoleKind, { name: 'system:discovery' }, {}, signal);
  await client.delete(clusterRoleBindingKind, { name: 'system:basic-user' }, {}, signal);
  await patch('system:monitoring', { rules: [own] });
  const off = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
  await patch('system:auth-delegator', { metadata: { annotations: off }, rules: [own] });
  const dev = { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'dev' };
  await client.patch(
    clusterRoleBindingKind,
    { name: 'cluster-admin' },
    { type: 'merge', body: { subjects: [dev] } },
    {},
    signal,
  );
  await first.kernel.close();

  const second = await startTestKernel(disk);
  const roleOf = (name: string) => second.client.get(clusterRoleKind, { name }, signal);
  assert.equal((await roleOf('system:discovery')).rules?.length, 1);
  assert.equal((await roleOf('system:monitoring')).rules?.length, 3);
  assert.deepEqual((await roleOf('system:auth-delegator')).rules, [own]);
  const bindingOf = (name: string) => second.client.get(clusterRoleBindingKind, { name }, signal);
  assert.equal((await bindingOf('system:basic-user')).roleRef.name, 'system:basic-user');
  const subjects = (await bindingOf('cluster-admin')).subjects?.map(({ name }) => name);
  assert.deepEqual(subjects, ['dev', 'system:masters']);
  const { head } = second.kernel.registry;
  await second.kernel.close();

  const third = await startTestKernel(disk);
  assert.equal(third.kernel.registry.head, head);
  await third.kernel.close();
});

test('a binding counts from the write on, and a deleted one no more', async () => {
  const { kernel, client } = await startTestKernel(new MemoryDisk());
  const bob = kernel.clientFor({ name: 'bob', groups: ['system:authenticated'] });
  const list = () => bob.list(clusterRoleKind, {}, signal);
  const isForbidden = (error: unknown) => isApiError(error, 'Forbidden');
  await assert.rejects(list(), isForbidden);
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding = {
    metadata: { name: 'bob' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', apiGroup, name: 'bob' }],
  };
  await client.create(clusterRoleBindingKind, binding, {}, signal);
  await list();
  await client.delete(clusterRoleBindingKind, { name: 'bob' }, {}, signal);
  await assert.rejects(list(), isForbidden);
  await kernel.close();
});
