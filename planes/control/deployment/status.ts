import { formatTime, parseTime } from '../../../kernel/base/clock.ts';
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  Pod,
  ReplicaSet,
} from '../../../kernel/schema/standard/types.ts';
import { removeWorkloadCondition, setWorkloadCondition } from '../workload/condition.ts';
import { isPodActive, isPodAvailable, isPodReady, isPodTerminating } from '../workload/pod-state.ts';
import type { RolloutBounds } from './rollout.ts';

/** What the status is worked out from. */
export interface StatusFacts {
  readonly deployment: Deployment;
  /** The ReplicaSet of the current template, and whether this pass created it. */
  readonly newest: { readonly name: string; readonly isNew: boolean } | undefined;
  readonly sets: readonly ReplicaSet[];
  /** Pods of the newest ReplicaSet, and of all. */
  readonly updatedPods: readonly Pod[];
  readonly pods: readonly Pod[];
  readonly bounds: RolloutBounds;
  readonly nowMs: number;
}

/** The status of a Deployment and when it may change with nothing but time passing. */
export interface StatusPlan {
  readonly status: DeploymentStatus;
  /** When the progress deadline ends. */
  readonly deadlineMs?: number;
}

/** `spec.progressDeadlineSeconds` of 2^31 − 1 means none (Kubernetes `HasProgressDeadline`). */
const noDeadlineSeconds = 2_147_483_647;

/** Counts and conditions as the Deployment controller of Kubernetes reports them (`sync.go`, `progress.go`). */
export function planStatus(facts: StatusFacts): StatusPlan {
  const { deployment } = facts;
  const counts = countPods(facts);
  const status = { ...counts, ...keptFields(deployment) };
  let conditions = setAvailable(deployment.status?.conditions ?? [], counts, facts);
  conditions = setProgressing(conditions, status, facts);
  conditions = setFailure(conditions, facts);
  const deadlineMs = deadlineOf(conditions, facts);
  return { status: { ...status, conditions }, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
}

type Conditions = readonly DeploymentCondition[];

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
  readonly terminatingReplicas: number;
}

function countPods({ deployment, updatedPods, pods, nowMs }: StatusFacts): Counts {
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const active = pods.filter(isPodActive);
  const available = active.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length;
  return {
    replicas: active.length,
    updatedReplicas: updatedPods.filter(isPodActive).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: available,
    unavailableReplicas: Math.max(0, Math.max(active.length, deployment.spec?.replicas ?? 1) - available),
    terminatingReplicas: pods.filter(isPodTerminating).length,
  };
}

function keptFields(deployment: Deployment): Pick<DeploymentStatus, 'observedGeneration' | 'collisionCount'> {
  const { collisionCount } = deployment.status ?? {};
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

function setAvailable(conditions: Conditions, counts: Counts, { deployment, bounds, nowMs }: StatusFacts): Conditions {
  const isAvailable = counts.availableReplicas >= (deployment.spec?.replicas ?? 1) - bounds.maxUnavailable;
  const draft = isAvailable
    ? ({ status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' } as const)
    : ({
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      } as const);
  return setTimed(conditions, { type: 'Available', ...draft }, nowMs);
}

function setProgressing(conditions: Conditions, counts: Counts, facts: StatusFacts): Conditions {
  const { deployment, nowMs } = facts;
  if (!hasDeadline(deployment)) return removeWorkloadCondition(conditions, 'Progressing');
  const before = conditions.find((condition) => condition.type === 'Progressing');
  const isUnknown = { type: 'Progressing', status: 'Unknown' } as const;
  if (deployment.spec?.paused === true) {
    if (before?.reason === 'ProgressDeadlineExceeded') return conditions;
    return setTimed(conditions, { ...isUnknown, reason: 'DeploymentPaused', message: 'Deployment is paused' }, nowMs);
  }
  if (before?.reason === 'DeploymentPaused') {
    return setTimed(conditions, { ...isUnknown, reason: 'DeploymentResumed', message: 'Deployment is resumed' }, nowMs);
  }
  return setProgress(conditions, before, counts, facts);
}

function setProgress(
  conditions: Conditions,
  before: DeploymentCondition | undefined,
  counts: Counts,
  facts: StatusFacts,
): Conditions {
  const { deployment, newest, nowMs } = facts;
  const subject = newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newest.name}"`;
  const set = (status: 'True' | 'False', reason: string, message: string) =>
    setTimed(conditions, { type: 'Progressing', status, reason, message }, nowMs);
  if (newest?.isNew === true) return set('True', 'NewReplicaSetCreated', `Created new replica set "${newest.name}"`);
  if (isComplete(deployment, counts)) {
    return set('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`);
  }
  if (before?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas) return conditions;
  if (before === undefined || isNewGeneration(deployment) || hasProgressed(deployment.status ?? {}, counts)) {
    return restartProgress(conditions, before, `${subject} is progressing.`, nowMs);
  }
  return hasTimedOut(before, facts)
    ? set('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`)
    : conditions;
}

/** Says that the rollout moves, as of now: the progress deadline counts from `lastUpdateTime`. */
function restartProgress(
  conditions: Conditions,
  before: DeploymentCondition | undefined,
  message: string,
  nowMs: number,
): Conditions {
  const updated: DeploymentCondition = {
    type: 'Progressing',
    status: 'True',
    lastUpdateTime: formatTime(nowMs),
    lastTransitionTime:
      before?.status === 'True' && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : formatTime(nowMs),
    reason: 'ReplicaSetUpdated',
    message,
  };
  return before === undefined
    ? [...conditions, updated]
    : conditions.map((condition) => (condition === before ? updated : condition));
}

/** True while the reported status is about an older spec: a new rollout or scale begins now. */
function isNewGeneration(deployment: Deployment): boolean {
  return (deployment.status?.observedGeneration ?? 0) < (deployment.metadata.generation ?? 1);
}

function isComplete(deployment: Deployment, status: Counts): boolean {
  const desired = deployment.spec?.replicas ?? 1;
  return status.updatedReplicas === desired && status.replicas === desired && status.availableReplicas >= desired;
}

function hasProgressed(before: DeploymentStatus, now: Counts): boolean {
  const oldBefore = (before.replicas ?? 0) - (before.updatedReplicas ?? 0);
  return (
    now.updatedReplicas > (before.updatedReplicas ?? 0) ||
    now.replicas - now.updatedReplicas < oldBefore ||
    now.readyReplicas > (before.readyReplicas ?? 0) ||
    now.availableReplicas > (before.availableReplicas ?? 0)
  );
}

function hasDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== noDeadlineSeconds;
}

function hasTimedOut(progressing: DeploymentCondition, facts: StatusFacts): boolean {
  if (progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  const deadlineMs = progressDeadlineMs(progressing, facts.deployment);
  return deadlineMs !== undefined && deadlineMs <= facts.nowMs;
}

function progressDeadlineMs(progressing: DeploymentCondition, deployment: Deployment): number | undefined {
  const since = parseTime(progressing.lastUpdateTime ?? progressing.lastTransitionTime);
  return since === undefined ? undefined : since + (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000;
}

function deadlineOf(conditions: Conditions, { deployment }: StatusFacts): number | undefined {
  const progressing = conditions.find((condition) => condition.type === 'Progressing');
  if (progressing === undefined || !hasDeadline(deployment) || deployment.spec?.paused === true) return undefined;
  if (progressing.reason === 'NewReplicaSetAvailable' || progressing.status !== 'True') return undefined;
  return progressDeadlineMs(progressing, deployment);
}

/** Shows why a ReplicaSet cannot create pods. */
function setFailure(conditions: Conditions, { sets, nowMs }: StatusFacts): Conditions {
  const failure = sets
    .flatMap((set) => set.status?.conditions ?? [])
    .find((c) => c.type === 'ReplicaFailure' && c.status === 'True');
  if (failure === undefined) return removeWorkloadCondition(conditions, 'ReplicaFailure');
  const { reason = 'FailedCreate', message = '' } = failure;
  return setTimed(conditions, { type: 'ReplicaFailure', status: 'True', reason, message }, nowMs);
}

function setTimed(
  conditions: Conditions,
  draft: { type: string; status: 'True' | 'False' | 'Unknown'; reason: string; message: string },
  nowMs: number,
): Conditions {
  return setWorkloadCondition<DeploymentCondition>(conditions, draft, nowMs, { lastUpdateTime: formatTime(nowMs) });
}
