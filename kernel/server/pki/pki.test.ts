import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemRandom } from '../../base/system-random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { isApiError } from '../../meta/errors.ts';
import type { CertificateProfile } from './certificate-authority.ts';
import { makeCertificateRequest } from './certificate-request.ts';
import { openAuthority } from './file-authority.ts';
import { certificateFingerprint, publicKeyFingerprint } from './fingerprint.ts';
import { keepCertificate, servingProfile } from './kept-certificate.ts';
import { writeKubeconfig } from './kubeconfig.ts';

const dayMs = 86_400_000;
const { signal } = new AbortController();

function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'planform-pki-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const open = () => openAuthority({ folder, commonName: 'planform hub', clock, random: systemRandom });
  return { folder, clock, open };
}

test('openAuthority() makes an authority once and keeps its key to itself', async (t) => {
  const { folder, open } = setUp(t);
  const first = await open();
  assert.equal((await open()).certificatePem, first.certificatePem);
  assert.equal(statSync(join(folder, 'ca.key')).mode & 0o777, 0o600);
  const certificate = new X509Certificate(first.certificatePem);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, 'CN=planform hub');
  assert.ok(certificate.verify(certificate.publicKey));
});

test('openAuthority() refuses a key that is missing or of somebody else', async (t) => {
  const { folder, open } = setUp(t);
  await open();
  writeFileSync(join(folder, 'ca.key'), (await makeCertificateRequest('x')).keyPem);
  await assert.rejects(open, /is not the key of/);
  rmSync(join(folder, 'ca.key'));
  await assert.rejects(open, /is missing beside its certificate/);
});

test('sign() proves possession and decides the subject itself', async (t) => {
  const { open } = setUp(t);
  const authority = await open();
  const { csrPem } = await makeCertificateRequest('system:masters');
  const subject = { commonName: 'site:a', organizations: ['sites'], validForMs: dayMs };
  const signed = await authority.sign(csrPem, subject, signal);
  const certificate = new X509Certificate(signed.certificatePem);
  assert.equal(certificate.subject, 'O=sites\nCN=site:a');
  assert.ok(certificate.verify(new X509Certificate(authority.certificatePem).publicKey));
  assert.equal(certificate.validToDate.getTime(), signed.notAfterMs);
  const { publicKeyFingerprint: proven } = await authority.inspect(csrPem, signal);
  assert.equal(proven, publicKeyFingerprint(certificate.publicKey));
  assert.match(certificateFingerprint(certificate), /^[0-9a-f]{64}$/);
});

test('inspect() refuses what is not a request and requests that were changed', async (t) => {
  const { open } = setUp(t);
  const authority = await open();
  const { csrPem } = await makeCertificateRequest('abc');
  const der = Buffer.from(csrPem.replaceAll(/-----.*-----|\n/g, ''), 'base64');
  const at = der.indexOf('abc');
  der[at] = 'x'.charCodeAt(0);
  const changed = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  for (const bad of ['', 'nonsense', changed, 'x'.repeat(20_000)]) {
    await assert.rejects(authority.inspect(bad, signal), (error) => isApiError(error, 'BadRequest'));
  }
});

test('keepCertificate() renews at a third of the life and when names change', async (t) => {
  const { folder, clock, open } = setUp(t);
  const authority = await open();
  const keep = (profile: CertificateProfile) => keepCertificate({ authority, folder, name: 'serving', profile, clock });
  const first = await keep(servingProfile());
  assert.equal(first.isNew, true);
  const names = new X509Certificate(first.certificatePem).subjectAltName ?? '';
  for (const name of ['DNS:localhost', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'])
    assert.ok(names.includes(name));
  assert.equal((await keep(servingProfile())).isNew, false);
  const named = await keep(servingProfile(['hub.example', '10.0.0.1']));
  assert.equal(named.isNew, true);
  await clock.advance(named.renewAtMs - clock.nowMs() - 1);
  assert.equal((await keep(servingProfile(['hub.example', '10.0.0.1']))).isNew, false);
  await clock.advance(1);
  assert.equal((await keep(servingProfile(['hub.example', '10.0.0.1']))).isNew, true);
});

test('keepCertificate() replaces a pair that a crash left torn and one of another authority', async (t) => {
  const [one, other] = [setUp(t), setUp(t)];
  const profile: CertificateProfile = {
    commonName: 'admin',
    organizations: ['system:masters'],
    usage: 'client',
    names: [],
    validForMs: dayMs,
  };
  const keep = async (authority: typeof one) =>
    keepCertificate({
      authority: await authority.open(),
      folder: one.folder,
      name: 'admin',
      profile,
      clock: one.clock,
    });
  await keep(one);
  writeFileSync(join(one.folder, 'admin.key'), (await makeCertificateRequest('x')).keyPem);
  assert.equal((await keep(one)).isNew, true);
  assert.equal((await keep(one)).isNew, false);
  assert.equal((await keep(other)).isNew, true);
});

test('writeKubeconfig() embeds everything and is readable by its owner only', async (t) => {
  const { folder } = setUp(t);
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, 'old');
  chmodSync(path, 0o644);
  await writeKubeconfig({
    path,
    server: 'https://127.0.0.1:7443',
    name: 'hub',
    caPem: 'A',
    clientCertPem: 'B',
    clientKeyPem: 'C',
  });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.match(readFileSync(path, 'utf8'), /server: "https:\/\/127.0.0.1:7443"\n {4}certificate-authority-data: QQ==/);
});
