import assert from 'node:assert/strict';
import test from 'node:test';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import { applicationKind } from '../../application/application/type.ts';
import { appliedWorkKind } from '../appliedwork/type.ts';
import { hubMembershipKind } from '../hubmembership/type.ts';
import { siteKind, siteNamespace } from '../site/type.ts';
import {
  component,
  configMap,
  deploy,
  editData,
  find,
  readApplied,
  readData,
  readWork,
  statusOf,
} from '../testing/deploy.ts';
import { hubId, startFleet, TestHub } from '../testing/fleet.ts';
import { workKind } from '../work/type.ts';
import { sitePath, workBlobPath } from './protocol.ts';

const settings = component('web', [configMap('settings', { mode: 'a' })]);

test('a site shows as Ready, as Unreachable once silent, and as Ready again', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  const phase = async () => (await fleet.hub.client.get(siteKind, { name: 'site-1' }, fleet.signal)).status?.phase;
  await fleet.pass(2_000);
  assert.equal(await phase(), 'Ready');
  site.cut();
  await fleet.pass(1_000);
  assert.equal(await phase(), 'Unreachable');
  site.cut(false);
  await fleet.pass(20_000);
  assert.equal(await phase(), 'Ready');
  await fleet.hub.stop();
  await fleet.pass(60_000);
  await fleet.hub.start();
  await fleet.pass(20_000);
  assert.equal(await phase(), 'Ready');
  await fleet.stop();
});

test('what changed while a site was away arrives when it is back, and only that', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { name: 'one', components: [settings] });
  await deploy(fleet, { name: 'two', components: [component('web', [configMap('other', { a: '1' })])] });
  await site.stop();
  await deploy(fleet, { name: 'two', components: [component('web', [configMap('other', { a: '2' })])] });
  const untouched = (await readWork(fleet, site, 'default.one')).metadata.resourceVersion;
  await site.start();
  await fleet.pass(20_000);
  assert.deepEqual(await readData(fleet, site, 'other'), { a: '2' });
  assert.equal((await readWork(fleet, site, 'default.one')).metadata.resourceVersion, untouched);
  await fleet.stop();
});

test('a site enforces what it has while the hub is down, also after a restart', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings] });
  await fleet.hub.stop();
  await site.stop();
  await site.start();
  await fleet.pass(1_000);
  const robot = site.kernel.clientFor({ name: 'system:planform:controller:robot', groups: ['system:masters'] });
  const { resourceVersion } = (await readApplied(fleet, site)).metadata;
  assert.ok(Number(resourceVersion) > 0);
  await robot.delete(configMapKind, { namespace: 'default', name: 'settings' }, {}, fleet.signal);
  await fleet.pass(2_000);
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  await fleet.stop();
});

test('a Work that is merely missing at the hub, and a hub with other data, remove nothing', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings] });
  const { client } = fleet.hub;
  const at = { namespace: siteNamespace('site-1'), name: 'default.hello' };
  site.cut();
  await client.patch(
    applicationKind,
    { namespace: 'default', name: 'hello' },
    { type: 'merge', body: { spec: { placementRef: { name: 'nowhere' } } } },
    {},
    fleet.signal,
  );
  await fleet.pass(1_000);
  await client.patch(workKind, at, { type: 'merge', body: { metadata: { finalizers: null } } }, {}, fleet.signal);
  await client.delete(workKind, at, {}, fleet.signal);
  site.cut(false);
  await fleet.pass(30_000);
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  assert.equal(statusOf(await readApplied(fleet, site), 'HeldForConfirmation'), 'True MissingAtHub');

  await fleet.hub.stop();
  const other = new TestHub(fleet.clock, 'epoch-2');
  await other.start();
  Object.assign(fleet, { hub: other });
  site.useHub(other);
  await other.client.create(siteKind, { metadata: { name: 'site-1' }, spec: { accepted: true } }, {}, fleet.signal);
  await other.client.patch(
    siteKind,
    { name: 'site-1' },
    { type: 'merge', body: { status: { identity: site.identity } } },
    { subresource: 'status' },
    fleet.signal,
  );
  await fleet.pass(60_000);
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  const membership = await site.client.get(hubMembershipKind, { name: hubId }, fleet.signal);
  assert.equal(statusOf(membership, 'HeldForConfirmation'), 'True UnknownHubEpoch');
  const held = await other.client.get(siteKind, { name: 'site-1' }, fleet.signal);
  assert.equal(held.status?.phase, 'Degraded');
  await site.client.patch(
    hubMembershipKind,
    { name: hubId },
    { type: 'merge', body: { spec: { acceptedEpoch: 'epoch-2' } } },
    {},
    fleet.signal,
  );
  await fleet.pass(60_000);
  assert.equal((await other.client.get(siteKind, { name: 'site-1' }, fleet.signal)).status?.phase, 'Ready');
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  await fleet.stop();
});

test('a mass removal waits for a person', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  for (let index = 0; index < 7; index++)
    await deploy(fleet, {
      name: `app-${index}`,
      components: [component('web', [configMap(`map-${index}`, { a: '1' })])],
    });
  site.cut();
  for (let index = 0; index < 7; index++)
    await fleet.hub.client.delete(applicationKind, { namespace: 'default', name: `app-${index}` }, {}, fleet.signal);
  await fleet.pass(2_000);
  site.cut(false);
  await fleet.pass(60_000);
  const countMaps = async () =>
    (await Promise.all(Array.from({ length: 7 }, (_, index) => readData(fleet, site, `map-${index}`)))).filter(
      (data) => data !== undefined,
    ).length;
  assert.equal(await countMaps(), 7);
  assert.equal(statusOf(await readWork(fleet, site, 'default.app-0'), 'HeldForConfirmation'), 'True MassRemoval');
  for (const { metadata } of (await fleet.hub.client.list(workKind, {}, fleet.signal)).items) {
    await fleet.hub.client.patch(
      workKind,
      { namespace: metadata.namespace ?? '', name: metadata.name },
      { type: 'merge', body: { spec: { removalConfirmed: true } } },
      {},
      fleet.signal,
    );
  }
  await fleet.pass(60_000);
  assert.equal(await countMaps(), 0);
  assert.equal((await site.client.list(appliedWorkKind, {}, fleet.signal)).items.length, 0);
  await fleet.stop();
});

test('a site reads nothing that belongs to another', async () => {
  const fleet = await startFleet();
  const [one, two] = [await fleet.addSite('site-1'), await fleet.addSite('site-2', { only: 'two' })];
  await deploy(fleet, { components: [settings] });
  const digest = (await readWork(fleet, two)).spec.bundle.digest;
  const foreign = siteNamespace('site-2');
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => one.atHub.client.get(workKind, { namespace: foreign, name: 'default.hello' }, fleet.signal),
    () => one.atHub.client.list(workKind, {}, fleet.signal),
    () => one.atHub.client.get(siteKind, { name: 'site-2' }, fleet.signal),
    () => one.atHub.readBytes(workBlobPath(foreign, 'default.hello', digest), 1_000_000, fleet.signal),
    () => one.atHub.requestJson({ method: 'POST', path: sitePath('site-2', 'heartbeat'), body: {} }, fleet.signal),
    () =>
      one.atHub.client.patch(
        workKind,
        { namespace: siteNamespace('site-1'), name: 'default.hello' },
        { type: 'merge', body: { spec: { onReconnect: 'SiteWins' } } },
        {},
        fleet.signal,
      ),
  ];
  for (const attempt of attempts) await assert.rejects(attempt(), (error) => isApiError(error, 'Forbidden'));
  const unreferenced = `sha256:${'0'.repeat(64)}`;
  const own = one.atHub.readBytes(
    workBlobPath(siteNamespace('site-1'), 'default.hello', unreferenced),
    1_000_000,
    fleet.signal,
  );
  await assert.rejects(own, (error) => isApiError(error, 'NotFound'));
  await fleet.stop();
});

test('a site restored from a backup is served again, and goes on with what it had', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings] });
  await fleet.pass(2_000);
  const backup = site.disk.copy();
  for (let restart = 0; restart < 3; restart++) {
    await site.stop();
    await site.start();
    await fleet.pass(30_000);
  }
  await site.stop();
  site.disk = backup.restored('after the fire');
  await site.start();
  await fleet.pass(60_000);
  const { status } = await fleet.hub.client.get(siteKind, { name: 'site-1' }, fleet.signal);
  assert.equal(status?.phase, 'Ready');
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a' });
  await site.stop();
  await site.start();
  await fleet.pass(30_000);
  const membership = await site.client.get(hubMembershipKind, { name: hubId }, fleet.signal);
  assert.equal(membership.status?.bootCount, 1_000_002);
  await fleet.stop();
});

test('two agents with one identity are both turned away', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await fleet.pass(2_000);
  const hello = (count: number, id: string) => {
    const body = { protocol: 1, agentVersion: '0.1.0', boot: { count, id }, rootDigest: 'x' };
    return site.atHub.requestJson({ method: 'POST', path: sitePath('site-1', 'sync'), body }, fleet.signal);
  };
  await assert.rejects(hello(0, 'old'), (error) => isApiError(error, 'Conflict'));
  await assert.rejects(hello(1, 'copy'), /quarantined/);
  await fleet.pass(2_000);
  assert.equal((await fleet.hub.client.get(siteKind, { name: 'site-1' }, fleet.signal)).status?.phase, 'Quarantined');
  await fleet.stop();
});

test('a deleted Site is forgotten: its Works go, what runs there stays', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings] });
  site.cut();
  await fleet.hub.client.delete(siteKind, { name: 'site-1' }, {}, fleet.signal);
  await fleet.pass(20_000);
  assert.equal(await find(fleet.hub.client, siteKind, { name: 'site-1' }, fleet), undefined);
  assert.equal((await fleet.hub.client.list(workKind, {}, fleet.signal)).items.length, 0);
  await editData(fleet, site, 'settings', { own: 'x' });
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a', own: 'x' });
  await fleet.stop();
});
