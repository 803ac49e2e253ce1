import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { type ApiReason, isApiError } from '../../meta/errors.ts';
import type { JsonObject, KubeObject } from '../../meta/object.ts';
import type { TokenClaims } from '../../ports/auth.ts';
import { serviceAccountTokens } from './token-request.ts';

const metadata = (name: string, namespace?: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '',
  ...(namespace === undefined ? {} : { namespace }),
});
const pod = (name: string, serviceAccountName: string): KubeObject & { readonly spec: JsonObject } => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(name, 'shop'),
  spec: { serviceAccountName, nodeName: 'n1' },
});
const objects: Readonly<Record<string, KubeObject>> = {
  'serviceaccounts/shop/robot': { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('robot', 'shop') },
  'secrets/shop/s': { apiVersion: 'v1', kind: 'Secret', metadata: metadata('s', 'shop') },
  'nodes//n1': { apiVersion: 'v1', kind: 'Node', metadata: metadata('n1') },
  'pods/shop/own': pod('own', 'robot'),
  'pods/shop/foreign': pod('foreign', 'other'),
};

async function request(spec: JsonObject, body: JsonObject = {}, name = 'robot') {
  let issued: TokenClaims | undefined;
  const endpoint = serviceAccountTokens({
    issuer: { ownAudience: 'self', issueToken: async (claims) => ((issued = claims), 'signed') },
    find: (resource, namespace, at) => objects[`${resource}/${namespace}/${at}`],
    random: seededRandom(1),
  });
  const asked = { body: { ...body, spec }, namespace: 'shop', user: { name: 'u', groups: [] } };
  const signal = new AbortController().signal;
  const answer = await endpoint.create({ ...asked, receivedAtMs: 1_500, signal }, name);
  return { answer, issued };
}

test('serviceAccountTokens() issues a token of the account for what was asked for', async () => {
  const { answer, issued } = await request({});
  assert.deepEqual(answer['status'], { token: 'signed', expirationTimestamp: '1970-01-01T01:00:01Z' });
  assert.deepEqual(answer['spec'], { audiences: ['self'], expirationSeconds: 3_600 });
  assert.deepEqual(issued?.serviceAccount, { name: 'robot', uid: 'uid-robot' });
  assert.deepEqual([issued?.issuedAtMs, issued?.expiresAtMs], [1_000, 3_601_000]);
  const bound = await request({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'uid-own' } });
  assert.deepEqual(bound.issued?.pod, { name: 'own', uid: 'uid-own' });
  assert.deepEqual(bound.issued?.node, { name: 'n1', uid: 'uid-n1' });
});

test('serviceAccountTokens() refuses what it must not vouch for', async () => {
  const bind = (kind: string, name: string, more: JsonObject = {}) =>
    request({ boundObjectRef: { apiVersion: 'v1', kind, name, ...more } });
  const cases: readonly (readonly [string, Promise<unknown>, ApiReason])[] = [
    ['no such account', request({}, {}, 'nobody'), 'NotFound'],
    ['another namespace', request({}, { metadata: { namespace: 'x' } }), 'BadRequest'],
    ['another name', request({}, { metadata: { name: 'x' } }), 'BadRequest'],
    ['too short', request({ expirationSeconds: 599 }), 'Invalid'],
    ['too long', request({ expirationSeconds: 2 ** 32 + 1 }), 'Invalid'],
    ['a pod of another account', bind('Pod', 'foreign'), 'BadRequest'],
    ['a pod that is not there', bind('Pod', 'none'), 'NotFound'],
    ['a secret of another uid', bind('Secret', 's', { uid: 'old' }), 'Conflict'],
    ['another kind', bind('ConfigMap', 'c'), 'BadRequest'],
  ];
  for (const [title, refused, reason] of cases) {
    await assert.rejects(refused, (error) => isApiError(error, reason), title);
  }
});
