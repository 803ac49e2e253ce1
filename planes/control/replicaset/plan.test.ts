import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { planReplicaSet, rankForDeletion, withFailure } from './plan.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');
const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;

interface PodShape {
  readonly phase?: 'Pending' | 'Running' | 'Failed';
  readonly readyAt?: number;
  readonly createdAt?: number;
  readonly restarts?: number;
  readonly cost?: number;
  readonly bound?: boolean;
  readonly deleted?: boolean;
}

function pod(name: string, shape: PodShape = {}): Pod {
  const { phase = 'Running', readyAt, createdAt = 0, restarts = 0, cost, bound = true, deleted = false } = shape;
  const ready = {
    type: 'Ready',
    status: readyAt === undefined ? 'False' : 'True',
    lastTransitionTime: at(readyAt ?? 0),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: at(createdAt),
      labels: { app: 'web' },
      ...(deleted ? { deletionTimestamp: at(0) } : {}),
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': String(cost) } }),
    },
    spec: { containers: [], ...(bound ? { nodeName: 'node' } : {}) },
    status: {
      phase,
      conditions: [ready],
      containerStatuses: [{ name: 'web', ready: true, restartCount: restarts, image: '', imageID: '' }],
    },
  };
}

function set(replicas: number, minReadySeconds = 0): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', uid: 'set', resourceVersion: '1', creationTimestamp: at(0), generation: 3 },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } } },
    },
  };
}

test('rankForDeletion() gives up first what is missed least', () => {
  const ranked = [
    pod('unbound', { bound: false, phase: 'Pending' }),
    pod('pending', { phase: 'Pending' }),
    pod('not-ready'),
    pod('cheap', { readyAt: 1, cost: -5 }),
    pod('just-ready', { readyAt: 30 }),
    pod('restarted', { readyAt: 10, restarts: 3 }),
    pod('young', { readyAt: 10, createdAt: 9 }),
    pod('old', { readyAt: 10, createdAt: 1 }),
    pod('dear', { readyAt: 30, cost: 7 }),
  ];
  const names = ranked.map(({ metadata }) => metadata.name);
  assert.deepEqual(
    rankForDeletion(ranked.toReversed()).map(({ metadata }) => metadata.name),
    names,
  );
});

test('planReplicaSet() makes and deletes as many as are wanted, not counting what ends or goes', () => {
  const pods = [pod('a', { readyAt: 1 }), pod('b'), pod('gone', { deleted: true }), pod('failed', { phase: 'Failed' })];
  assert.equal(planReplicaSet({ replicaSet: set(3), pods, nowMs }).createCount, 1);
  const { createCount, deletePods } = planReplicaSet({ replicaSet: set(1), pods, nowMs });
  assert.deepEqual([createCount, deletePods.map(({ metadata }) => metadata.name)], [0, ['b']]);
  assert.equal(planReplicaSet({ replicaSet: set(2000), pods, nowMs }).createCount, 500);
  const deleted = { ...set(5), metadata: { ...set(5).metadata, deletionTimestamp: at(0) } };
  assert.deepEqual(planReplicaSet({ replicaSet: deleted, pods, nowMs }).createCount, 0);
});

test('planReplicaSet() counts, and says when a pod will have been ready long enough', () => {
  const pods = [
    pod('a', { readyAt: 1 }),
    pod('b', { readyAt: 59 }),
    pod('c'),
    pod('gone', { deleted: true, readyAt: 1 }),
  ];
  const { status, nextAtMs } = planReplicaSet({ replicaSet: set(3, 120), pods, nowMs });
  assert.deepEqual(status, {
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 2,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 3,
  });
  assert.equal(nextAtMs, Date.parse(at(59)) + 120_000);
});

test('withFailure() shows a failure once, and takes it back', () => {
  const { status } = planReplicaSet({ replicaSet: set(1), pods: [], nowMs });
  const failed = withFailure(status, { reason: 'FailedCreate', message: 'quota' }, nowMs);
  assert.equal(failed.conditions?.[0]?.reason, 'FailedCreate');
  assert.deepEqual(withFailure(failed, { reason: 'FailedCreate', message: 'quota' }, nowMs + 5000), failed);
  assert.deepEqual(withFailure(failed, undefined, nowMs), status);
});
