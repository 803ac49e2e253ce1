import { parseTime } from '../../../kernel/base/clock.ts';
import type { Pod, ReplicaSet, ReplicaSetStatus } from '../../../kernel/schema/standard/types.ts';
import { setWorkloadCondition, removeWorkloadCondition } from '../workload/condition.ts';
import {
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminating,
  nextAvailableMs,
  readySinceMs,
} from '../workload/pod-state.ts';

/** Most pods created or deleted in one pass (Kubernetes `BurstReplicas`). */
export const burstPodsMax = 500;

/** What the planner looks at. */
export interface ReplicaSetFacts {
  readonly replicaSet: ReplicaSet;
  /** Pods it controls, whatever their state. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
}

/** What to do and what to report. */
export interface ReplicaSetPlan {
  /** Pods to make now. */
  readonly createCount: number;
  /** Pods to delete now, those that are missed least first. */
  readonly deletePods: readonly Pod[];
  readonly status: ReplicaSetStatus;
  /** When a ready pod will have been ready for minReadySeconds. */
  readonly nextAtMs?: number;
}

/** Decides which pods of a ReplicaSet to create or delete (Kubernetes `replica_set.go`). Pure. */
export function planReplicaSet({ replicaSet, pods, nowMs }: ReplicaSetFacts): ReplicaSetPlan {
  const active = pods.filter(isPodActive);
  const isDeleted = replicaSet.metadata.deletionTimestamp !== undefined;
  const missing = isDeleted ? 0 : (replicaSet.spec?.replicas ?? 1) - active.length;
  const nextAtMs = nextAvailableMs(pods, replicaSet.spec?.minReadySeconds ?? 0, nowMs);
  return {
    createCount: Math.min(Math.max(0, missing), burstPodsMax),
    deletePods: missing >= 0 ? [] : rankForDeletion(active).slice(0, Math.min(-missing, burstPodsMax)),
    status: countPods(replicaSet, pods, nowMs),
    ...(nextAtMs === undefined ? {} : { nextAtMs }),
  };
}

/** Status with condition ReplicaFailure set to `problem`, or without it. */
export function withFailure(
  status: ReplicaSetStatus,
  problem: ReplicaFailure | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const before = status.conditions ?? [];
  const conditions =
    problem === undefined
      ? removeWorkloadCondition(before, 'ReplicaFailure')
      : setWorkloadCondition(before, { type: 'ReplicaFailure', status: 'True', ...problem }, nowMs);
  const { conditions: _before, ...rest } = status;
  return conditions.length === 0 ? rest : { ...rest, conditions };
}

/** Why pods cannot be created or deleted. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/**
 * Pods in the order in which they are given up (Kubernetes `ActivePodsWithRanks`): not bound, pending, not ready,
 * cheaper to delete, ready for a shorter time, restarted more often, younger.
 */
export function rankForDeletion(pods: readonly Pod[]): readonly Pod[] {
  return pods.toSorted(compareForDeletion);
}

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function compareForDeletion(a: Pod, b: Pod): number {
  return (
    Number(isBound(a)) - Number(isBound(b)) ||
    (phaseRank[a.status?.phase ?? 'Pending'] ?? 0) - (phaseRank[b.status?.phase ?? 'Pending'] ?? 0) ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    (readySinceMs(b) ?? 0) - (readySinceMs(a) ?? 0) ||
    restartCount(b) - restartCount(a) ||
    createdAtMs(b) - createdAtMs(a) ||
    (a.metadata.name < b.metadata.name ? -1 : 1)
  );
}

function isBound(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? '') !== '';
}

function deletionCost(pod: Pod): number {
  const cost = Number.parseInt(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0', 10);
  return Number.isNaN(cost) ? 0 : cost;
}

function restartCount(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}

function createdAtMs(pod: Pod): number {
  return parseTime(pod.metadata.creationTimestamp) ?? 0;
}

function countPods(replicaSet: ReplicaSet, pods: readonly Pod[], nowMs: number): ReplicaSetStatus {
  const active = pods.filter(isPodActive);
  const labels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const { conditions } = replicaSet.status ?? {};
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value))
      .length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length,
    terminatingReplicas: pods.filter(isPodTerminating).length,
    observedGeneration: replicaSet.metadata.generation ?? 1,
    ...(conditions === undefined ? {} : { conditions }),
  };
}
