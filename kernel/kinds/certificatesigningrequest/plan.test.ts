import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestedCertificate } from '../../ports/certificates.ts';
import type { CertificateSigningRequest, KeyUsage } from '../../schema/standard/types.ts';
import { deletedAtMs, validForMs, whyNotSigned } from './plan.ts';

const node: RequestedCertificate = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
};
const clientUsages: readonly KeyUsage[] = ['digital signature', 'client auth'];
const serverUsages: readonly KeyUsage[] = ['key encipherment', 'digital signature', 'server auth'];

test('whyNotSigned() holds every signer to its subject and usages', () => {
  // Kubernetes: restrictions of the built-in signers, texts of `certificates.Validate…CSR`.
  const [client, kubelet, serving] = ['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving'];
  const cases: readonly (readonly [
    string | undefined,
    Partial<RequestedCertificate>,
    readonly KeyUsage[],
    string | undefined,
  ])[] = [
    [client, {}, ['client auth'], undefined],
    [client, {}, ['client auth', 'server auth'], 'invalid usage for client certificate: server auth'],
    [client, {}, ['digital signature'], 'missing required usage for client certificate: client auth'],
    [kubelet, {}, clientUsages, undefined],
    [kubelet, {}, [...clientUsages, 'key encipherment'], undefined],
    [kubelet, { organizations: ['system:nodes', 'x'] }, clientUsages, 'subject organization is not system:nodes'],
    [kubelet, { commonName: 'n1' }, clientUsages, 'subject common name does not begin with system:node:'],
    [kubelet, { dnsNames: ['n1'] }, clientUsages, 'DNS subjectAltNames are not allowed'],
    [kubelet, { ipAddresses: ['10.0.0.1'] }, clientUsages, 'IP subjectAltNames are not allowed'],
    [kubelet, {}, serverUsages, 'usages did not match [client auth digital signature key encipherment]'],
    [serving, { dnsNames: ['n1'] }, serverUsages, undefined],
    [serving, {}, serverUsages, 'DNS or IP subjectAltName is required'],
    [serving, { dnsNames: ['n1'], uris: ['spiffe://x'] }, serverUsages, 'URI subjectAltNames are not allowed'],
    [
      serving,
      { ipAddresses: ['10.0.0.1'] },
      ['server auth'],
      'usages did not match [digital signature key encipherment server auth]',
    ],
  ];
  for (const [signer, asked, usages, want] of cases) {
    assert.equal(whyNotSigned(`kubernetes.io/${signer}`, { ...node, ...asked }, usages), want, `${signer} ${want}`);
  }
});

const request = (spec: object, status?: object): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp: '1970-01-01T00:00:00Z' },
  spec: { request: '', signerName: 'a.b/c', ...spec },
  ...(status === undefined ? {} : { status }),
});

test('validForMs() keeps what was asked for between ten minutes and a year', () => {
  assert.equal(validForMs(request({})), 365 * 86_400_000);
  assert.equal(validForMs(request({ expirationSeconds: 3_600 })), 3_600_000);
  assert.equal(validForMs(request({ expirationSeconds: 2 ** 31 - 1 })), 365 * 86_400_000);
});

test('deletedAtMs() gives a decided request an hour and an undecided one a day', () => {
  const hourMs = 3_600_000;
  assert.equal(deletedAtMs(request({})), 24 * hourMs);
  const approved = { type: 'Approved', status: 'True', lastUpdateTime: '1970-01-01T10:00:00Z' };
  assert.equal(deletedAtMs(request({}, { conditions: [approved] })), 11 * hourMs);
});
