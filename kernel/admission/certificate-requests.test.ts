import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type ApiReason, isApiError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../ports/admission.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { CertificateSigningRequest } from '../schema/standard/types.ts';
import {
  certificateRequestor,
  certificateSignerRights,
  certificateSubjectRestriction,
} from './certificate-requests.ts';

const reader = {
  async readRequest(pem: string) {
    const organization = /O=(\S+)/.exec(pem)?.[1];
    if (organization === undefined) throw new ApiError('BadRequest', 'Cannot read it');
    const none = { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
    return { commonName: /CN=(\S+)/.exec(pem)?.[1] ?? 'n', organizations: [organization], ...none };
  },
};
const pem = (text: string) => btoa(`-----BEGIN CERTIFICATE REQUEST-----\n${text}`);
const request = (spec: object, status?: object): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp: '' },
  spec: { request: pem('O=dev'), signerName: 'kubernetes.io/kube-apiserver-client', ...spec },
  ...(status === undefined ? {} : { status }),
});
const source = new AbortController();
const definition = { group: 'certificates.k8s.io', plural: 'certificatesigningrequests', kind: 'X' } as KindDefinition;

function attributes(who: string, subresource: string, old?: KubeObject): AdmissionAttributes {
  return {
    operation: old === undefined ? 'create' : 'update',
    definition,
    namespace: '',
    name: 'r',
    subresource,
    user: { name: who, groups: ['g'], extra: { k: ['v'] } },
    dryRun: false,
    old,
    warn: () => undefined,
  };
}

function validate(plugin: AdmissionPlugin, object: KubeObject, asked: AdmissionAttributes): Promise<void> {
  assert.equal(plugin.handles(asked), true);
  return plugin.validate?.(object, asked, source) ?? Promise.resolve();
}

const refusedAs = (reason: ApiReason, text: RegExp) => (error: unknown) =>
  isApiError(error, reason) && text.test(error.message);

test('certificateRequestor() writes down who asks, whatever they claim', async () => {
  const plugin = certificateRequestor(reader);
  const draft: Record<string, unknown> = {
    spec: { usages: ['x'], username: 'root', groups: ['system:masters'], uid: '1' },
  };
  await plugin.mutate?.(draft, attributes('eve', ''), source);
  assert.deepEqual(draft['spec'], { usages: ['x'], username: 'eve', groups: ['g'], extra: { k: ['v'] } });
  await validate(plugin, request({}), attributes('eve', ''));
  const texts: readonly (readonly [string, RegExp])[] = [
    [btoa('text'), /spec\.request: .*PEM block type must be CERTIFICATE REQUEST/],
    [pem('nonsense'), /spec\.request: .*Cannot read it/],
  ];
  for (const [text, want] of texts) {
    await assert.rejects(
      validate(plugin, request({ request: text }), attributes('eve', '')),
      refusedAs('Invalid', want),
    );
  }
});

test('certificateSignerRights() asks for the right on the signer, by name or domain', async () => {
  const rights = new Set([
    'ann approve kubernetes.io/kube-apiserver-client',
    'bob approve kubernetes.io/*',
    'sig sign kubernetes.io/*',
  ]);
  const plugin = certificateSignerRights({
    authorize: ({ user, verb, name, resource }) => ({
      verdict: resource === 'signers' && rights.has(`${user.name} ${verb} ${name}`) ? 'allow' : 'noOpinion',
      reason: '',
    }),
  });
  const [old, next] = [request({}), request({}, { conditions: [] })];
  for (const who of ['ann', 'bob']) await validate(plugin, next, attributes(who, 'approval', old));
  await validate(plugin, next, attributes('sig', 'status', old));
  await validate(plugin, old, attributes('eve', 'approval', old));
  const notApproved = /"r" is forbidden: user not permitted to approve requests with signerName "kubernetes\.io\/kube-/;
  await assert.rejects(validate(plugin, next, attributes('sig', 'approval', old)), refusedAs('Forbidden', notApproved));
  await assert.rejects(
    validate(plugin, next, attributes('ann', 'status', old)),
    refusedAs('Forbidden', /permitted to sign/),
  );
});

test('certificateSubjectRestriction() makes nobody a master', async () => {
  const plugin = certificateSubjectRestriction(reader, (name) => name === 'inside');
  const masters = { request: pem('O=system:masters') };
  await validate(plugin, request({}), attributes('eve', ''));
  await validate(plugin, request({ ...masters, signerName: 'example.com/own' }), attributes('eve', ''));
  const text = /use of kubernetes\.io\/kube-apiserver-client signer with system:masters group is not allowed/;
  await assert.rejects(validate(plugin, request(masters), attributes('eve', '')), refusedAs('Forbidden', text));
  const inside = request({ request: pem('O=dev CN=inside') });
  await assert.rejects(validate(plugin, inside, attributes('eve', '')), refusedAs('Forbidden', /the server's own/));
});
