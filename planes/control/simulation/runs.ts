import type { ContainerState } from '../../../drivers/api/runtime.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { type BackOff, countEnd } from '../pod-runtime/back-off.ts';

/** Label of Nodes that are only simulated; its value is `true`. */
export const simulatedLabel = 'control.planform.dev/simulated';

const runSecondsAnnotation = 'control.planform.dev/simulated-run-seconds';
const exitCodeAnnotation = 'control.planform.dev/simulated-exit-code';

/** What containers of a simulated pod do. */
export interface Script {
  /** Infinite when they do not end by themselves. */
  readonly runForMs: number;
  readonly exitCode: number;
}

/** What the pod's annotations and restart policy say; a value that cannot be read counts as absent. */
export function scriptOf({ metadata: { annotations = {} }, spec }: Pod): Script {
  const seconds = readNumber(annotations[runSecondsAnnotation], 1e9);
  const exitCode = readNumber(annotations[exitCodeAnnotation], 255);
  const ends = seconds !== undefined || exitCode !== undefined || (spec?.restartPolicy ?? 'Always') !== 'Always';
  return { runForMs: ends ? Math.max(1, seconds ?? 1) * 1_000 : Number.POSITIVE_INFINITY, exitCode: exitCode ?? 0 };
}

function readNumber(text: string | undefined, max: number): number | undefined {
  const number = /^\d{1,10}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return number <= max ? number : undefined;
}

/** The newest runs of one container. */
export interface SimulatedRuns {
  readonly current: ContainerState;
  readonly previous: ContainerState | undefined;
  readonly backOff: BackOff | undefined;
  /** When it ends or starts the next time; infinite when that is never. */
  readonly nextAtMs: number;
}

/** Follows a container from its first start to now. `restarts`: whether it is started again after it ended. */
export function simulateRuns(
  pod: Pod,
  containerName: string,
  { script, restarts, nowMs }: { readonly script: Script; readonly restarts: boolean; readonly nowMs: number },
): SimulatedRuns {
  const { runForMs, exitCode } = script;
  const runAt = (attempt: number, startedAtMs: number, finishedAtMs?: number): ContainerState => ({
    id: `${pod.metadata.uid}.${containerName}.${attempt}`,
    podUid: pod.metadata.uid,
    podName: `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`,
    containerName,
    attempt,
    startedAtMs,
    pathsRelocated: false,
    limitsIgnored: false,
    ...(finishedAtMs === undefined ? { status: 'running' } : { status: 'exited', finishedAtMs, exitCode }),
  });
  let startedAtMs = parseTime(pod.status?.startTime) ?? nowMs;
  let previous: ContainerState | undefined;
  let backOff: BackOff | undefined;
  for (let attempt = 0; ; attempt++) {
    const endsAtMs = startedAtMs + runForMs;
    if (nowMs < endsAtMs)
      return { current: runAt(attempt, startedAtMs), previous, backOff: undefined, nextAtMs: endsAtMs };
    const current = runAt(attempt, startedAtMs, endsAtMs);
    if (!restarts) return { current, previous, backOff: undefined, nextAtMs: Number.POSITIVE_INFINITY };
    backOff = countEnd(backOff, current);
    startedAtMs = endsAtMs + backOff.delayMs;
    if (nowMs < startedAtMs) return { current, previous, backOff, nextAtMs: startedAtMs };
    previous = current;
  }
}
