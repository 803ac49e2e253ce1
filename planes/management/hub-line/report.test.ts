import assert from 'node:assert/strict';
import test from 'node:test';
import type { AppliedWork } from '../appliedwork/type.ts';
import { reportDelayMs, reportOf } from './report.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function applied(status: NonNullable<AppliedWork['status']>): AppliedWork {
  return {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'AppliedWork',
    metadata: { name: 'w', uid: 'u', resourceVersion: '1', generation: 4, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { hubId: 'h', order: { name: 'w', uid: 'hub-uid', generation: 9, spec: { bundle: { digest } } } },
    status,
  };
}

function condition(type: string, status: 'True' | 'False', observedGeneration = 4) {
  return {
    type,
    status,
    observedGeneration,
    reason: type,
    message: 'x'.repeat(5_000),
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
}

test('reportOf() speaks in terms of the Work and stays within 32 KiB', () => {
  const feedback = Array.from({ length: 50 }, (_, index) => ({
    component: 'web',
    kind: 'Pod',
    name: `p${index}`,
    state: 'Failed' as const,
    message: 'm'.repeat(1_024),
  }));
  const report = reportOf(
    applied({
      observedGeneration: 4,
      conditions: [condition('Applied', 'False'), condition('Healthy', 'False', 3)],
      feedback,
      objects: { healthy: 0, total: 70 },
    }),
  );
  assert.equal(report.observedGeneration, 9);
  assert.equal(report.persistedDigest, digest);
  assert.deepEqual(
    report.conditions?.map(({ type, observedGeneration }) => [type, observedGeneration]),
    [
      ['Persisted', 9],
      ['Applied', 9],
      ['Healthy', undefined],
    ],
  );
  assert.ok(JSON.stringify(report).length <= 32 * 1024);
  assert.equal((report.feedback?.length ?? 0) + (report.omitted?.feedback ?? 0), 70);
});

test('reportOf() confirms a removal only for the tombstone it was judged for', () => {
  const removed = { observedGeneration: 4, conditions: [condition('Removed', 'True')] };
  const types = (work: AppliedWork) => reportOf(work).conditions?.map(({ type }) => type);
  assert.deepEqual(types(applied(removed)), ['Persisted']);
  const tombstone = {
    ...applied(removed),
    spec: {
      hubId: 'h',
      order: { name: 'w', uid: 'hub-uid', generation: 9, spec: {}, deletionTimestamp: '2026-01-01T00:00:00Z' },
    },
  };
  assert.deepEqual(types(tombstone), ['Persisted', 'Removed']);
  assert.deepEqual(types({ ...tombstone, status: { ...removed, observedGeneration: 3 } }), ['Persisted']);
});

test('reportDelayMs() sends turns after 1 s and other news after 5 s', () => {
  const calm = reportOf(applied({ conditions: [condition('Healthy', 'True')] }));
  const counts = reportOf(applied({ conditions: [condition('Healthy', 'True')], objects: { healthy: 1, total: 2 } }));
  const ill = reportOf(applied({ conditions: [condition('Healthy', 'False')] }));
  assert.deepEqual(
    [
      reportDelayMs(undefined, calm, 0),
      reportDelayMs(calm, counts, 1_500),
      reportDelayMs(calm, ill, 300),
      reportDelayMs(calm, ill, 1_500),
    ],
    [0, 3_500, 700, 0],
  );
});
