import assert from 'node:assert/strict';
import test from 'node:test';
import type { Site } from '../../management/site/type.ts';
import type { Work } from '../../management/work/type.ts';
import { explainApplication, formatExplanation } from './explain.ts';
import type { Application } from './type.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const nowMs = Date.parse('2026-01-01T00:10:00Z');
const lastTransitionTime = '2026-01-01T00:00:00Z';

function metadata(name: string, namespace?: string) {
  return {
    name,
    uid: name,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: lastTransitionTime,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function condition(type: string, status: 'True' | 'False', reason = type, message = '') {
  return { type, status, reason, message, lastTransitionTime };
}

const application: Application = {
  apiVersion: 'application.planform.dev/v1alpha1',
  kind: 'Application',
  metadata: metadata('hello', 'default'),
  spec: { components: [], placementRef: { name: 'everywhere' } },
  status: { digest, conditions: [condition('Rendered', 'True', 'Rendered', '3 objects are in the bundle')] },
};
const placement = {
  apiVersion: 'management.planform.dev/v1alpha1',
  kind: 'Placement',
  metadata: metadata('everywhere', 'default'),
  spec: { siteSelector: {} },
};

function site(name: string, status: NonNullable<Site['status']>): Site {
  return {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'Site',
    metadata: metadata(name),
    spec: { accepted: true },
    status,
  };
}

function work(status: NonNullable<Work['status']>): Work {
  const spec = { bundle: { digest, namespace: 'default', name: digest } };
  return {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'Work',
    metadata: metadata('default.hello', 'site-1'),
    spec,
    status,
  };
}

test('explainApplication() walks down to the worst pod, the silent site and the local edit', () => {
  const message = 'Pod hello-7c: container web: CrashLoopBackOff, exit 1';
  const crash = `${message}, next try in 8 s; last log: "EADDRINUSE :20011"`;
  const persisted = { persistedDigest: digest, observedGeneration: 1 };
  const works = new Map([
    [
      'site-1',
      work({
        ...persisted,
        appliedDigest: digest,
        conditions: [condition('Healthy', 'False')],
        feedback: [
          {
            component: 'web',
            kind: 'Deployment',
            name: 'hello',
            state: 'Degraded',
            ready: '1/2',
            message,
            retryAt: '2026-01-01T00:10:08Z',
            lastLog: 'EADDRINUSE :20011',
          },
        ],
      }),
    ],
    ['site-2', work({ ...persisted, appliedDigest: digest, conditions: [condition('Healthy', 'True')] })],
    [
      'site-3',
      work({
        ...persisted,
        appliedDigest: digest,
        conditions: [condition('Healthy', 'True')],
        localEdits: [
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            name: 'hello',
            path: '.spec.replicas',
            hubValue: 2,
            siteValue: 5,
            who: 'bob',
            since: lastTransitionTime,
            resolution: 'Standing',
          },
        ],
      }),
    ],
  ]);
  const sites = [
    site('site-1', { phase: 'Ready' }),
    site('site-2', {
      phase: 'Unreachable',
      lastSeen: '2026-01-01T00:06:48Z',
      conditions: [condition('Connected', 'False', 'SessionClosed', 'The session of the agent ended')],
    }),
    site('site-3', { phase: 'Ready' }),
    site('site-4', { phase: 'Ready' }),
  ];
  assert.deepEqual(formatExplanation(explainApplication({ application, placement, sites, works, nowMs })), [
    '✗ Application default/hello: healthy at 1 of 4 sites',
    '  ✓ Rendered: 3 objects are in the bundle, bundle sha256:aaaaaaaaaaaa',
    '  ✓ Placement "everywhere" chooses site-1, site-2, site-3, site-4',
    `  ✗ site-1: ${crash}`,
    '  ✗ site-2: Site is Unreachable, last seen 3m12s ago; what follows is as of then',
    '    ✗ SessionClosed: The session of the agent ended',
    '    ✓ current and healthy',
    '  … site-3: Local edit: Deployment hello .spec.replicas is 5, the hub wants 2, by bob since 2026-01-01T00:00:00Z',
    '    ✓ current and healthy',
    '  … site-4: Its Work does not exist yet',
  ]);
});

test('explainApplication() says what is missing', () => {
  const lines = formatExplanation(
    explainApplication({
      application: { ...application, status: {} },
      placement: undefined,
      sites: [],
      works: new Map(),
      nowMs,
    }),
  );
  assert.deepEqual(lines, [
    '✗ Application default/hello: healthy at 0 of 0 sites',
    '  … The hub has not looked at it yet',
    '  ✗ Placement "everywhere" does not exist in namespace "default"',
  ]);
});
