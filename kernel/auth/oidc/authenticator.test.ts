import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { silentLogger } from '../../base/logger.ts';
import { formatMetrics } from '../../base/metrics.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { isApiError } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import { OidcAuthenticator } from './authenticator.ts';
import { parseConfiguration } from './configuration.ts';
import type { DocumentAddress } from './documents.ts';
import type { KeptKeySet } from './issuer-keys.ts';

const [first, second] = ['https://one.test', 'https://two.test/tenant'];
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What a test says of a token; `undefined` leaves a claim out. */
type Claims = { readonly [name in string]?: unknown };

interface SigningKey {
  readonly kid?: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function issuerConfiguration(url: string): JsonObject {
  const claimMappings = { username: { claim: 'sub', prefix: '' }, groups: { claim: 'groups', prefix: '' } };
  return { issuer: { url, audiences: ['planform'] }, claimMappings };
}

function configurationOf(...urls: readonly string[]) {
  const header = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };
  return parseConfiguration({ ...header, jwt: urls.map(issuerConfiguration) }, []);
}

/** Two issuers whose documents a test changes, and an authenticator that knows both. */
class World {
  readonly clock = new VirtualClock();
  readonly kept = new Map<string, KeptKeySet>();
  readonly keys = new Map<string, SigningKey[]>([
    [first, [{ kid: 'a', alg: 'ES256', ...ec() }]],
    [second, [{ kid: 'a', alg: 'RS256', ...rsa }]],
  ]);
  oidc: OidcAuthenticator;
  isAway = false;
  readonly #urls: readonly string[];
  readonly #calledAs: string | undefined;
  extraKeys: JsonObject[] = [];
  readonly fetched: string[] = [];

  /** @param calledAs what discovery documents call their issuer, when that is a lie. */
  constructor(urls: readonly string[] = [first, second], calledAs?: string) {
    this.#calledAs = calledAs;
    this.#urls = urls;
    this.oidc = this.#open();
  }

  #open(): OidcAuthenticator {
    const isReserved = (name: string) => name.startsWith('hub:');
    const fetch = (address: DocumentAddress) => this.#fetch(address);
    const kept = {
      read: (identity: string) => this.kept.get(identity),
      write: async (identity: string, keys: KeptKeySet) => void this.kept.set(identity, keys),
    };
    const options = { fetch, kept, clock: this.clock, log: silentLogger, isReserved };
    return new OidcAuthenticator(options, configurationOf(...this.#urls));
  }

  /** Forgets everything but what is kept. */
  restart(): void {
    this.oidc[Symbol.dispose]();
    this.oidc = this.#open();
  }

  async #fetch({ url }: DocumentAddress): Promise<JsonObject> {
    this.fetched.push(url);
    if (this.isAway) throw new Error('connection refused');
    for (const [issuer, keys] of this.keys) {
      if (url === `${issuer}/.well-known/openid-configuration`) {
        return { issuer: this.#calledAs ?? issuer, jwks_uri: `${issuer}/keys` };
      }
      if (url === `${issuer}/keys`) return { keys: [...keys.map(publicForm), ...this.extraKeys] };
    }
    throw new Error('HTTP 404');
  }

  token(issuer: string, claims: Claims = {}, key = this.keys.get(issuer)?.at(-1)): Promise<string> {
    assert.ok(key !== undefined);
    const nowSeconds = this.clock.nowMs() / 1_000;
    const usual = { iss: issuer, sub: 'alice', aud: 'planform', iat: nowSeconds, exp: nowSeconds + 3600 };
    const header = { alg: key.alg, ...(key.kid === undefined ? {} : { kid: key.kid }) };
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader(header).sign(key.privateKey);
  }

  async user(bearerToken: string): Promise<string> {
    try {
      const user = await this.oidc.authenticate({ bearerToken }, this.clock.nowMs());
      return user === undefined ? 'nobody' : [user.name, ...user.groups].join(' ');
    } catch (error) {
      assert.ok(isApiError(error, 'Unauthorized'));
      assert.equal(error.message, 'Unauthorized', 'Clients are told no more');
      return 'refused';
    }
  }
}

function publicForm({ kid, alg, publicKey }: SigningKey): JsonObject {
  return {
    use: 'sig',
    alg,
    ...(kid === undefined ? {} : { kid }),
    ...(publicKey.export({ format: 'jwk' }) as JsonObject),
  };
}

const alice = 'alice system:authenticated';

test('each issuer vouches for its own users', async () => {
  const world = new World();
  assert.equal(await world.user(await world.token(first, { groups: ['dev'] })), 'alice dev system:authenticated');
  assert.equal(await world.user(await world.token(second)), alice);
  assert.equal(await world.user(await world.token('https://other.test', {}, world.keys.get(first)?.[0])), 'nobody');
  assert.equal(await world.user('not.a.token'), 'nobody');
  const borrowed = await world.token(first, { iss: second });
  assert.equal(await world.user(borrowed), 'refused', 'The key of one issuer is no key of another');
});

test('tokens that do not count', async (t) => {
  const world = new World();
  const nowSeconds = world.clock.nowMs() / 1_000;
  const cases: readonly (readonly [name: string, claims: Claims])[] = [
    ['for somebody else', { aud: 'other' }],
    ['over', { exp: nowSeconds }],
    ['without an end', { exp: undefined }],
    ['not yet valid', { nbf: nowSeconds + 301 }],
    ['from the future', { iat: nowSeconds + 301 }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['a user of the system', { sub: 'system:admin' }],
    ['a user of a hub', { sub: 'hub:1:delivery' }],
    ['a group of the system', { groups: ['dev', 'system:masters'] }],
  ];
  for (const [name, claims] of cases) {
    await t.test(name, async () => assert.equal(await world.user(await world.token(first, claims)), 'refused'));
  }
  await t.test('altered', async () => {
    const [header, , signature] = (await world.token(first)).split('.');
    const [, payload] = (await world.token(first, { sub: 'root' })).split('.');
    assert.equal(await world.user(`${header}.${payload}.${signature}`), 'refused');
  });
});

test('neither unsigned tokens nor public keys used as secrets count', async () => {
  const world = new World();
  await world.user(await world.token(second));
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = encode({ iss: second, sub: 'root', aud: 'planform', exp: world.clock.nowMs() / 1_000 + 60 });
  for (const alg of ['none', 'None', '']) {
    assert.equal(await world.user(`${encode({ alg, kid: 'a' })}.${claims}.`), 'refused');
  }
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
  const signed = `${encode({ alg: 'HS256', kid: 'a' })}.${claims}`;
  const signature = createHmac('sha256', pem).update(signed).digest('base64url');
  assert.equal(await world.user(`${signed}.${signature}`), 'refused');
  const critical = `${encode({ alg: 'RS256', kid: 'a', crit: ['x'], x: 1 })}.${claims}.AAAA`;
  assert.equal(await world.user(critical), 'refused');
});

test('a symmetric key in the list of an issuer signs nothing', async () => {
  const world = new World();
  const secret = Buffer.alloc(32, 7);
  world.extraKeys = [{ kty: 'oct', kid: 's', alg: 'HS256', k: secret.toString('base64url') }];
  const token = await new SignJWT({ iss: first, sub: 'root', aud: 'planform', exp: world.clock.nowMs() / 1_000 + 60 })
    .setProtectedHeader({ alg: 'HS256', kid: 's' })
    .sign(secret);
  assert.equal(await world.user(token), 'refused');
  assert.equal(await world.user(await world.token(first)), alice, 'Its other keys do');
});

test('keys are rotated, and unknown key ids ask the issuer once in ten seconds at most', async () => {
  const world = new World([first]);
  assert.equal(await world.user(await world.token(first)), alice);
  const fetchedBefore = world.fetched.length;
  world.keys.set(first, [{ kid: 'b', alg: 'ES256', ...ec() }]);
  const fresh = await world.token(first);
  for (let turn = 0; turn < 5; turn++) assert.equal(await world.user(fresh), 'refused');
  assert.equal(world.fetched.length, fetchedBefore, 'It was asked a moment ago');
  await world.clock.advance(10_000);
  assert.equal(await world.user(fresh), alice);
  for (let turn = 0; turn < 5; turn++)
    await world.user(await world.token(first, {}, { kid: `x${turn}`, alg: 'ES256', ...ec() }));
  assert.equal(world.fetched.length, fetchedBefore + 2, 'One look: the configuration and the keys');
});

test('keys without an id are tried one after the other', async () => {
  const world = new World([first]);
  world.keys.set(first, [
    { alg: 'ES256', ...ec() },
    { alg: 'ES256', ...ec() },
  ]);
  for (const key of world.keys.get(first) ?? [])
    assert.equal(await world.user(await world.token(first, {}, key)), alice);
  assert.equal(await world.user(await world.token(first, {}, { alg: 'ES256', ...ec() })), 'refused');
});

test('an issuer that is away is known still; one that never answered is asked again', async () => {
  const world = new World([first]);
  assert.equal(await world.user(await world.token(first)), alice);
  world.isAway = true;
  await world.clock.advance(3_600_000);
  assert.equal(await world.user(await world.token(first)), alice);

  const late = new World([first]);
  late.isAway = true;
  assert.equal(await late.user(await late.token(first)), 'refused');
  late.isAway = false;
  await late.clock.advance(10_000);
  assert.equal(await late.user(await late.token(first)), alice);
});

test('an issuer that is away is asked again by itself, less and less often, until it answers', async () => {
  const world = new World([first]);
  world.isAway = true;
  world.restart();
  await world.clock.advance(0);
  world.fetched.length = 0;
  const asked = async (seconds: number) => {
    await world.clock.advance(seconds * 1_000);
    return world.fetched.length;
  };
  // After 1, 2, 4, 8, 16, 32 seconds, then once a minute.
  assert.deepEqual([await asked(1), await asked(2), await asked(4)], [1, 2, 3]);
  assert.deepEqual([await asked(8 + 16 + 32), await asked(600)], [6, 16]);
  const token = await world.token(first);
  assert.equal(await world.user(token), 'refused');
  await asked(10);
  const before = world.fetched.length;
  for (let turn = 0; turn < 5; turn++) assert.equal(await world.user(token), 'refused');
  assert.equal(world.fetched.length, before + 1, 'A token asks before its time, once in ten seconds');
  world.isAway = false;
  await asked(60);
  assert.equal(world.fetched.length, before + 3, 'Nobody but the clock asked for the configuration and the keys');
  assert.equal(await world.user(token), alice);
  assert.equal(await asked(600), before + 3, 'It is asked no more by itself');
  world.oidc[Symbol.dispose]();
});

test('keys outlive a restart for a day, and only while the issuer is away', async () => {
  const world = new World([first]);
  assert.equal(await world.user(await world.token(first)), alice);
  world.isAway = true;
  world.restart();
  await world.clock.advance(23 * 3_600_000);
  assert.equal(await world.user(await world.token(first)), alice);
  assert.equal(await world.user(await world.token(first, {}, { kid: 'x', alg: 'ES256', ...ec() })), 'refused');
  await world.clock.advance(3_600_000);
  assert.equal(await world.user(await world.token(first)), 'refused', 'A day after the issuer named it');
  world.restart();
  assert.equal(await world.user(await world.token(first)), 'refused', 'Another start makes it no younger');

  const rotated = new World([first]);
  const old = await rotated.token(first);
  assert.equal(await rotated.user(old), alice);
  rotated.keys.set(first, [{ kid: 'b', alg: 'ES256', ...ec() }]);
  rotated.restart();
  assert.equal(await rotated.user(old), 'refused', 'The issuer answers: what it says counts');
  const key = await rotated.token(first);
  rotated.clock.jump(-3_600_000);
  rotated.isAway = true;
  rotated.restart();
  assert.equal(await rotated.user(key), 'refused', 'Keys from the future are not believed');
});

test('which issuers answer is told', async () => {
  const world = new World();
  world.keys.delete(second);
  world.restart();
  await world.user(await world.token(first));
  const told = formatMetrics(world.oidc.metrics()).split('\n');
  const of = (name: string) =>
    told.filter((line) => line.startsWith(name)).map((line) => line.replace(/sha256:\w+/, '…'));
  assert.deepEqual(of('planform_authentication_issuer_reachable'), [
    `planform_authentication_issuer_reachable{jwt_issuer_hash="…",issuer="${first}"} 1`,
    `planform_authentication_issuer_reachable{jwt_issuer_hash="…",issuer="${second}"} 0`,
  ]);
  // Kubernetes: names and labels of plugin/pkg/authenticator/token/oidc/metrics.go
  const upstream = 'apiserver_authentication_jwt_authenticator_';
  assert.equal(of(`${upstream}jwks_fetch_last_key_set_info`).length, 1);
  assert.deepEqual(
    of(`${upstream}jwks_fetch_last_timestamp_seconds`).map((line) => /result="(\w+)"/.exec(line)?.[1]),
    ['success', 'failure'],
  );
  assert.ok(of(`${upstream}latency_seconds_count`)[0]?.endsWith('{result="success",jwt_issuer_hash="…"} 1'));
  world.oidc.replace(configurationOf(first));
  assert.equal(formatMetrics(world.oidc.metrics()).includes(second), false, 'An issuer that is gone is not told of');
});

test('an issuer that calls itself by another name is not believed', async () => {
  const world = new World([first], second);
  assert.equal(await world.user(await world.token(first)), 'refused');
});

test('verdicts are remembered for ten seconds, and not beyond a change of the configuration', async () => {
  const world = new World();
  const token = await world.token(first);
  assert.equal(await world.user(token), alice);
  assert.equal(world.oidc.authenticate({ bearerToken: token }, world.clock.nowMs()) instanceof Promise, false);
  const short = await world.token(first, { exp: world.clock.nowMs() / 1_000 + 2 });
  assert.equal(await world.user(short), alice);
  await world.clock.advance(2_000);
  assert.equal(await world.user(short), 'refused');
  const fetchedBefore = world.fetched.length;
  world.oidc.replace(configurationOf(second));
  assert.equal(await world.user(token), 'nobody');
  assert.equal(await world.user(await world.token(second)), alice);
  assert.equal(world.fetched.length, fetchedBefore, 'The keys of an issuer that stays are kept');
});
