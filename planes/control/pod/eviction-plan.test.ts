import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../../../kernel/meta/errors.ts';
import type { Pod, PodDisruptionBudget } from '../../../kernel/schema/standard/types.ts';
import { planEviction } from './eviction-plan.ts';

const bookkeeping = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

function pod(status: object, metadata: object = {}): Pod {
  const labels = { app: 'web' };
  const own = { name: 'web-1', labels, ...bookkeeping, ...metadata };
  return { apiVersion: 'v1', kind: 'Pod', metadata: own, status };
}

function budget(status: object, spec: object = {}): PodDisruptionBudget {
  const selector = { matchLabels: { app: 'web' } };
  const metadata = { name: 'web', generation: 1, ...bookkeeping };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: { selector, ...spec }, status };
}

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const unready = { phase: 'Running' };
const settled = { observedGeneration: 1, currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0 };

// Kubernetes: pkg/registry/core/pod/storage/eviction.go.
test('pods that end anyway, and those no budget covers, may go', () => {
  const full = [budget(settled)];
  for (const phase of ['Pending', 'Succeeded', 'Failed']) {
    assert.equal(planEviction(pod({ phase }), full).kind, 'delete', phase);
  }
  assert.equal(planEviction(pod(ready, { deletionTimestamp: '2026-01-01T00:00:00Z' }), full).kind, 'delete');
  assert.equal(planEviction(pod(ready, { labels: { app: 'other' } }), full).kind, 'delete');
  assert.equal(planEviction(pod(ready), []).kind, 'delete');
});

test('a budget with disruptions left is charged', () => {
  const plan = planEviction(pod(ready), [budget({ ...settled, disruptionsAllowed: 1 })]);
  assert.deepEqual([plan.kind, plan.kind === 'charge' && plan.budget.metadata.name], ['charge', 'web']);
});

test('a budget without disruptions refuses, and says why', () => {
  assert.throws(
    () => planEviction(pod(ready), [budget(settled)]),
    (error) => {
      assert.ok(isApiError(error, 'TooManyRequests'));
      const message = 'The disruption budget web needs 2 healthy pods and has 2 currently';
      assert.deepEqual(error.details, { causes: [{ reason: 'DisruptionBudget', message }] });
      return true;
    },
  );
});

test('a budget nobody has worked out yet makes clients wait', () => {
  assert.throws(
    () => planEviction(pod(ready), [budget({ ...settled, observedGeneration: 0, disruptionsAllowed: 5 })]),
    (error) => isApiError(error, 'TooManyRequests') && error.details.retryAfterSeconds === 10,
  );
});

test('pods that are not ready may go where enough others are healthy, or where the budget says so', () => {
  assert.equal(planEviction(pod(unready), [budget(settled)]).kind, 'delete');
  const short = { ...settled, currentHealthy: 1 };
  assert.throws(() => planEviction(pod(unready), [budget(short)]), /Cannot evict pod/);
  const allowing = budget(short, { unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  assert.equal(planEviction(pod(unready), [allowing]).kind, 'delete');
});

test('two budgets for one pod are refused', () => {
  assert.throws(
    () => planEviction(pod(ready), [budget(settled), budget(settled)]),
    /This pod has more than one PodDisruptionBudget/,
  );
});
