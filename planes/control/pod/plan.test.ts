import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerState } from '../../../drivers/api/runtime.ts';
import type { Pod, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { countEnd } from '../pod-runtime/back-off.ts';
import { type ContainerFacts, planPod } from './plan.ts';

const nowMs = 1_000_000;

type Shape = Partial<Omit<ContainerFacts, 'container' | 'current'>> & {
  readonly exit?: number;
  readonly running?: boolean;
  readonly ranMs?: number;
};

function container(name: string, { exit, running = false, ranMs = 0, ...change }: Shape = {}): ContainerFacts {
  const base = {
    id: `uid.${name}.0`,
    podUid: 'uid',
    podName: 'default/p',
    containerName: name,
    attempt: 0,
    pathsRelocated: false,
    limitsIgnored: false,
  };
  const startedAtMs = nowMs - ranMs;
  const ended: ContainerState = { ...base, status: 'exited', startedAtMs, finishedAtMs: nowMs, exitCode: exit ?? 0 };
  const current: ContainerState | undefined = running
    ? { ...base, status: 'running', startedAtMs }
    : exit === undefined
      ? undefined
      : ended;
  return {
    container: { name },
    role: 'main',
    current,
    previous: undefined,
    health: { started: running, ready: running },
    backOff: exit === undefined ? undefined : countEnd(undefined, ended),
    isStopping: false,
    ...change,
  };
}

function plan(containers: readonly ContainerFacts[], spec: Partial<PodSpec> = {}, status: Pod['status'] = {}) {
  const metadata = { name: 'p', uid: 'uid', resourceVersion: '1', creationTimestamp: '' };
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], ...spec }, status };
  const { actions, fates, ...rest } = planPod({ pod, containers, nowMs });
  const shown = actions.map((action) =>
    action.kind === 'start' ? `start ${action.facts.container.name} ${action.attempt}` : `stop ${action.id}`,
  );
  return { actions: shown, fates: Object.fromEntries(Array.from(fates, ([name, { kind }]) => [name, kind])), ...rest };
}

test('planPod() starts containers when it is their turn', () => {
  assert.deepEqual(plan([container('a'), container('b')]).actions, ['start a 0', 'start b 0']);
  const init = (shape: Shape) => container('init', { role: 'init', ...shape });
  assert.deepEqual(plan([init({}), container('a')]).actions, ['start init 0']);
  assert.deepEqual(plan([init({ running: true }), container('a')]).fates, { a: 'notYet' });
  assert.deepEqual(plan([init({ exit: 0 }), container('a')]).actions, ['start a 0']);
  assert.deepEqual(plan([init({ exit: 1 }), container('a')]).fates, { init: 'backingOff', a: 'notYet' });
  assert.deepEqual(
    plan([init({}), container('a', { running: true })]).actions,
    [],
    'the records of init containers may be gone',
  );
});

test('planPod() waits for sidecars to start, and keeps them running', () => {
  const sidecar = (shape: Shape) => container('side', { role: 'sidecar', ...shape });
  const starting = sidecar({ running: true, health: { started: false, ready: false } });
  assert.deepEqual(plan([starting, container('a')]).fates, { a: 'notYet' });
  assert.deepEqual(plan([sidecar({ running: true }), container('a')]).actions, ['start a 0']);
  assert.deepEqual(
    plan([sidecar({ exit: 0, ranMs: 20_000 }), container('a', { running: true })], { restartPolicy: 'Never' }).actions,
    ['start side 1'],
  );
});

test('planPod() restarts as the policy says', () => {
  const cases: readonly (readonly [policy: PodSpec['restartPolicy'], exit: number, fate: string])[] = [
    ['Always', 0, 'starting'],
    ['Always', 1, 'starting'],
    ['OnFailure', 1, 'starting'],
    ['OnFailure', 0, 'done'],
    ['Never', 1, 'done'],
  ];
  for (const [restartPolicy, exit, fate] of cases) {
    const spec = restartPolicy === undefined ? {} : { restartPolicy };
    const { fates } = plan([container('a', { exit, ranMs: 20_000 }), container('b', { running: true })], spec);
    assert.equal(fates['a'], fate, `${restartPolicy} ${exit}`);
  }
  assert.deepEqual(
    plan([container('a', { exit: 1, ranMs: 20_000 })]).actions,
    ['start a 1'],
    'a steady run is back at once',
  );
  assert.equal(plan([container('a', { exit: 1 })]).nextAtMs, nowMs + 10_000);
});

test('planPod() ends a pod when its containers or its deadline do', () => {
  const never = { restartPolicy: 'Never' as const };
  assert.equal(plan([container('a', { exit: 0 }), container('b', { exit: 0 })], never).end?.phase, 'Succeeded');
  assert.equal(plan([container('a', { exit: 0 }), container('b', { exit: 2 })], never).end?.phase, 'Failed');
  assert.equal(plan([container('a', { exit: 0 }), container('b', { running: true })], never).end, undefined);
  assert.equal(plan([container('init', { role: 'init', exit: 1 }), container('a')], never).end?.phase, 'Failed');
  const started = { startTime: new Date(nowMs - 60_000).toISOString() };
  const late = plan([container('a', { running: true })], { activeDeadlineSeconds: 30 }, started);
  assert.deepEqual([late.end?.reason, late.actions], ['DeadlineExceeded', ['stop uid.a.0']]);
  assert.deepEqual(plan([container('a')], {}, { phase: 'Failed' }).actions, [], 'what is over is not started again');
});

test('planPod() stops a container its probes gave up, once', () => {
  const health = { started: true, ready: false, givenUp: 'failed liveness probe' };
  assert.deepEqual(plan([container('a', { running: true, health })]).actions, ['stop uid.a.0']);
  assert.deepEqual(plan([container('a', { running: true, health, isStopping: true })]).actions, []);
});
