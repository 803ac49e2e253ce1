import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../kernel/base/virtual-clock.ts';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { MissingInput } from './missing-input.ts';
import { type PodTokenRequest, PodTokens } from './pod-tokens.ts';

const { signal } = new AbortController();
const metadata = { name: 'web-1', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: '' };
const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], serviceAccountName: 'web' } };

function openWorld() {
  const clock = new VirtualClock();
  const asked: PodTokenRequest[] = [];
  const state = { refusal: '' };
  const issuer = {
    async issue(request: PodTokenRequest) {
      asked.push(request);
      if (state.refusal !== '') throw new ApiError('NotFound', state.refusal);
      return { token: `t${asked.length}`, endsAtMs: clock.nowMs() + request.seconds * 1_000 };
    },
  };
  const tokens = new PodTokens(issuer, clock);
  const get = (source = {}) => tokens.get(pod, 'kube-api-access-x', source, signal);
  const renewsInMs = () => (tokens.renewAtMs('u1') ?? Number.NaN) - clock.nowMs();
  return { clock, asked, state, tokens, get, renewsInMs };
}

test('a token is asked for once, bound to its pod, and renewed when a fifth of its life is left', async () => {
  const { clock, asked, get, renewsInMs } = openWorld();
  assert.deepEqual([await get({ expirationSeconds: 3_607 }), await get({ expirationSeconds: 3_607 })], ['t1', 't1']);
  assert.deepEqual(asked, [
    { namespace: 'shop', pod: { name: 'web-1', uid: 'u1' }, account: 'web', audience: '', seconds: 3_607 },
  ]);
  // Kubernetes: the kubelet renews at 80 % of the life of a token.
  assert.equal(renewsInMs(), 3_607_000 * 0.8);
  await clock.advance(renewsInMs() - 1);
  assert.equal(await get({ expirationSeconds: 3_607 }), 't1');
  await clock.advance(1);
  assert.equal(await get({ expirationSeconds: 3_607 }), 't2');
});

test('a long token is renewed after a day; tokens for others are others', async () => {
  const { get, renewsInMs } = openWorld();
  await get({ expirationSeconds: 30 * 86_400 });
  assert.equal(renewsInMs(), 86_400_000);
  assert.equal(await get({ audience: 'vault' }), 't2');
  assert.equal(renewsInMs(), 2_880_000, 'the one that is due first');
});

test('a token that cannot be renewed counts until it ends; without one the pod waits', async () => {
  const { clock, asked, state, get, tokens, renewsInMs } = openWorld();
  await get({ expirationSeconds: 600 });
  state.refusal = 'serviceaccounts "web" not found';
  await clock.advance(480_000);
  assert.deepEqual([await get({ expirationSeconds: 600 }), renewsInMs()], ['t1', 10_000]);
  await get({ expirationSeconds: 600 });
  assert.equal(asked.length, 2, 'not asked again at once');
  await clock.advance(120_000);
  const missing = (error: unknown) =>
    error instanceof MissingInput &&
    error.message ===
      'MountVolume.SetUp failed for volume "kube-api-access-x" : failed to fetch token: serviceaccounts "web" not found';
  await assert.rejects(get({ expirationSeconds: 600 }), missing);
  tokens.forget('u1');
  assert.equal(tokens.renewAtMs('u1'), undefined);
  state.refusal = '';
  assert.equal(await get(), 't4');
});

test('a host without an issuer has no tokens', async () => {
  const tokens = new PodTokens(undefined, new VirtualClock());
  await assert.rejects(tokens.get(pod, 'v', {}, signal), { message: /serviceAccountToken is not supported/ });
});
