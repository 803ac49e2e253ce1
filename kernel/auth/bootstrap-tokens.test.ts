import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { cacheKey } from '../cache/cached-object.ts';
import { ObjectCache } from '../cache/object-cache.ts';
import { isApiError } from '../meta/errors.ts';
import { bootstrapTokenAuthenticator } from './bootstrap-tokens.ts';

const nowMs = Date.parse('2026-06-01T00:00:00Z');
const [id, secret] = ['abcdef', '0123456789abcdef'];
const usual = { 'token-id': id, 'token-secret': secret, 'usage-bootstrap-authentication': 'true' };

interface Situation {
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly deletionTimestamp?: string;
  readonly name?: string;
}

/** Who bears the token when its Secret is such. */
function bearer(
  {
    data = usual,
    type = 'bootstrap.kubernetes.io/token',
    deletionTimestamp,
    name = `bootstrap-token-${id}`,
  }: Situation,
  token = `${id}.${secret}`,
): string {
  const cache = new ObjectCache({ clock: new VirtualClock(0), head: 0, eventFloor: 0 });
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const deletion = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  const metadata = {
    name,
    namespace: 'kube-system',
    uid: 'u',
    creationTimestamp: '',
    resourceVersion: '1',
    ...deletion,
  };
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type,
    data: Object.fromEntries(encoded) as Record<string, string>,
  };
  const entry = cache.entry(Buffer.from(JSON.stringify(object)), object, undefined);
  cache.publish([{ resource: 'secrets', object: entry, isDeletion: false }], 1);
  const tokens = bootstrapTokenAuthenticator((namespace, key) =>
    cache.resource('secrets').get(cacheKey(namespace, key)),
  );
  try {
    const user = tokens.authenticate({ bearerToken: token }, nowMs);
    assert.ok(!(user instanceof Promise));
    return user === undefined ? 'nobody' : [user.name, ...user.groups].join(' ');
  } catch (error) {
    assert.ok(isApiError(error, 'Unauthorized'));
    assert.equal(error.message, 'Unauthorized');
    return 'refused';
  }
}

test('a bootstrap token is its Secret', async (t) => {
  // Kubernetes: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap_test.go, the same situations.
  const boot = 'system:bootstrap:abcdef system:bootstrappers system:authenticated';
  const extra = 'system:bootstrappers:nodes:a';
  const cases: readonly (readonly [name: string, situation: Situation, expected: string])[] = [
    ['valid', {}, boot],
    ['not yet expired', { data: { ...usual, expiration: '2026-06-01T00:00:01Z' } }, boot],
    ['expired', { data: { ...usual, expiration: '2026-06-01T00:00:00Z' } }, 'refused'],
    ['a time that is none', { data: { ...usual, expiration: 'soon' } }, 'refused'],
    [
      'with another group',
      { data: { ...usual, 'auth-extra-groups': extra } },
      `system:bootstrap:abcdef ${extra} system:bootstrappers system:authenticated`,
    ],
    ['with a group of others', { data: { ...usual, 'auth-extra-groups': `${extra},system:masters` } }, 'refused'],
    ['not for authentication', { data: { ...usual, 'usage-bootstrap-authentication': 'false' } }, 'refused'],
    ['of no usage', { data: { 'token-id': id, 'token-secret': secret } }, 'refused'],
    ['of another id', { data: { ...usual, 'token-id': 'fedcba' } }, 'refused'],
    ['of another secret', { data: { ...usual, 'token-secret': '0123456789abcdeg' } }, 'refused'],
    ['of a longer secret', { data: { ...usual, 'token-secret': `${secret}0` } }, 'refused'],
    ['without a secret', { data: { ...usual, 'token-secret': '' } }, 'refused'],
    ['of another type', { type: 'Opaque' }, 'refused'],
    ['on its way out', { deletionTimestamp: '2026-05-31T00:00:00Z' }, 'refused'],
    ['without Secret', { name: 'bootstrap-token-other0' }, 'refused'],
  ];
  for (const [name, situation, expected] of cases) {
    await t.test(name, () => assert.equal(bearer(situation), expected));
  }
});

test('other tokens are left to others', () => {
  for (const token of [
    'abcdef',
    'ABCDEF.0123456789abcdef',
    `x${id}.${secret}`,
    `${id}.${secret}\n`,
    `${id}.${secret}.x`,
  ]) {
    assert.equal(bearer({}, token), 'nobody', token);
  }
});
