import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keyPairProblem } from './key-pair.ts';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

// Kubernetes: pkg/registry/core/secret, warningsForSecret says what tls.X509KeyPair does.
test('keyPairProblem() says which of the two is missing, or was taken for the other', () => {
  const cases: readonly (readonly [certificate: string, key: string, problem: RegExp])[] = [
    ['a', 'a', /^tls: failed to find any PEM data in certificate input$/],
    [key, certificate, /PEM inputs may have been switched$/],
    [certificate, 'a', /^tls: failed to find any PEM data in key input$/],
    [certificate, certificate, /^tls: found a certificate rather than a key/],
    [certificate, key, /^tls: failed to parse/],
  ];
  for (const [first, second, problem] of cases) assert.match(keyPairProblem(first, second) ?? '', problem);
});
