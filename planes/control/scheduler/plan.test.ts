import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { planScheduling } from './plan.ts';

const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' });

function node(name: string, spec: Node['spec'] = {}, ready = 'True'): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...meta(name), labels: { zone: name } },
    spec,
    status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' }, conditions: [{ type: 'Ready', status: ready }] },
  };
}

function pod(spec: Partial<PodSpec> = {}, name = 'p'): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: meta(name), spec: { containers: [], ...spec } };
}

const asking = (cpu: string): Partial<PodSpec> => ({ containers: [{ name: 'c', resources: { requests: { cpu } } }] });
const bound = (nodeName: string, spec: Partial<PodSpec> = {}) => pod({ ...spec, nodeName }, `on-${nodeName}`);

test('planScheduling() binds to the node that fits and has the fewest pods', () => {
  const nodes = [node('a'), node('b')];
  const plan = (one: Pod, pods: readonly Pod[] = []) => planScheduling({ pod: one, nodes, pods });
  assert.deepEqual(plan(pod()), { kind: 'bind', nodeName: 'a' });
  assert.deepEqual(plan(pod(), [bound('a')]), { kind: 'bind', nodeName: 'b' });
  assert.deepEqual(plan(pod({ nodeSelector: { zone: 'b' } })), { kind: 'bind', nodeName: 'b' });
  const term = { matchExpressions: [{ key: 'zone', operator: 'NotIn' as const, values: ['a'] }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
  assert.deepEqual(plan(pod({ affinity })), { kind: 'bind', nodeName: 'b' });
  assert.deepEqual(plan(pod(asking('1500m')), [bound('a', asking('1'))]), { kind: 'bind', nodeName: 'b' });
  assert.deepEqual(plan(pod({ schedulerName: 'mine' })), { kind: 'notOurs' });
  assert.equal(plan(pod({ schedulingGates: [{ name: 'wait' }] })).kind, 'gated');
});

test('planScheduling() says why nothing fits, as kube-scheduler words it', () => {
  const taint = { key: 'gpu', effect: 'NoSchedule' } as const;
  const cases: readonly (readonly [nodes: readonly Node[], pod: Pod, pods: readonly Pod[], message: string])[] = [
    [[], pod(), [], 'no nodes available to schedule pods'],
    [[node('a')], pod(asking('3')), [], '0/1 nodes are available: 1 Insufficient cpu.'],
    [
      [node('a', {}, 'False'), node('b', { unschedulable: true })],
      pod(),
      [],
      '0/2 nodes are available: 1 node(s) were not ready, 1 node(s) were unschedulable.',
    ],
    [[node('a', { taints: [taint] })], pod(), [], '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: }.'],
    [
      [node('a')],
      pod({ nodeSelector: { zone: 'z' } }),
      [],
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    ],
    [[node('a')], pod(), [bound('a'), bound('a'), bound('a')], '0/1 nodes are available: 1 Too many pods.'],
  ];
  for (const [nodes, one, pods, message] of cases) {
    assert.deepEqual(planScheduling({ pod: one, nodes, pods }), { kind: 'unschedulable', message });
  }
  const tolerant = pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] });
  assert.equal(planScheduling({ pod: tolerant, nodes: [node('a', { taints: [taint] })], pods: [] }).kind, 'bind');
});
