import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { scriptOf, simulateRuns } from './runs.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');

function pod(annotations: Record<string, string> = {}, spec: Partial<PodSpec> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'uid', resourceVersion: '1', creationTimestamp: '', annotations },
    spec: { containers: [{ name: 'main' }], ...spec },
    status: { startTime: '2026-01-01T00:00:00Z' },
  };
}

test('scriptOf() reads policy and annotations; what cannot be read counts as absent', () => {
  const seconds = (text: string) => ({ 'control.planform.dev/simulated-run-seconds': text });
  const code = (text: string) => ({ 'control.planform.dev/simulated-exit-code': text });
  const cases: readonly (readonly [pod: Pod, runForMs: number, exitCode: number])[] = [
    [pod(), Number.POSITIVE_INFINITY, 0],
    [pod({}, { restartPolicy: 'Never' }), 1_000, 0],
    [pod({}, { restartPolicy: 'OnFailure' }), 1_000, 0],
    [pod(seconds('30')), 30_000, 0],
    [pod(seconds('0')), 1_000, 0],
    [pod(seconds('soon')), Number.POSITIVE_INFINITY, 0],
    [pod(code('3')), 1_000, 3],
    [pod({ ...seconds('5'), ...code('256') }), 5_000, 0],
  ];
  for (const [one, runForMs, exitCode] of cases) assert.deepEqual(scriptOf(one), { runForMs, exitCode });
});

test('simulateRuns() follows from the time alone', () => {
  const at = (afterMs: number, restarts: boolean) => {
    const script = { runForMs: 1_000, exitCode: 1 };
    const { current, previous, backOff, nextAtMs } = simulateRuns(pod(), 'main', {
      script,
      restarts,
      nowMs: startMs + afterMs,
    });
    return [current.attempt, current.status, previous?.attempt, backOff?.delayMs, nextAtMs - startMs];
  };
  assert.deepEqual(at(0, true), [0, 'running', undefined, undefined, 1_000]);
  assert.deepEqual(at(1_000, true), [0, 'exited', undefined, 10_000, 11_000]);
  assert.deepEqual(at(11_000, true), [1, 'running', 0, undefined, 12_000]);
  assert.deepEqual(at(12_000, true), [1, 'exited', 0, 20_000, 32_000]);
  assert.deepEqual(at(3_600_000, false), [0, 'exited', undefined, undefined, Number.POSITIVE_INFINITY]);
});
