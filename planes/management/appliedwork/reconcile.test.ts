import assert from 'node:assert/strict';
import test from 'node:test';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { applicationKind } from '../../application/application/type.ts';
import { namespaceKind } from '../../../kernel/kinds/namespace/type.ts';
import { deploymentKind } from '../../control/deployment/type.ts';
import {
  component,
  configMap,
  deploy,
  deployment,
  editData,
  operator,
  readApplied,
  readApplication,
  readData,
  readWork,
  statusOf,
} from '../testing/deploy.ts';
import { startFleet } from '../testing/fleet.ts';

const settings = component('web', [configMap('settings', { mode: 'a', level: '1' })]);

test('connected: a foreign change to a delivered field is taken back at once and reported', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings] });
  await editData(fleet, site, 'settings', { mode: 'b', own: 'x' });
  await fleet.pass(2_000);
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a', level: '1', own: 'x' });
  const [edit] = (await readWork(fleet, site)).status?.localEdits ?? [];
  assert.deepEqual(
    [edit?.path, edit?.hubValue, edit?.siteValue, edit?.who, edit?.resolution],
    ['.data.mode', 'a', 'b', 'bob', 'Reverted'],
  );
  await site.client.delete(configMapKind, { namespace: 'default', name: 'settings' }, {}, fleet.signal);
  await fleet.pass(2_000);
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a', level: '1' });
  await fleet.stop();
});

test('what a hub may not touch is refused and reported; the rest is delivered, and nothing goes when the Work goes', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  const own = { metadata: { namespace: 'kube-system', name: 'machinery' }, data: { mode: 'own' } };
  await site.client.create(configMapKind, own, {}, fleet.signal);
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'leader' } };
  await deploy(fleet, {
    components: [
      component('web', [
        configMap('settings', { a: '1' }),
        configMap('machinery', { mode: 'taken' }, 'kube-system'),
        lease,
      ]),
    ],
  });
  assert.deepEqual(await readData(fleet, site, 'settings'), { a: '1' });
  assert.deepEqual(await readData(fleet, site, 'machinery', 'kube-system'), { mode: 'own' });
  const work = await readWork(fleet, site);
  const refused = work.status?.feedback?.filter(({ state }) => state === 'Failed');
  assert.deepEqual(refused?.map(({ kind, name, reason }) => [kind, name, reason]).toSorted(), [
    ['ConfigMap', 'machinery', 'Forbidden'],
    ['Lease', 'leader', 'Forbidden'],
  ]);
  await fleet.hub.client.delete(applicationKind, { namespace: 'default', name: 'hello' }, {}, fleet.signal);
  await fleet.pass(60_000);
  assert.equal(await readData(fleet, site, 'settings'), undefined);
  assert.deepEqual(await readData(fleet, site, 'machinery', 'kube-system'), { mode: 'own' });
  await fleet.stop();
});

test('cut off: changes and deletions by people stand, are recorded, and survive a restart of the agent', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, {
    components: [component('web', [configMap('settings', { mode: 'a', level: '1' }), configMap('extra', { a: '1' })])],
  });
  site.cut();
  await fleet.pass(15_000);
  await editData(fleet, site, 'settings', { mode: 'b', level: null });
  await site.kernel
    .clientFor(operator)
    .delete(configMapKind, { namespace: 'default', name: 'extra' }, {}, fleet.signal);
  await fleet.pass(5_000);
  const expectStanding = async () => {
    assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'b' });
    assert.equal(await readData(fleet, site, 'extra'), undefined);
    const applied = await readApplied(fleet, site);
    assert.equal(statusOf(applied, 'Drifted'), 'True LocalEdits');
    const edits = applied.status?.localEdits?.map((edit) => [
      edit.name,
      edit.path,
      edit.siteValue,
      edit.who,
      edit.resolution,
    ]);
    assert.deepEqual(edits, [
      ['settings', '.data.level', undefined, 'bob', 'Standing'],
      ['settings', '.data.mode', 'b', 'bob', 'Standing'],
      ['extra', '', undefined, 'bob', 'Standing'],
    ]);
  };
  await expectStanding();
  await site.stop();
  await site.start();
  await fleet.pass(20_000);
  await expectStanding();
  await fleet.stop();
});

test('on return HubWins reports the edits before it takes them back', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings] });
  site.cut();
  await fleet.pass(15_000);
  await editData(fleet, site, 'settings', { mode: 'b' });
  await fleet.pass(5_000);
  site.cut(false);
  await fleet.pass(30_000);
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a', level: '1' });
  const work = await readWork(fleet, site);
  assert.deepEqual(
    work.status?.localEdits?.map((edit) => [edit.path, edit.hubValue, edit.siteValue, edit.who, edit.resolution]),
    [['.data.mode', 'a', 'b', 'bob', 'Reverted']],
  );
  assert.equal(statusOf(work, 'Drifted'), 'False AsDelivered');
  await fleet.stop();
});

test('on return SiteWins keeps the edits, also under a new version, and Report leaves them to a person', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [settings], onReconnect: 'SiteWins' });
  site.cut();
  await fleet.pass(15_000);
  await editData(fleet, site, 'settings', { mode: 'b' });
  await fleet.pass(5_000);
  site.cut(false);
  await fleet.pass(30_000);
  const newer = component('web', [configMap('settings', { mode: 'a', level: '2' })]);
  await deploy(fleet, { components: [newer], onReconnect: 'SiteWins' });
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'b', level: '2' });
  assert.equal((await readWork(fleet, site)).status?.localEdits?.[0]?.resolution, 'Kept');
  await deploy(fleet, { components: [newer], onReconnect: 'Report' });
  assert.equal((await readWork(fleet, site)).status?.localEdits?.[0]?.resolution, 'Standing');
  await deploy(fleet, { components: [newer], onReconnect: 'HubWins' });
  assert.deepEqual(await readData(fleet, site, 'settings'), { mode: 'a', level: '2' });
  await fleet.stop();
});

test('a scaled Deployment stands while cut off; a change by a controller never does', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [component('web', [deployment('web', 2)])] });
  site.cut();
  await fleet.pass(15_000);
  const at = { namespace: 'default', name: 'web' };
  const scale = async (user: string, replicas: number) => {
    const client = site.kernel.clientFor({ name: user, groups: ['system:masters'] });
    await client.patch(
      deploymentKind,
      at,
      { type: 'merge', body: { spec: { replicas } } },
      { subresource: 'scale' },
      fleet.signal,
    );
    await fleet.pass(2_000);
    return (await site.client.get(deploymentKind, at, fleet.signal)).spec?.replicas;
  };
  assert.equal(await scale('system:planform:controller:autoscaler', 7), 2);
  assert.equal(await scale('bob', 5), 5);
  assert.equal((await readApplied(fleet, site)).status?.localEdits?.[0]?.path, '.spec.replicas');
  site.cut(false);
  await fleet.pass(30_000);
  assert.equal((await site.client.get(deploymentKind, at, fleet.signal)).spec?.replicas, 2);
  await fleet.stop();
});

test('a namespace deleted while cut off stays deleted with all that was in it, and comes back with the hub', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [component('web', [configMap('settings', { a: '1' }, 'room')])] });
  site.cut();
  await fleet.pass(15_000);
  await site.kernel.clientFor(operator).delete(namespaceKind, { name: 'room' }, {}, fleet.signal);
  await fleet.pass(15_000);
  assert.equal(await readData(fleet, site, 'settings', 'room'), undefined);
  const applied = await readApplied(fleet, site);
  assert.deepEqual(
    applied.status?.localEdits?.map((edit) => [edit.kind, edit.name, edit.who]),
    [['Namespace', 'room', 'bob']],
  );
  site.cut(false);
  await fleet.pass(40_000);
  assert.deepEqual(await readData(fleet, site, 'settings', 'room'), { a: '1' });
  await fleet.stop();
});

test('a component waits until those it depends on are healthy', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, {
    components: [
      component('front', [configMap('front', { a: '1' })], ['back']),
      component('back', [deployment('back', 1)]),
    ],
  });
  assert.equal(await readData(fleet, site, 'front'), undefined);
  assert.equal(statusOf(await readWork(fleet, site), 'Applied'), 'False ComponentsWaiting');
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
  await site.client.patch(
    deploymentKind,
    { namespace: 'default', name: 'back' },
    { type: 'merge', body: { status } },
    { subresource: 'status' },
    fleet.signal,
  );
  await fleet.pass(6_000);
  assert.deepEqual(await readData(fleet, site, 'front'), { a: '1' });
  assert.deepEqual((await readApplication(fleet)).status?.sites, { desired: 1, current: 1, healthy: 1 });
  await fleet.stop();
});

test('an object that cannot be applied is named and the rest goes on; old objects stay until all is applied', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await deploy(fleet, { components: [component('web', [configMap('old', { a: '1' })])] });
  const bad = { ...deployment('bad', 1), spec: { replicas: 1 } };
  await deploy(fleet, { components: [component('web', [configMap('new', { a: '1' }), bad])] });
  const work = await readWork(fleet, site);
  assert.equal(statusOf(work, 'Applied'), 'False ObjectsFailed');
  assert.match(
    work.status?.conditions?.find(({ type }) => type === 'Applied')?.message ?? '',
    /Deployment default\/bad/,
  );
  assert.deepEqual(await readData(fleet, site, 'new'), { a: '1' });
  assert.deepEqual(await readData(fleet, site, 'old'), { a: '1' });
  await deploy(fleet, { components: [component('web', [configMap('new', { a: '1' })])] });
  assert.equal(await readData(fleet, site, 'old'), undefined);
  await fleet.stop();
});

test('a field this site does not know is left out and named; it is not taken for a local edit', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  const odd = { ...deployment('odd', 1), spec: { ...(deployment('odd', 1)['spec'] as object), replica: 3 } };
  await deploy(fleet, { components: [component('web', [odd])] });
  const work = await readWork(fleet, site);
  assert.equal(statusOf(work, 'UnsupportedFields'), 'True UnknownFields');
  assert.match(JSON.stringify(work.status?.conditions), /Deployment default\/odd .spec.replica"/);
  assert.equal(statusOf(work, 'Applied'), 'True Applied');
  assert.deepEqual(work.status?.localEdits, []);
  await fleet.stop();
});
