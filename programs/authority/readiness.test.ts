import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinToken } from '../../planes/management/jointoken/type.ts';
import type { Site } from '../../planes/management/site/type.ts';
import { unreadyHolders } from './readiness.ts';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const [old, next] = ['a'.repeat(64), 'b'.repeat(64)];
const authority = { fingerprint: next, madeAtMs: nowMs - 600_000 };
const apiVersion = 'management.planform.dev/v1alpha1';
const identity = { publicKeyFingerprint: 'k' };

function named(name: string, creationTimestamp = '2026-11-01T00:00:00Z') {
  return { name, uid: name, resourceVersion: '1', creationTimestamp };
}

function connected(status: 'True' | 'False') {
  const lastTransitionTime = '2026-11-20T09:00:00Z';
  return [{ type: 'Connected', status, reason: 'R', message: '', lastTransitionTime }];
}

function site(name: string, status: NonNullable<Site['status']>, accepted = true): Site {
  return { apiVersion, kind: 'Site', metadata: named(name), spec: { accepted }, status };
}

const both = { trusted: [old, next], signedBy: old };
const sites = [
  site('ready', { identity, authorities: both, conditions: connected('True') }),
  site('renewed', { identity, authorities: { trusted: [next, old], signedBy: next }, conditions: connected('False') }),
  site('away', {
    identity,
    lastSeen: '2026-11-20T08:59:55Z',
    authorities: { trusted: [old], signedBy: old },
    conditions: connected('False'),
  }),
  site('told', { identity, authorities: { trusted: [old], signedBy: old }, conditions: connected('True') }),
  site('silent', { identity, agentVersion: '0.0.9', conditions: connected('True') }),
  site('copied', { identity, fork: { count: 1, id: 'x' }, authorities: { trusted: [old], signedBy: old } }),
  site('waiting', { identity }, false),
  site('new', { identity, conditions: connected('False') }),
  site('invited', {}),
];

test('switch leaves out who does not trust the next authority', () => {
  assert.deepEqual(
    unreadyHolders('switch', { sites, joinTokens: [] }, authority, nowMs).map(({ who, why }) => `${who}: ${why}`),
    [
      'site away: does not trust the next authority: away since 2026-11-20T09:00:00Z (3h)',
      'site told: does not trust the next authority: it is connected and was told',
      'site silent: is connected and has not said what it trusts: its agent is 0.0.9',
      'site copied: does not trust the next authority: it is quarantined',
      'site waiting: does not trust the next authority: nobody has accepted it',
      'site new: does not trust the next authority: it has never called',
    ],
  );
});

test('retire leaves out whose certificate is of the previous authority', () => {
  const left = unreadyHolders('retire', { sites, joinTokens: [] }, authority, nowMs);
  assert.equal(left[0]?.why, 'has no certificate of the new authority: it is connected and was told');
  assert.deepEqual(
    left.map(({ who }) => who),
    ['ready', 'away', 'told', 'silent', 'copied', 'waiting', 'new'].map((name) => `site ${name}`),
  );
});

test('invitations from before the next authority cannot be used after the switch', () => {
  const token = (name: string, madeAt: string, expiresAt: string, phase: 'Active' | 'Used' = 'Active'): JoinToken => ({
    apiVersion,
    kind: 'JoinToken',
    metadata: named(name, madeAt),
    spec: { expiresAt, secretHash: `sha256:${'0'.repeat(64)}` },
    status: { phase },
  });
  const joinTokens = [
    token('open', '2026-11-20T11:30:00Z', '2026-11-20T12:30:00Z'),
    token('used', '2026-11-20T11:30:00Z', '2026-11-20T12:30:00Z', 'Used'),
    token('over', '2026-11-20T10:30:00Z', '2026-11-20T11:30:00Z'),
    token('later', '2026-11-20T11:55:00Z', '2026-11-20T12:55:00Z'),
  ];
  assert.deepEqual(unreadyHolders('switch', { sites: [], joinTokens }, authority, nowMs), [
    {
      who: 'invitation open',
      why: 'its join file is from before the next authority; it ends 2026-11-20T12:30:00Z',
    },
  ]);
  assert.deepEqual(unreadyHolders('retire', { sites: [], joinTokens }, authority, nowMs), []);
});
