import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from '../../kernel/base/clock.ts';
import type { Site } from '../../planes/management/site/type.ts';
import type { Work } from '../../planes/management/work/type.ts';
import { formatFleet, statusOf } from './status.ts';

const nowMs = Date.parse('2026-01-01T12:00:00Z');
const digest = `sha256:${'a'.repeat(64)}`;

function metadata(name: string, namespace?: string) {
  const creationTimestamp = '2026-01-01T00:00:00Z';
  return { name, uid: name, resourceVersion: '1', generation: 1, creationTimestamp, ...(namespace && { namespace }) };
}

function condition(type: string, status: 'True' | 'False', reason = type, message = `${type} is ${status}`) {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function siteOf(name: string, status?: Site['status']): Site {
  const object = { apiVersion: 'management.planform.dev/v1alpha1', kind: 'Site', metadata: metadata(name) };
  return { ...object, spec: { accepted: true }, ...(status === undefined ? {} : { status }) };
}

function workOf(site: string, name: string, conditions: NonNullable<Work['status']>['conditions'] = []): Work {
  return {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'Work',
    metadata: metadata(name, `site-${site}`),
    spec: { bundle: { digest, namespace: 'default', name: digest } },
    status: { persistedDigest: digest, appliedDigest: digest, observedGeneration: 1, conditions },
  };
}

test('statusOf() of a site in contact', () => {
  const status = {
    phase: 'Ready',
    lastSeen: formatTime(nowMs - 1_000),
    agentVersion: '0.1.0',
    pods: { ready: 2, total: 2 },
  };
  const works = [workOf('a', 'default.hello'), workOf('b', 'default.other')];
  assert.deepEqual(statusOf(siteOf('a', status as Site['status']), works, nowMs), {
    site: 'a',
    phase: 'Ready',
    seenMs: 1_000,
    agent: '0.1.0',
    works: { current: 1, total: 1, asOf: undefined },
    pods: { ready: 2, total: 2 },
    alerts: [],
  });
});

test('statusOf() of a silent site says as of when', () => {
  const status = {
    phase: 'Unreachable',
    lastSeen: formatTime(nowMs - 192_000),
    conditions: [condition('Connected', 'False', 'SessionClosed', 'The session of the agent ended')],
  } as Site['status'];
  const row = statusOf(siteOf('b', status), [workOf('b', 'default.hello')], nowMs);
  assert.match(row.works.asOf ?? '', /^\d\d:\d\d:\d\d$/);
  assert.deepEqual(row.alerts, ['Unreachable: SessionClosed: The session of the agent ended']);
  assert.match(formatFleet([row]), /^b +Unreachable +3m12s +- +1\/1 as of \S+ +0\/0 +1$/m);
});

test('statusOf() reports what needs a look, not what is on its way', () => {
  const alertsOf = (...conditions: NonNullable<Work['status']>['conditions'] & object) =>
    statusOf(siteOf('a'), [workOf('a', 'w', conditions)], nowMs).alerts;
  assert.deepEqual(alertsOf(condition('Healthy', 'False', 'Progressing')), []);
  assert.deepEqual(alertsOf(condition('Applied', 'False', 'ComponentsWaiting')), []);
  assert.deepEqual(alertsOf(condition('Healthy', 'True'), condition('Drifted', 'False')), []);
  assert.deepEqual(alertsOf(condition('Healthy', 'False', 'Degraded', 'Pod x: exit 1')), [
    'Work w: Degraded: Pod x: exit 1',
  ]);
  assert.deepEqual(alertsOf(condition('Drifted', 'True', 'LocalEdits', 'edited')), ['Work w: LocalEdits: edited']);
  assert.deepEqual(alertsOf(condition('UnsupportedFields', 'True', 'UnknownFields', '.spec.replicaz')), [
    'Work w: UnknownFields: .spec.replicaz',
  ]);
});

test('formatFleet() is one screen', () => {
  assert.equal(formatFleet([]), 'No sites yet: invite one with `planform site invite <name>`.');
  const works = Array.from({ length: 8 }, (_, index) =>
    workOf('a', `w${index}`, [condition('Healthy', 'False', 'Degraded', 'bad')]),
  );
  const text = formatFleet([statusOf(siteOf('a'), works, nowMs), statusOf(siteOf('b'), [], nowMs)]);
  assert.deepEqual(text.split('\n'), [
    'SITE  PHASE    SEEN   AGENT  WORKS        PODS  ALERTS',
    'a     Pending  never  -      8/8 current  0/0   8',
    'b     Pending  never  -      0/0 current  0/0   -',
    '',
    'Alerts:',
    ...[0, 1, 2, 3, 4].map((index) => `  a: Work w${index}: Degraded: bad`),
    '  a: and 3 more',
  ]);
});
