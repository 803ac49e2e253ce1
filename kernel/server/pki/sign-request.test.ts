// The library needs the polyfill to be there first.
import 'reflect-metadata';
import { Name, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { systemClock } from '../../base/system-clock.ts';
import { isApiError } from '../../meta/errors.ts';
import { openAuthority } from './file-authority.ts';
import { makeKeyPair } from './x509.ts';

async function requestFor(name: Name, dnsNames: readonly string[] = []): Promise<string> {
  const { publicKey, privateKey } = makeKeyPair();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const alternative = dnsNames.map((value) => ({ type: 'dns', value }) as const);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys: {
      publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
      privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    ...(alternative.length === 0 ? {} : { extensions: [new SubjectAlternativeNameExtension(alternative)] }),
  });
  return request.toString('pem');
}

test('signRequest() signs exactly the names that readRequest() told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const authority = await openAuthority({ folder, commonName: 'test', clock: systemClock, random: seededRandom(1) });
  const encoded = Buffer.concat([Buffer.from([0x0c, 14]), Buffer.from('system:masters')]).toString('hex');
  const tricks = ['dev', `#${encoded}`, 'x\nO=system:masters', 'x,O=system:masters', 'x+O=system:masters', '"', 'ü'];
  for (const organization of tricks) {
    const name = new Name([{ O: [{ utf8String: organization }] }, { CN: [{ utf8String: 'alice' }] }]);
    const request = await requestFor(name, ['a.example.com']);
    const asked = await authority.readRequest(request);
    assert.deepEqual([asked.organizations, asked.commonName], [[organization], 'alice']);
    assert.deepEqual(asked.dnsNames, ['a.example.com']);
    const pem = await authority.signRequest(request, { usages: ['client auth'], validForMs: 3_600_000 });
    const certificate = new X509Certificate(pem);
    const { subject } = certificate.toLegacyObject();
    assert.deepEqual({ ...subject }, { O: organization, CN: 'alice' });
    assert.equal(certificate.subjectAltName, 'DNS:a.example.com');
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.ok(certificate.verify(new X509Certificate(authority.certificatePem).publicKey));
  }
});

test('readRequest() refuses what is no request', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const authority = await openAuthority({ folder, commonName: 'test', clock: systemClock, random: seededRandom(1) });
  const good = await requestFor(new Name([{ CN: ['a'] }]));
  const der = Buffer.from(good.replace(/-----[^-]+-----/g, ''), 'base64');
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  for (const bad of ['', 'text', good.slice(0, 100), forged, 'x'.repeat(20_000)]) {
    await assert.rejects(authority.readRequest(bad), (error) => isApiError(error, 'BadRequest'));
  }
});
