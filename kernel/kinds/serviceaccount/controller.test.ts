import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlledKernel } from '../../controller/testing/controlled-kernel.ts';
import { rootAuthorityPublisher } from '../configmap/root-authority.ts';
import { configMapKind } from '../configmap/type.ts';
import { namespaceKind } from '../namespace/type.ts';
import { defaultServiceAccounts } from './controller.ts';
import { serviceAccountKind } from './type.ts';

test('every namespace has its account and the certificate of the authority, again when they are lost', async () => {
  const isOwn = (namespace: string) => namespace.startsWith('site-');
  const controllers = [defaultServiceAccounts(isOwn), rootAuthorityPublisher({ certificatePem: () => 'PEM', isOwn })];
  await using world = await ControlledKernel.start({ controllers });
  const { client, signal } = world;
  for (const name of ['shop', 'site-1']) await client.create(namespaceKind, { metadata: { name } }, {}, signal);
  await world.settle();
  const accountsOf = async (namespace: string) =>
    (await client.list(serviceAccountKind, { namespace }, signal)).items.map(({ metadata }) => metadata.name);
  const at = { namespace: 'shop', name: 'kube-root-ca.crt' };
  const published = async () => (await client.get(configMapKind, at, signal)).data;
  assert.deepEqual(await accountsOf('shop'), ['default']);
  assert.deepEqual(await accountsOf('site-1'), []);
  assert.deepEqual(await published(), { 'ca.crt': 'PEM' });

  await client.delete(serviceAccountKind, { namespace: 'shop', name: 'default' }, {}, signal);
  const body = { data: { 'ca.crt': 'other', more: 'x' } };
  await client.patch(configMapKind, at, { type: 'merge', body }, {}, signal);
  await world.settle();
  assert.deepEqual(await accountsOf('shop'), ['default']);
  assert.deepEqual(await published(), { 'ca.crt': 'PEM' });
  await client.delete(configMapKind, at, {}, signal);
  await world.settle();
  assert.deepEqual(await published(), { 'ca.crt': 'PEM' });

  await client.delete(namespaceKind, { name: 'shop' }, {}, signal);
  await world.settle(5_000);
  assert.deepEqual((await client.list(namespaceKind, { fieldSelector: 'metadata.name=shop' }, signal)).items, []);
});
