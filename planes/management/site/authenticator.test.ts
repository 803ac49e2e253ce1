import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteUserName, sitesGroup } from '../identity/users.ts';
import { siteAuthenticator } from './authenticator.ts';
import { isServed } from './rights.ts';
import type { Site } from './type.ts';

const north: Site = {
  apiVersion: 'management.planform.dev/v1alpha1',
  kind: 'Site',
  metadata: { name: 'north', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { accepted: true },
  status: { identity: { publicKeyFingerprint: 'key-1' } },
};

function certificate(commonName: string, publicKeyFingerprint: string, organizations: readonly string[]) {
  return { certificate: { commonName, organizations, fingerprint: 'f', publicKeyFingerprint } };
}

test('siteAuthenticator() refuses keys and sites the hub does not stand by', () => {
  const known = { isComplete: true, find: (name: string) => (name === 'north' ? north : undefined) };
  const authenticator = siteAuthenticator(() => known);
  const ask = (name: string, key: string, organizations: readonly string[] = [sitesGroup]) =>
    authenticator.authenticate(certificate(name, key, organizations), 0);
  assert.equal(ask(siteUserName('north'), 'key-1'), undefined);
  assert.equal(ask('alice', 'key-9', ['people']), undefined);
  assert.equal(authenticator.authenticate({ bearerToken: 't' }, 0), undefined);
  assert.throws(() => ask(siteUserName('north'), 'key-2'), { reason: 'Unauthorized', message: /another key/ });
  assert.throws(() => ask(siteUserName('south'), 'key-1'), { reason: 'Unauthorized', message: /not known/ });
  assert.throws(() => ask('north', 'key-1'), { reason: 'Unauthorized' });
});

test('siteAuthenticator() judges nobody before it knows all sites', () => {
  const authenticator = siteAuthenticator(() => ({ isComplete: false, find: () => undefined }));
  const credentials = certificate(siteUserName('north'), 'key-1', [sitesGroup]);
  assert.throws(() => authenticator.authenticate(credentials, 0), { reason: 'ServiceUnavailable' });
});

test('isServed() is for accepted sites whose identity is in one place', () => {
  assert.equal(isServed(north), true);
  assert.equal(isServed({ ...north, spec: { accepted: false } }), false);
  assert.equal(isServed({ ...north, status: { fork: { count: 1, id: 'a' } } }), false);
});
