import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemRandom } from '../../base/system-random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { mayReplace } from './endorsed.ts';
import { openAuthority } from './file-authority.ts';
import { servingProfile } from './kept-certificate.ts';
import { LiveAuthority } from './live-authority.ts';
import { prepareNextAuthority, readRotation, retirePreviousAuthority, switchAuthority } from './rotation.ts';

function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'planform-rotation-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const options = { folder, commonName: 'test', clock: new VirtualClock(), random: systemRandom };
  return { folder, options, open: () => LiveAuthority.open(options) };
}

test('an authority is replaced in three steps, and everybody is told of each', async (t) => {
  const { folder, options, open } = setUp(t);
  const live = await open();
  let changes = 0;
  live.onChange(() => changes++);
  const [old] = live.trustedPems;
  await live.reload();
  assert.equal(changes, 0);

  await prepareNextAuthority(options);
  await live.reload();
  assert.deepEqual([changes, live.trustedPems.length, live.certificatePem], [1, 2, old]);
  const next = live.trustedPems[1];

  await switchAuthority(folder);
  await live.reload();
  assert.deepEqual([changes, live.trustedPems], [2, [next, old]]);
  const { certificatePem } = await live.issue(servingProfile());
  assert.ok(new X509Certificate(certificatePem).verify(new X509Certificate(next ?? '').publicKey));
  assert.deepEqual((await open()).trustedPems, live.trustedPems, 'The same after a restart');

  await retirePreviousAuthority(folder);
  await live.reload();
  assert.deepEqual([changes, live.trustedPems], [3, [next]]);
  assert.equal(existsSync(join(folder, 'ca-endorsement.crt')), false);
});

test('steps out of order are refused and change nothing', async (t) => {
  const { folder, options, open } = setUp(t);
  await open();
  await assert.rejects(switchAuthority(folder), /the rotation is "single", it must be "prepared"/);
  await assert.rejects(retirePreviousAuthority(folder), /it must be "switched"/);
  await prepareNextAuthority(options);
  await assert.rejects(prepareNextAuthority(options), /the rotation is "prepared", it must be "single"/);
  await assert.rejects(retirePreviousAuthority(folder), /it must be "switched"/);
});

test('a switch that a crash interrupts is ended by the next start', async (t) => {
  for (const renamed of [[], ['ca-next.key']]) {
    const { folder, options, open } = setUp(t);
    const before = await open();
    await prepareNextAuthority(options);
    const { otherPem: next } = await readRotation(folder);
    copyFileSync(join(folder, 'ca.crt'), join(folder, 'ca-previous.crt'));
    for (const name of renamed) renameSync(join(folder, name), join(folder, 'ca.key'));
    assert.deepEqual((await open()).trustedPems, [next, before.certificatePem]);
  }
});

test('mayReplace() believes the next authority by word of the one that is trusted, and nobody else', async (t) => {
  const { options, open } = setUp(t);
  const { certificatePem: old } = await open();
  await prepareNextAuthority(options);
  const { trustedPem, endorsementPem } = await open();
  const next = trustedPem.slice(old.length);
  const stranger = setUp(t);
  const thief = await openAuthority(stranger.options);
  const forged = await thief.endorse(thief);
  assert.equal(mayReplace(old, trustedPem, endorsementPem), true);
  assert.equal(mayReplace(old, next, endorsementPem), true, 'A site that was away during the first step');
  assert.equal(mayReplace(trustedPem, next, ''), true, 'The old one retires');
  assert.equal(mayReplace(old, thief.certificatePem, endorsementPem), false);
  assert.equal(mayReplace(old, old + thief.certificatePem, forged), false);
  assert.equal(mayReplace(old, next, forged), false);
  assert.equal(mayReplace(old, '', ''), false);
  const { certificatePem: leaf } = await (await openAuthority(options)).issue(servingProfile());
  assert.equal(mayReplace(old, leaf, leaf), false, 'What an authority signs is none');
});
