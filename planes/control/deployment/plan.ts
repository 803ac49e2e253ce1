import type { Draft } from '../../../kernel/meta/object.ts';
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { controllerReference } from '../workload/ownership.ts';
import { isPodActive, isPodAvailable, isPodEnded, nextAvailableMs } from '../workload/pod-state.ts';
import { templateHash, templateHashLabel } from '../workload/template.ts';
import {
  copiedAnnotations,
  createdAtMs,
  desiredReplicasAnnotation,
  findNewest,
  maxReplicasAnnotation,
  planHistoryCleanup,
  planRevision,
  revisionAnnotation,
  revisionAnnotations,
} from './revision.ts';
import {
  type RolloutBounds,
  type RolloutState,
  type ScaleStep,
  type SetCounts,
  activeSets,
  isDraining,
  planProportionalScale,
  planRecreateStep,
  planRollingStep,
  resolveFenceposts,
} from './rollout.ts';
import { planStatus } from './status.ts';

/** What the planner looks at. */
export interface DeploymentFacts {
  readonly deployment: Deployment;
  /** ReplicaSets the Deployment controls. */
  readonly sets: readonly ReplicaSet[];
  /** Pods of each ReplicaSet, by its uid; terminating ones included. */
  readonly podsBySet: ReadonlyMap<string, readonly Pod[]>;
  readonly nowMs: number;
}

/** One thing to do. Carried out in order; stopping after any of them is safe. */
export type DeploymentAction =
  | { readonly kind: 'create'; readonly replicaSet: Draft<ReplicaSet>; readonly replicas: number }
  | {
      readonly kind: 'update';
      readonly replicaSet: ReplicaSet;
      /** Absent: keep the number. */
      readonly replicas?: number;
      readonly annotations: Readonly<Record<string, string>>;
      readonly minReadySeconds?: number;
    }
  | { readonly kind: 'delete'; readonly replicaSet: ReplicaSet }
  /** Sets annotations of the Deployment itself. */
  | { readonly kind: 'annotate'; readonly annotations: Readonly<Record<string, string>> };

/** What to do now, what to report, and when time alone may change either. */
export interface DeploymentPlan {
  readonly actions: readonly DeploymentAction[];
  readonly status: DeploymentStatus;
  readonly nextAtMs?: number;
}

/**
 * Decides one step of a Deployment: a pure function of what is stored and the time. Doing what it says and planning
 * again leads to a plan without actions. Semantics are those of the Kubernetes Deployment controller; where it counts
 * on reported numbers, this looks at the pods themselves.
 */
export function planDeployment(facts: DeploymentFacts): DeploymentPlan {
  const { deployment, sets, podsBySet, nowMs } = facts;
  const newest = findNewest(deployment, sets);
  const old = sets.filter((set) => set !== newest);
  const bounds = boundsOf(deployment);
  const actions = deployment.metadata.deletionTimestamp === undefined ? planActions(facts, newest, old) : [];
  const created = actions.find((action) => action.kind === 'create');
  const pods = sets.flatMap((set) => podsBySet.get(set.metadata.uid) ?? []);
  const updatedPods = newest === undefined ? [] : (podsBySet.get(newest.metadata.uid) ?? []);
  const name = newest?.metadata.name ?? created?.replicaSet.metadata?.name;
  const current = name === undefined ? undefined : { name, isNew: created !== undefined };
  const { status, deadlineMs } = planStatus({ deployment, newest: current, sets, updatedPods, pods, bounds, nowMs });
  const availableMs = nextAvailableMs(pods, deployment.spec?.minReadySeconds ?? 0, nowMs);
  const times = [deadlineMs, availableMs].filter((time) => time !== undefined);
  return { actions, status, ...(times.length === 0 ? {} : { nextAtMs: Math.min(...times) }) };
}

function planActions(
  facts: DeploymentFacts,
  newest: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): readonly DeploymentAction[] {
  const { deployment } = facts;
  const isPaused = deployment.spec?.paused === true;
  const state = rolloutState(facts, newest, old);
  const isScaling = isScaleEvent(facts);
  const empty: SetCounts = { id: '', wanted: 0, existing: 0, available: 0, createdAtMs: facts.nowMs };
  const creates = newest === undefined && !isPaused && !isScaling;
  const steps =
    isPaused || isScaling
      ? planScale(state, isScaling)
      : planRollout(facts, { ...state, newest: state.newest ?? empty }, old);
  const revision = newest !== undefined || creates ? planRevision(newest, old) : undefined;
  // As long as pods on their way out keep a scale event from its goal, the old number stays on record.
  const marks = isScaling && isDraining(state) ? {} : scaleAnnotations(deployment);
  const stepOf = (set: ReplicaSet) => steps.find((step) => step.id === set.metadata.uid);
  const hasPods = (set: ReplicaSet) => (facts.podsBySet.get(set.metadata.uid) ?? []).length > 0;
  const cleanup = isPaused ? [] : planHistoryCleanup(old, deployment.spec?.revisionHistoryLimit ?? 10, hasPods);
  const created = creates
    ? [planCreate(deployment, steps.find((step) => step.id === '')?.replicas ?? 0, revision)]
    : [];
  // Old ReplicaSets first: what the newest gains may be what they give up.
  return [
    ...old.flatMap((set) => planUpdate(deployment, set, { step: stepOf(set), revision: undefined, marks })),
    ...(newest === undefined ? [] : planUpdate(deployment, newest, { step: stepOf(newest), revision, marks })),
    ...created,
    ...annotateDeployment(deployment, revision),
    ...cleanup.map((replicaSet) => ({ kind: 'delete', replicaSet }) as const),
  ];
}

function boundsOf(deployment: Deployment): RolloutBounds {
  const { rollingUpdate } = deployment.spec?.strategy ?? {};
  if (isRecreate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const desired = deployment.spec?.replicas ?? 1;
  return resolveFenceposts(rollingUpdate?.maxSurge ?? '25%', rollingUpdate?.maxUnavailable ?? '25%', desired);
}

function rolloutState(
  { deployment, podsBySet, nowMs }: DeploymentFacts,
  newest: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): RolloutState {
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const countsOf = (set: ReplicaSet): SetCounts => {
    const pods = podsBySet.get(set.metadata.uid) ?? [];
    return {
      id: set.metadata.uid,
      wanted: set.spec?.replicas ?? 1,
      existing: pods.filter(isPodActive).length,
      available: pods.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length,
      createdAtMs: createdAtMs(set),
    };
  };
  return {
    desired: deployment.spec?.replicas ?? 1,
    ...boundsOf(deployment),
    newest: newest === undefined ? undefined : countsOf(newest),
    old: old.map(countsOf),
  };
}

function isRecreate(deployment: Deployment): boolean {
  return deployment.spec?.strategy?.type === 'Recreate';
}

/** A change of `spec.replicas`: followed before anything is rolled out (Kubernetes `syncDeployment`). */
function planScale(state: RolloutState, isScaling: boolean): readonly ScaleStep[] {
  const active = activeSets(state);
  if (active.length > 1) return isScaling ? planProportionalScale(state) : [];
  const only = active[0] ?? state.newest ?? state.old.at(-1);
  return only === undefined ? [] : scaleOnly(state, only);
}

function planRollout(facts: DeploymentFacts, state: RolloutState, old: readonly ReplicaSet[]): readonly ScaleStep[] {
  return isRecreate(facts.deployment) ? planRecreateStep(state, hasUnendedPods(facts, old)) : planRollingStep(state);
}

/** The only active ReplicaSet follows the Deployment, as far as pods on their way out leave room. */
function scaleOnly(state: RolloutState, only: SetCounts): readonly ScaleStep[] {
  return planRollingStep({
    ...state,
    newest: only,
    old: [...state.old, ...(state.newest === undefined ? [] : [state.newest])].filter((set) => set.id !== only.id),
  });
}

function isScaleEvent({ deployment, sets }: DeploymentFacts): boolean {
  if (isRecreate(deployment)) return false;
  const desired = String(deployment.spec?.replicas ?? 1);
  return sets.some((set) => {
    const before = set.metadata.annotations?.[desiredReplicasAnnotation];
    return (set.spec?.replicas ?? 0) > 0 && before !== undefined && before !== desired;
  });
}

/** Recreate waits until nothing of the old version runs; terminating pods still run. */
function hasUnendedPods({ podsBySet }: DeploymentFacts, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => (podsBySet.get(set.metadata.uid) ?? []).some((pod) => !isPodEnded(pod)));
}

/** The ReplicaSet of the current template. Its name is the same in every pass, so that it is never made twice. */
function planCreate(deployment: Deployment, replicas: number, revision = 1): DeploymentAction {
  const { spec, metadata, status } = deployment;
  const hash = templateHash(spec?.template ?? {}, status?.collisionCount);
  const labels = { ...spec?.template.metadata?.labels, [templateHashLabel]: hash };
  const annotations = {
    ...copiedAnnotations(deployment),
    ...scaleAnnotations(deployment),
    [revisionAnnotation]: String(revision),
  };
  const replicaSet: Draft<ReplicaSet> = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations,
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec?.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector.matchLabels, [templateHashLabel]: hash } },
      template: { ...spec?.template, metadata: { ...spec?.template.metadata, labels } },
    },
  };
  return { kind: 'create', replicaSet, replicas };
}

function scaleAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const desired = deployment.spec?.replicas ?? 1;
  return {
    [desiredReplicasAnnotation]: String(desired),
    [maxReplicasAnnotation]: String(desired + boundsOf(deployment).maxSurge),
  };
}

interface SetChanges {
  readonly step: ScaleStep | undefined;
  /** Given for the newest ReplicaSet only. */
  readonly revision: number | undefined;
  readonly marks: Readonly<Record<string, string>>;
}

function planUpdate(deployment: Deployment, set: ReplicaSet, changes: SetChanges): readonly DeploymentAction[] {
  const { step, revision, marks } = changes;
  const isActive = (step?.replicas ?? set.spec?.replicas ?? 0) > 0;
  const wanted = {
    ...(isActive || step !== undefined ? marks : {}),
    ...(revision === undefined ? {} : { ...copiedAnnotations(deployment), ...revisionAnnotations(set, revision) }),
  };
  const annotations = changedEntries(wanted, set.metadata.annotations);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const updatesMinReady = revision !== undefined && (set.spec?.minReadySeconds ?? 0) !== minReadySeconds;
  if (step === undefined && Object.keys(annotations).length === 0 && !updatesMinReady) return [];
  return [
    {
      kind: 'update',
      replicaSet: set,
      annotations,
      ...(step === undefined ? {} : { replicas: step.replicas }),
      ...(updatesMinReady ? { minReadySeconds } : {}),
    },
  ];
}

function annotateDeployment(deployment: Deployment, revision: number | undefined): readonly DeploymentAction[] {
  if (revision === undefined) return [];
  const annotations = changedEntries({ [revisionAnnotation]: String(revision) }, deployment.metadata.annotations);
  return Object.keys(annotations).length === 0 ? [] : [{ kind: 'annotate', annotations }];
}

function changedEntries(
  wanted: Readonly<Record<string, string>>,
  current: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => current?.[name] !== value));
}
