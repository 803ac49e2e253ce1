import assert from 'node:assert/strict';
import test from 'node:test';
import type { SiteContact } from '../hub-line/sessions.ts';
import { flushIntervalMs, planSite, type SiteObservation } from './plan.ts';
import type { Site } from './type.ts';

const identity = { publicKeyFingerprint: 'k' };
const contact: SiteContact = {
  lastSeenMs: 100_000,
  lastSeenAtMs: 0,
  openSessions: 1,
  hasLeft: false,
  agentVersion: '0.1.0',
  heartbeat: undefined,
  clockSkewMs: 0,
};

function site(status: NonNullable<Site['status']>, accepted = true): Site {
  const metadata = { name: 's', uid: 's', resourceVersion: '1', creationTimestamp: '' };
  return { apiVersion: 'management.planform.dev/v1alpha1', kind: 'Site', metadata, spec: { accepted }, status };
}

function phase(observation: Partial<SiteObservation>): string {
  return planSite({
    site: site({ identity }),
    contact,
    works: [],
    heartbeatSeconds: 10,
    listeningForMs: 200_000,
    monotonicMs: 105_000,
    ...observation,
  }).phase;
}

test('planSite() judges by what was heard, and when', async (t) => {
  const held = { rootDigest: '', time: '', pods: { ready: 0, total: 0 }, capacity: {}, held: 'UnknownHubEpoch' };
  const cases: readonly {
    readonly name: string;
    readonly observation: Partial<SiteObservation>;
    readonly want: string;
  }[] = [
    { name: 'in contact', observation: {}, want: 'Ready' },
    { name: 'not accepted', observation: { site: site({ identity }, false) }, want: 'Pending' },
    { name: 'never called', observation: { contact: undefined }, want: 'Pending' },
    { name: 'three heartbeats missed', observation: { monotonicMs: 130_000 }, want: 'Unreachable' },
    {
      name: 'session ended',
      observation: { contact: { ...contact, openSessions: 0, hasLeft: true } },
      want: 'Unreachable',
    },
    {
      name: 'hub just restarted: no alarm',
      observation: {
        contact: undefined,
        listeningForMs: 5_000,
        site: site({ identity, lastSeen: '2026-01-01T00:00:00Z', phase: 'Ready' }),
      },
      want: 'Ready',
    },
    {
      name: 'hub restarted long ago',
      observation: { contact: undefined, site: site({ identity, lastSeen: '2026-01-01T00:00:00Z', phase: 'Ready' }) },
      want: 'Unreachable',
    },
    { name: 'clock far off', observation: { contact: { ...contact, clockSkewMs: 60_000 } }, want: 'Degraded' },
    { name: 'site holds', observation: { contact: { ...contact, heartbeat: held } }, want: 'Degraded' },
    { name: 'forked', observation: { site: site({ identity, fork: { count: 1, id: 'x' } }) }, want: 'Quarantined' },
  ];
  for (const { name, observation, want } of cases) await t.test(name, () => assert.equal(phase(observation), want));
});

test('flushIntervalMs() keeps writes of all sites at 20 a second', () => {
  assert.deepEqual([flushIntervalMs(2, 10), flushIntervalMs(10_000, 50)], [10_000, 500_000]);
});
