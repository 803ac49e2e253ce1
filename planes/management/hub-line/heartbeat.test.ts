import assert from 'node:assert/strict';
import test from 'node:test';
import { countPods, sumCapacity } from './heartbeat.ts';

const object = {
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', uid: 'x', resourceVersion: '1', creationTimestamp: '' },
};

test('countPods() counts what should run', () => {
  const ready = { type: 'Ready', status: 'True' as const, reason: '', message: '', lastTransitionTime: '' };
  const pods = [
    { ...object, status: { phase: 'Running', conditions: [ready] } },
    { ...object, status: { phase: 'Pending' } },
    { ...object, status: { phase: 'Succeeded' } },
    {
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: 'now' },
      status: { phase: 'Running', conditions: [ready] },
    },
  ];
  assert.deepEqual(countPods(pods), { ready: 1, total: 2 });
});

test('sumCapacity() adds quantities', () => {
  const nodes = [
    { ...object, status: { capacity: { cpu: '2', memory: '1Gi' } } },
    { ...object, status: { capacity: { cpu: '500m', memory: '512Mi' } } },
    object,
  ];
  assert.deepEqual(sumCapacity(nodes), { cpu: '2500m', memory: '1536Mi' });
});
