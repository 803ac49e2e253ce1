import assert from 'node:assert/strict';
import test from 'node:test';
import { isApiError } from '../../../kernel/meta/errors.ts';
import { siteKind } from '../site/type.ts';
import { startFleet } from '../testing/fleet.ts';
import { joinTokenKind } from './type.ts';

test('a join makes a Site of the name the hub chose, and may be repeated with the same key only', async () => {
  const fleet = await startFleet();
  const token = await fleet.invite('invite-1', { siteName: 'edge-7', siteLabels: { tier: 'edge' } });
  const answer = await fleet.join(token, 'key-a');
  assert.deepEqual(answer, {
    siteName: 'edge-7',
    hubId: 'hub-a',
    certificatePem: 'certificate of system:planform:site:edge-7',
    notAfter: '1970-01-31T00:00:00Z',
  });
  const site = await fleet.hub.client.get(siteKind, { name: 'edge-7' }, fleet.signal);
  assert.deepEqual([site.spec?.accepted, site.metadata.labels], [true, { tier: 'edge' }]);
  assert.deepEqual(await fleet.join(token, 'key-a'), answer);
  await assert.rejects(fleet.join(token, 'key-b'), /used by "edge-7" with another key/);
  await fleet.pass(1_000);
  assert.equal((await fleet.hub.client.get(joinTokenKind, { name: 'invite-1' }, fleet.signal)).status?.phase, 'Used');
  await fleet.stop();
});

test('a wrong, unknown or expired token is refused, and so is the name of a site that has joined', async () => {
  const fleet = await startFleet();
  const token = await fleet.invite('invite-1');
  await assert.rejects(fleet.join(`${token.slice(0, -1)}y`, 'key-a'), (error) => isApiError(error, 'Unauthorized'));
  await assert.rejects(fleet.join(token.replace('invite-1', 'invite-2'), 'key-a'), (error) =>
    isApiError(error, 'Unauthorized'),
  );
  await fleet.addSite('site-1');
  const taken = await fleet.invite('invite-3', { siteName: 'site-1' });
  await assert.rejects(fleet.join(taken, 'key-b'), /has joined with another key/);
  fleet.clock.jump(3_600_000);
  await assert.rejects(fleet.join(token, 'key-a'), /expired at/);
  await fleet.stop();
});

test('a token for several sites makes up names; an unaccepted site waits', async () => {
  const fleet = await startFleet();
  const token = await fleet.invite('many', { usesMax: 2, accept: false });
  const names = [await fleet.join(token, 'key-a'), await fleet.join(token, 'key-b')].map(
    (answer) => (answer as { siteName: string }).siteName,
  );
  assert.equal(new Set(names).size, 2);
  await assert.rejects(fleet.join(token, 'key-c'), /uses 2, allowed 2/);
  await fleet.pass(1_000);
  const site = await fleet.hub.client.get(siteKind, { name: names[0] ?? '' }, fleet.signal);
  assert.equal(site.status?.phase, 'Pending');
  await fleet.stop();
});
