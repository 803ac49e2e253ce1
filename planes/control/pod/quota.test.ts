import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuantity } from '../../../kernel/meta/quantity.ts';
import type { Pod, PodSpec, ResourceRequirements } from '../../../kernel/schema/standard/types.ts';
import { podQuota } from './quota.ts';

function pod(spec: Partial<PodSpec>, phase = 'Running'): Pod {
  const value = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [], ...spec } };
  return { ...value, status: { phase } } as object as Pod;
}

function container(name: string, requests: Record<string, string> = {}, limits: Record<string, string> = {}) {
  return { name, resources: { requests, limits } };
}

/** What a pod uses, as text. */
function usage(one: Pod): Readonly<Record<string, string>> {
  return Object.fromEntries([...podQuota.usage(one)].map(([name, amount]) => [name, formatQuantity(amount)]));
}

// Kubernetes: PodUsageFunc.
const uses: readonly (readonly [what: string, pod: Pod, usage: Readonly<Record<string, string>>])[] = [
  ['a pod without requests is one pod', pod({ containers: [container('a')] }), { pods: '1' }],
  ['a pod that ended uses nothing', pod({ containers: [container('a', { cpu: '1' })] }, 'Succeeded'), {}],
  ['a pod that failed uses nothing', pod({ containers: [container('a', { cpu: '1' })] }, 'Failed'), {}],
  [
    'requests of containers add up, under both names',
    pod({ containers: [container('a', { cpu: '250m' }, { cpu: '1' }), container('b', { cpu: '250m' })] }),
    { pods: '1', cpu: '500m', 'requests.cpu': '500m', 'limits.cpu': '1' },
  ],
  [
    'the hungriest init container counts where it is more than all others',
    pod({ containers: [container('a', { memory: '1Gi' })], initContainers: [container('i', { memory: '3Gi' })] }),
    { pods: '1', memory: '3Gi', 'requests.memory': '3Gi' },
  ],
  [
    'sidecars count for ever, and beside init containers after them',
    pod({
      containers: [container('a', { cpu: '1' })],
      initContainers: [{ ...container('s', { cpu: '1' }), restartPolicy: 'Always' }, container('i', { cpu: '2' })],
    }),
    { pods: '1', cpu: '3', 'requests.cpu': '3' },
  ],
  [
    'what the pod says comes before what containers say; overhead is on top',
    pod({
      containers: [container('a', { cpu: '1' })],
      resources: { requests: { cpu: '4' } },
      overhead: { cpu: '500m' },
    }),
    { pods: '1', cpu: '4500m', 'requests.cpu': '4500m' },
  ],
  [
    'devices count by their requests; huge pages under both names',
    pod({ containers: [container('a', { 'x.dev/gpu': '2', 'hugepages-2Mi': '4Mi' }, { 'x.dev/gpu': '2' })] }),
    { pods: '1', 'requests.x.dev/gpu': '2', 'hugepages-2Mi': '4Mi', 'requests.hugepages-2Mi': '4Mi' },
  ],
];

test('podQuota.usage() is what Kubernetes charges', async (t) => {
  for (const [what, one, expected] of uses) await t.test(what, () => assert.deepEqual(usage(one), expected));
});

test('podQuota.uses() knows the resources of pods', () => {
  const known = [
    'pods',
    'cpu',
    'limits.memory',
    'requests.ephemeral-storage',
    'requests.hugepages-1Gi',
    'requests.x.dev/gpu',
  ];
  for (const name of known) assert.ok(podQuota.uses(name), name);
  for (const name of ['services', 'requests.storage', 'x.dev/gpu', 'limits.x.dev/gpu', 'count/deployments.apps']) {
    assert.ok(!podQuota.uses(name), name);
  }
});

test('podQuota.problem() names what containers leave out', () => {
  const problem = (spec: Partial<PodSpec>, ...limited: string[]) => podQuota.problem?.(pod(spec), limited);
  const two = { containers: [container('b'), container('a', { cpu: '1' })] };
  assert.equal(problem(two, 'limits.cpu', 'cpu', 'pods'), 'must specify cpu for: b; limits.cpu for: a,b');
  assert.equal(problem(two, 'requests.ephemeral-storage', 'pods'), undefined);
  assert.equal(
    problem({ ...two, initContainers: [container('i')] }, 'requests.cpu'),
    'must specify requests.cpu for: b,i',
  );
  const ofPod: ResourceRequirements = { limits: { cpu: '1' } };
  assert.equal(problem({ ...two, resources: ofPod }, 'limits.memory'), undefined);
});

test('podQuota.isInScope() tells pods apart as Kubernetes does', () => {
  const plain = pod({ containers: [container('a')] });
  const timed = pod({
    containers: [container('a', { cpu: '1' })],
    activeDeadlineSeconds: 0,
    priorityClassName: 'high',
  });
  const term = { topologyKey: 'x', namespaces: ['other'] };
  const curious = pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } });
  const table = [
    ['Terminating', 'Exists', [], [false, true, false]],
    ['NotTerminating', 'Exists', [], [true, false, true]],
    ['BestEffort', 'Exists', [], [true, false, true]],
    ['NotBestEffort', 'Exists', [], [false, true, false]],
    ['PriorityClass', 'Exists', [], [false, true, false]],
    ['PriorityClass', 'DoesNotExist', [], [true, false, true]],
    ['PriorityClass', 'In', ['high', 'low'], [false, true, false]],
    ['PriorityClass', 'NotIn', ['high'], [true, false, true]],
    ['CrossNamespacePodAffinity', 'Exists', [], [false, false, true]],
    ['VolumeAttributesClass', 'Exists', [], [false, false, false]],
  ] as const;
  for (const [scopeName, operator, values, expected] of table) {
    const found = [plain, timed, curious].map((one) => podQuota.isInScope?.(one, { scopeName, operator, values }));
    assert.deepEqual(found, expected, `${scopeName} ${operator}`);
  }
});
