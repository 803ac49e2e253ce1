import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { VirtualClock } from '../base/virtual-clock.ts';
import { ObjectCache } from '../cache/object-cache.ts';
import { cacheKey } from '../cache/cached-object.ts';
import { isApiError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';
import type { TokenClaims } from '../ports/auth.ts';
import { authenticatorChain, hashToken, tokenAuthenticator } from './authenticators.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';
import { formatTokenClaims } from './token-claims.ts';
import { tokenReviewer } from './token-review.ts';

const issuer = 'https://kernel.test';
const hourMs = 3_600_000;
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [signing, previous, foreign] = [pair(), pair(), pair()];

class World {
  readonly #cache = new ObjectCache({ clock: new VirtualClock(0), head: 0, eventFloor: 0 });
  #revision = 0;
  readonly tokens = new ServiceAccountTokens({
    keys: {
      signing: { id: 'now', privateKey: signing.privateKey },
      verifying: new Map([
        ['now', signing.publicKey],
        ['before', previous.publicKey],
      ]),
    },
    issuer,
    find: (resource, namespace, name) => this.#cache.resource(resource).get(cacheKey(namespace, name)),
  });

  put(resource: string, metadata: Partial<KubeObject['metadata']> & { readonly name: string }, isDeletion = false) {
    const revision = ++this.#revision;
    const object = {
      apiVersion: 'v1',
      kind: resource,
      metadata: { uid: metadata.name, creationTimestamp: '', resourceVersion: String(revision), ...metadata },
    };
    const entry = this.#cache.entry(Buffer.from(JSON.stringify(object)), object, undefined);
    this.#cache.publish([{ resource, object: entry, isDeletion }], revision);
  }

  async user(bearerToken: string, nowMs = hourMs): Promise<string> {
    try {
      return (await this.tokens.authenticate({ bearerToken }, nowMs))?.name ?? 'nobody';
    } catch (error) {
      if (isApiError(error, 'Unauthorized')) return error.message;
      throw error;
    }
  }
}

const account = { name: 'robot', uid: 'robot' };
const robot = 'system:serviceaccount:shop:robot';
const claims = (more: Partial<TokenClaims> = {}): TokenClaims => ({
  audiences: [issuer],
  issuedAtMs: hourMs,
  notBeforeMs: hourMs,
  expiresAtMs: 2 * hourMs,
  tokenId: 'id',
  namespace: 'shop',
  serviceAccount: account,
  ...more,
});

function newWorld(): World {
  const world = new World();
  world.put('serviceaccounts', { ...account, namespace: 'shop' });
  return world;
}

const forged = (keyId: string, key: KeyObject, payload: object = {}, alg = 'ES256') =>
  new SignJWT({ ...formatTokenClaims(claims()), iss: issuer, ...payload })
    .setProtectedHeader({ alg, kid: keyId })
    .sign(key);

test('ServiceAccountTokens knows its own tokens, first by signature, then at once', async () => {
  const { tokens } = newWorld();
  const bearerToken = await tokens.issueToken(claims({ pod: { name: 'p', uid: 'gone' } }));
  const plain = await tokens.issueToken(claims());
  const first = tokens.authenticate({ bearerToken: plain }, hourMs);
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, {
    name: robot,
    uid: 'robot',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': ['JTI=id'] },
  });
  const again = tokens.authenticate({ bearerToken: plain }, hourMs);
  assert.ok(again !== undefined && !(again instanceof Promise));
  await assert.rejects(async () => tokens.authenticate({ bearerToken }, hourMs), { reason: 'Unauthorized' });
});

test('ServiceAccountTokens refuses what is early, late, for others, or was forged', async () => {
  const world = newWorld();
  const issue = (more: Partial<TokenClaims> = {}) => world.tokens.issueToken(claims(more));
  const good = await issue();
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['good', good, hourMs, robot],
    ['early', good, hourMs - 1_000, 'Unauthorized'],
    ['late', good, 2 * hourMs, 'Unauthorized'],
    ['late and never seen', await issue({ tokenId: 'x' }), 2 * hourMs, 'Unauthorized'],
    ['for another audience', await issue({ audiences: ['vault'] }), hourMs, 'Unauthorized'],
    ['of a previous key', await forged('before', previous.privateKey), hourMs, robot],
    ['of a foreign key under our id', await forged('now', foreign.privateKey), hourMs, 'Unauthorized'],
    ['of a key nobody knows', await forged('other', foreign.privateKey), hourMs, 'Unauthorized'],
    ['of another subject', await forged('now', signing.privateKey, { sub: 'system:masters' }), hourMs, 'Unauthorized'],
    ['of another issuer', await forged('now', signing.privateKey, { iss: 'https://other' }), hourMs, 'nobody'],
    ['without signature', `${good.slice(0, good.lastIndexOf('.'))}.`, hourMs, 'Unauthorized'],
    ['no JWT', 'a.b.c', hourMs, 'nobody'],
    ['too long', `${good}${'x'.repeat(20_000)}`, hourMs, 'nobody'],
  ];
  for (const [title, token, nowMs, want] of cases) assert.equal(await world.user(token, nowMs), want, title);
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
  assert.equal(await world.user(none), 'Unauthorized', 'algorithm none');
});

test('ServiceAccountTokens ends a token with its account and with what it is bound to', async () => {
  const world = newWorld();
  const issue = (more: Partial<TokenClaims> = {}) => world.tokens.issueToken(claims(more));
  const bound = { pod: { name: 'p', uid: 'p' }, node: { name: 'n', uid: 'absent' } };
  const [ofPod, ofNode, ofAccount] = [await issue(bound), await issue({ node: bound.node }), await issue()];
  world.put('pods', { name: 'p', namespace: 'shop' });
  assert.equal(await world.user(ofPod), robot, 'the pod alone decides');
  assert.equal(await world.user(ofNode), 'Unauthorized');
  // Kubernetes: an object on its way out counts until a minute after its grace period.
  const deletionTimestamp = new Date(hourMs).toISOString();
  world.put('pods', { name: 'p', namespace: 'shop', deletionTimestamp });
  assert.equal(await world.user(ofPod, hourMs + 60_000), robot);
  assert.equal(await world.user(ofPod, hourMs + 61_000), 'Unauthorized');
  world.put('pods', { name: 'p', namespace: 'shop', uid: 'new' });
  assert.equal(await world.user(ofPod), 'Unauthorized', 'another pod of that name');
  assert.equal(await world.user(ofAccount), robot);
  world.put('serviceaccounts', { ...account, namespace: 'shop' }, true);
  assert.equal(await world.user(ofAccount), 'Unauthorized');
  world.put('serviceaccounts', { name: 'robot', uid: 'again', namespace: 'shop' });
  assert.equal(await world.user(ofAccount), 'Unauthorized', 'another account of that name');
});

test('tokenReviewer() tells whose a token is, for which audiences, or why it does not count', async () => {
  const { tokens } = newWorld();
  const known = tokenAuthenticator([{ sha256: hashToken('static'), user: { name: 'bot', groups: [] } }]);
  const reviewer = tokenReviewer(tokens, authenticatorChain([tokens, known]));
  const review = (token: string, audiences: readonly string[] = [], nowMs = hourMs) =>
    reviewer.reviewToken(token, audiences, nowMs);
  const both = await tokens.issueToken(claims({ audiences: ['vault', issuer] }));
  const verdict = await review(both, ['x', 'vault']);
  assert.ok('user' in verdict);
  assert.deepEqual([verdict.user.name, verdict.audiences], [robot, ['vault']]);
  assert.deepEqual(await review(both, ['x']), {
    refusal: `[invalid bearer token, token audiences ["vault" "${issuer}"] is invalid for the target audiences ["x"]]`,
  });
  assert.deepEqual(await review(both, [], 2 * hourMs), { refusal: '[invalid bearer token, it has expired]' });
  assert.deepEqual(await review('unknown'), { refusal: 'invalid bearer token' });
  const ofBot = await review('static');
  assert.ok('user' in ofBot);
  assert.deepEqual(ofBot.audiences, [issuer]);
  assert.deepEqual(await review('static', ['vault']), { refusal: 'invalid bearer token' });
});
