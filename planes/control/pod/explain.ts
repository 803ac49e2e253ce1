import { parseTime } from '../../../kernel/base/clock.ts';
import type { ContainerStatus, Pod } from '../../../kernel/schema/standard/types.ts';
import { findPodCondition, isPodReady, isPodTerminating } from '../workload/pod-state.ts';
import { parseBackOff } from '../pod-runtime/back-off.ts';

/**
 * What a pod waits for, in one line per cause, read from the pod alone: `container web: CrashLoopBackOff, exit 1, next
 * try in 8 s; last log: "EADDRINUSE :20011"`. Empty when the pod is as it should be.
 */
export function explainPod(pod: Pod, nowMs: number): readonly string[] {
  if (isPodTerminating(pod)) return [explainDeletion(pod, nowMs)];
  const { phase, reason, message } = pod.status ?? {};
  if (phase === 'Succeeded') return [];
  if (phase === 'Failed' && reason !== undefined) return [`${reason}: ${message ?? ''}`];
  const scheduled = findPodCondition(pod, 'PodScheduled');
  if (scheduled?.status === 'False') return [`not scheduled: ${scheduled.reason}: ${scheduled.message ?? ''}`];
  if (phase === undefined || (pod.spec?.nodeName ?? '') === '') return ['not scheduled yet'];
  return explainContainers(pod, nowMs);
}

function explainContainers(pod: Pod, nowMs: number): readonly string[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  // While init containers are not through, the others only wait for them.
  const inits = initContainerStatuses.flatMap((status) => explainContainer(status, 'init container', nowMs));
  if (inits.length > 0) return inits;
  const lines = containerStatuses.flatMap((status) => explainContainer(status, 'container', nowMs));
  if (lines.length > 0 || isPodReady(pod)) return lines;
  return [findPodCondition(pod, 'Ready')?.message ?? 'not started yet'];
}

function explainDeletion({ metadata }: Pod, nowMs: number): string {
  const endMs = parseTime(metadata.deletionTimestamp) ?? nowMs;
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.length > 0 && endMs <= nowMs) return `being deleted, kept by finalizers ${finalizers.join(', ')}`;
  return endMs > nowMs ? `being deleted, killed in ${seconds(endMs - nowMs)}` : 'being deleted';
}

function explainContainer(status: ContainerStatus, word: string, nowMs: number): readonly string[] {
  const { name, state, lastState, ready, started } = status;
  const subject = `${word} ${name}`;
  if (state?.waiting !== undefined) {
    const { reason = 'Waiting', message } = state.waiting;
    if (reason === 'PodInitializing') return [];
    return [
      `${subject}: ${reason}${explainEnd(status, nowMs)}${parseBackOff(message) === undefined ? tail(message) : ''}`,
    ];
  }
  if (state?.terminated !== undefined) {
    const { exitCode, message } = state.terminated;
    return exitCode === 0 ? [] : [`${subject}: ended, exit ${exitCode}${lastLog(message)}`];
  }
  if (ready) return [];
  const why = started === false ? 'startup probe has not succeeded yet' : 'readiness probe fails';
  const end = lastState?.terminated;
  const before = end === undefined ? '' : `; restarted after exit ${end.exitCode}${lastLog(end.message)}`;
  return [`${subject}: running, ${why}${before}`];
}

/** Exit code, next try and last line of output of a container that waits to be started again. */
function explainEnd({ state, lastState }: ContainerStatus, nowMs: number): string {
  const end = lastState?.terminated;
  if (end === undefined) return '';
  const delayMs = parseBackOff(state?.waiting?.message);
  const endedMs = parseTime(end.finishedAt);
  const dueMs = delayMs === undefined || endedMs === undefined ? undefined : endedMs + delayMs - nowMs;
  const next = dueMs === undefined ? '' : dueMs <= 0 ? ', next try now' : `, next try in ${seconds(dueMs)}`;
  return `, exit ${end.exitCode}${next}${lastLog(end.message)}`;
}

function lastLog(message: string | undefined): string {
  return message === undefined || message === '' ? '' : `; last log: ${JSON.stringify(message)}`;
}

function tail(message: string | undefined): string {
  return message === undefined || message === '' ? '' : `: ${message}`;
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
