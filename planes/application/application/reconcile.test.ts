import assert from 'node:assert/strict';
import test from 'node:test';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { bundleKind } from '../../management/bundle/type.ts';
import { placementKind } from '../../management/placement/type.ts';
import { siteKind } from '../../management/site/type.ts';
import {
  component,
  configMap,
  deploy,
  find,
  readApplication,
  readData,
  readWork,
  statusOf,
} from '../../management/testing/deploy.ts';
import { startFleet } from '../../management/testing/fleet.ts';
import { appliedWorkKind } from '../../management/appliedwork/type.ts';
import { workKind } from '../../management/work/type.ts';
import { applicationKind } from './type.ts';

test('an application reaches every chosen site and reports back', async () => {
  const fleet = await startFleet();
  const sites = [await fleet.addSite('site-1'), await fleet.addSite('site-2')];
  await deploy(fleet, { components: [component('web', [configMap('settings', { mode: 'a' })])] });
  for (const site of sites) assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  const { status } = await readApplication(fleet);
  assert.deepEqual(status?.sites, { desired: 2, current: 2, healthy: 2 });
  assert.deepEqual(
    status?.conditions?.map(({ type, status }) => `${type}=${status}`),
    ['Rendered=True', 'Delivered=True', 'Healthy=True'],
  );
  const [, work] = await Promise.all(sites.map((site) => readWork(fleet, site)));
  assert.equal(work?.status?.appliedDigest, status?.digest);
  assert.equal(statusOf(work ?? {}, 'Persisted'), 'True Persisted');
  await fleet.stop();
});

test('nothing is written while nothing changes', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [component('web', [configMap('settings', { mode: 'a' })])] });
  await fleet.pass(20_000);
  const before = [
    (await readApplication(fleet)).metadata.resourceVersion,
    (await readWork(fleet, site)).metadata.resourceVersion,
    site.kernel.registry.head,
  ];
  await fleet.pass(60_000);
  const after = [
    (await readApplication(fleet)).metadata.resourceVersion,
    (await readWork(fleet, site)).metadata.resourceVersion,
    site.kernel.registry.head,
  ];
  assert.deepEqual(after, before);
  await fleet.stop();
});

test('a deleted application takes what it made with it, and nothing else', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await site.client.create(
    configMapKind,
    { metadata: { namespace: 'default', name: 'own' }, data: { a: '1' } },
    {},
    fleet.signal,
  );
  await site.client.create(
    configMapKind,
    { metadata: { namespace: 'default', name: 'adopted' }, data: { a: '1' } },
    {},
    fleet.signal,
  );
  await deploy(fleet, {
    components: [
      component('web', [configMap('settings', { mode: 'a' }, 'new-room'), configMap('adopted', { b: '2' })]),
    ],
  });
  assert.deepEqual(await readData(fleet, site, 'settings', 'new-room'), { mode: 'a' });
  await fleet.hub.client.delete(applicationKind, { namespace: 'default', name: 'hello' }, {}, fleet.signal);
  await fleet.pass(20_000);
  assert.equal(await readData(fleet, site, 'settings', 'new-room'), undefined);
  assert.deepEqual(await readData(fleet, site, 'own'), { a: '1' });
  assert.deepEqual(await readData(fleet, site, 'adopted'), { a: '1', b: '2' });
  assert.equal(
    await find(fleet.hub.client, applicationKind, { namespace: 'default', name: 'hello' }, fleet),
    undefined,
  );
  assert.equal((await fleet.hub.client.list(workKind, {}, fleet.signal)).items.length, 0);
  assert.equal((await site.client.list(appliedWorkKind, {}, fleet.signal)).items.length, 0);
  assert.equal((await fleet.hub.client.list(bundleKind, {}, fleet.signal)).items.length, 0);
  assert.equal(fleet.hub.blobContents.size, 0);
  await fleet.stop();
});

test('an application whose site is out of reach waits for the site', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [component('web', [configMap('settings', { mode: 'a' })])] });
  site.cut();
  await fleet.hub.client.delete(applicationKind, { namespace: 'default', name: 'hello' }, {}, fleet.signal);
  await fleet.pass(60_000);
  assert.equal(statusOf(await readApplication(fleet), 'Delivered'), 'False Removing');
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  site.cut(false);
  await fleet.pass(30_000);
  assert.equal(await readData(fleet, site, 'settings'), undefined);
  assert.equal(
    await find(fleet.hub.client, applicationKind, { namespace: 'default', name: 'hello' }, fleet),
    undefined,
  );
  await fleet.stop();
});

test('what cannot be rendered is named, the rest goes on, and nothing is removed meanwhile', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [component('web', [configMap('one', { a: '1' }), configMap('two', { a: '2' })])] });
  const typo = { ...configMap('two', { a: '2' }), kind: 'ConfigMapp' };
  await deploy(fleet, { components: [component('web', [configMap('one', { a: '9' }), typo])] });
  const broken = await readApplication(fleet);
  assert.equal(statusOf(broken, 'Rendered'), 'False UnknownKind');
  assert.match(JSON.stringify(broken.status?.conditions), /component \\"web\\": manifests\[1\]: kind \\"ConfigMapp\\"/);
  assert.deepEqual(await readData(fleet, site, 'one'), { a: '9' });
  assert.deepEqual(await readData(fleet, site, 'two'), { a: '2' });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'password' }, stringData: { a: 'b' } };
  await deploy(fleet, { components: [component('web', [configMap('one', { a: '9' }), secret])] });
  assert.equal(statusOf(await readApplication(fleet), 'Rendered'), 'False SecretsNotSealed');
  await deploy(fleet, { components: [component('web', [configMap('one', { a: '9' })])] });
  await fleet.pass(5_000);
  assert.equal(await readData(fleet, site, 'two'), undefined);
  await fleet.stop();
});

test('a site that is no longer chosen gives the work back; a placement that is gone changes nothing', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1', { tier: 'edge' });
  await deploy(fleet, { components: [component('web', [configMap('settings', { mode: 'a' })])] });
  await fleet.hub.client.delete(placementKind, { namespace: 'default', name: 'everywhere' }, {}, fleet.signal);
  await fleet.pass(5_000);
  assert.equal(statusOf(await readApplication(fleet), 'Delivered'), 'False PlacementNotFound');
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  const placement = {
    metadata: { namespace: 'default', name: 'everywhere' },
    spec: { siteSelector: { matchLabels: { tier: 'edge' } } },
  };
  await fleet.hub.client.create(placementKind, placement, {}, fleet.signal);
  await fleet.pass(5_000);
  assert.equal(statusOf(await readApplication(fleet), 'Delivered'), 'True Delivered');
  await fleet.hub.client.patch(
    siteKind,
    { name: 'site-1' },
    { type: 'merge', body: { metadata: { labels: { tier: 'core' } } } },
    {},
    fleet.signal,
  );
  await fleet.pass(10_000);
  assert.equal(await readData(fleet, site, 'settings'), undefined);
  assert.equal((await readApplication(fleet)).status?.sites?.desired, 0);
  await fleet.stop();
});
