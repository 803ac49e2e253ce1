import assert from 'node:assert/strict';
import test from 'node:test';
import { eventKind } from '../../../kernel/kinds/event/type.ts';
import { siteKind } from '../site/type.ts';
import { type Fleet, type TestSite, startFleet } from '../testing/fleet.ts';

async function emit(fleet: Fleet, site: TestSite, name: string, message: string): Promise<void> {
  const event = {
    metadata: { namespace: 'default', name },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web-1' },
    type: 'Warning',
    reason: 'BackOff',
    message,
    lastTimestamp: new Date(fleet.clock.nowMs()).toISOString(),
  };
  await site.client.create(eventKind, event, {}, fleet.signal);
}

async function arrived(fleet: Fleet): Promise<readonly string[]> {
  const { items } = await fleet.hub.client.list(eventKind, { namespace: 'site-site-1' }, fleet.signal);
  return items
    .filter((event) => event.reason === 'BackOff')
    .map((event) => `${event.involvedObject.name} ${event.message} ${event.lastTimestamp?.slice(11, 19)}`)
    .sort();
}

test('events of an outage arrive once, with their own times, over restarts of both sides', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await fleet.pass(2_000);
  await emit(fleet, site, 'a', 'first');
  await fleet.pass(2_000);
  assert.deepEqual(await arrived(fleet), ['web-1 first 00:00:02']);
  await fleet.hub.stop();
  await emit(fleet, site, 'b', 'second');
  await fleet.pass(10_000);
  await site.stop();
  await site.start();
  await emit(fleet, site, 'c', 'third');
  await fleet.pass(10_000);
  await fleet.hub.start();
  await fleet.pass(40_000);
  assert.deepEqual(await arrived(fleet), ['web-1 first 00:00:02', 'web-1 second 00:00:04', 'web-1 third 00:00:14']);
  await fleet.stop();
});

test('a lost journal starts a new epoch and nothing is ignored', async () => {
  const fleet = await startFleet();
  const site = await fleet.addSite('site-1');
  await fleet.pass(2_000);
  await emit(fleet, site, 'a', 'first');
  await fleet.pass(2_000);
  const epoch = async () =>
    (await fleet.hub.client.get(siteKind, { name: 'site-1' }, fleet.signal)).status?.journal?.epoch;
  const before = await epoch();
  await site.stop();
  Object.assign(site.rowsDisk, { nextSequence: 1, rows: [], gap: undefined });
  await site.start();
  await fleet.pass(20_000);
  await emit(fleet, site, 'b', 'second');
  await fleet.pass(5_000);
  assert.notEqual(await epoch(), before);
  assert.ok((await arrived(fleet)).some((line) => line.includes('second')));
  await fleet.stop();
});
