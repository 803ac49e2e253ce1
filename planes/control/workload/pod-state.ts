import { parseTime } from '../../../kernel/base/clock.ts';
import type { Pod, PodCondition } from '../../../kernel/schema/standard/types.ts';

/** The condition of that type, if any. */
export function findPodCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** True once the pod was deleted and is on its way out. It never counts as available and gets no new traffic. */
export function isPodTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** True when every container has ended for good: phase Succeeded or Failed. */
export function isPodEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** True for a pod that counts as a replica: neither deleted nor ended (Kubernetes `IsPodActive`). */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminating(pod) && !isPodEnded(pod);
}

/** True while the Ready condition holds. */
export function isPodReady(pod: Pod): boolean {
  return findPodCondition(pod, 'Ready')?.status === 'True';
}

/** Since when the pod has been ready without a break; `undefined` when it is not ready. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = findPodCondition(pod, 'Ready');
  return ready?.status === 'True' ? (parseTime(ready.lastTransitionTime) ?? 0) : undefined;
}

/** True for an active pod that has been ready for `minReadySeconds`; with 0 the clock does not matter (as upstream). */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const sinceMs = readySinceMs(pod);
  if (sinceMs === undefined || !isPodActive(pod)) return false;
  return minReadySeconds === 0 || sinceMs + minReadySeconds * 1000 <= nowMs;
}

/** When the next of the ready pods will have been ready long enough; `undefined` when none is waiting for that. */
export function nextAvailableMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  const times = pods
    .filter((pod) => isPodActive(pod) && isPodReady(pod))
    .map((pod) => (readySinceMs(pod) ?? 0) + minReadySeconds * 1000)
    .filter((availableAtMs) => availableAtMs > nowMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
