import { formatTime } from '../../../kernel/base/clock.ts';
import type { ContainerState as Run } from '../../../drivers/api/runtime.ts';
import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  PodCondition,
  PodPhase,
  PodStatus,
} from '../../../kernel/schema/standard/types.ts';
import { type ContainerFacts, type PodPlan, exitCodeOf, isRunning } from './plan.ts';
import { formatBackOff } from '../pod-runtime/back-off.ts';
import { qosClassOf } from '../pod-spec/qos.ts';

/** Why a container cannot be started now, as its waiting state says it. */
export interface WaitReason {
  readonly reason: string;
  readonly message: string;
}

/** What the status is worked out from. */
export interface PodStatusFacts {
  readonly pod: Pod;
  readonly containers: readonly ContainerFacts[];
  readonly plan: PodPlan;
  /** Per container name: what keeps it from starting. */
  readonly obstacles: ReadonlyMap<string, WaitReason>;
  /** Last line of output per ended run, by run id. */
  readonly lastLines: ReadonlyMap<string, string>;
  /** Driver that runs the pod, the scheme of container ids. */
  readonly runtimeName: string;
  /** Address of pod and host. */
  readonly address: string;
  readonly nowMs: number;
}

/** The status of a pod bound to this node, in the shapes the kubelet reports. */
export function podStatusOf(facts: PodStatusFacts): PodStatus {
  const { pod, containers, plan, address, nowMs } = facts;
  const statuses = new Map(containers.map((container) => [container, containerStatusOf(container, facts)]));
  const listed = (isInit: boolean) =>
    containers
      .filter(({ role }) => (role !== 'main') === isInit)
      .map((container) => statuses.get(container) as ContainerStatus);
  const inits = listed(true);
  const { status = {} } = pod;
  const { reason: _reason, message: _message, ...kept } = status;
  const phase = plan.end?.phase ?? phaseOf(containers);
  return {
    ...kept,
    phase,
    ...(plan.end?.reason === undefined ? {} : { reason: plan.end.reason }),
    ...(plan.end?.message === undefined ? {} : { message: plan.end.message }),
    observedGeneration: pod.metadata.generation ?? 1,
    conditions: conditionsOf(facts, phase, [...statuses.values()]),
    hostIP: address,
    hostIPs: [{ ip: address }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: status.startTime ?? formatTime(nowMs),
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits }),
    containerStatuses: listed(false),
    qosClass: pod.spec === undefined ? 'BestEffort' : qosClassOf(pod.spec),
  };
}

/** Id of a run as statuses show it: `process://<run id>`. */
export function containerIdOf(runtimeName: string, run: Run): string {
  return `${runtimeName}://${run.id}`;
}

function containerStatusOf(facts: ContainerFacts, all: PodStatusFacts): ContainerStatus {
  const { container, current, health } = facts;
  const running = isRunning(facts);
  const state = stateOf(facts, all);
  const last = lastRun(facts, state);
  return {
    name: container.name,
    state,
    lastState: last === undefined ? {} : { terminated: terminatedOf(last, all) },
    ready: running ? health.ready : facts.role === 'init' && state.terminated?.exitCode === 0,
    restartCount: current?.attempt ?? 0,
    image: container.image ?? '',
    imageID: '',
    ...(current === undefined ? {} : { containerID: containerIdOf(all.runtimeName, current) }),
    started: running && health.started,
  };
}

function stateOf(facts: ContainerFacts, all: PodStatusFacts): ContainerState {
  const { container, current } = facts;
  if (current?.status === 'running') return { running: { startedAt: formatTime(current.startedAtMs) } };
  const obstacle = all.obstacles.get(container.name);
  if (obstacle !== undefined) return { waiting: { ...obstacle } };
  const fate = all.plan.fates.get(container.name);
  switch (fate?.kind) {
    case 'backingOff': {
      const message = formatBackOff(fate.delayMs, container.name, podText(all.pod));
      return { waiting: { reason: 'CrashLoopBackOff', message } };
    }
    case 'done':
      return current === undefined
        ? { waiting: { reason: 'PodInitializing' } }
        : { terminated: terminatedOf(current, all) };
    case 'notYet':
      return { waiting: { reason: 'PodInitializing' } };
    case 'starting':
    case undefined:
      return { waiting: { reason: 'ContainerCreating' } };
  }
}

/** The run `lastState` is about: the current one once it has ended and is waited for, else the one before. */
function lastRun({ current, previous }: ContainerFacts, state: ContainerState): Run | undefined {
  if (current !== undefined && current.status !== 'running' && state.terminated === undefined) return current;
  return previous;
}

function terminatedOf(run: Run, { lastLines, runtimeName, nowMs }: PodStatusFacts): ContainerStateTerminated {
  const exitCode = exitCodeOf(run);
  const line = lastLines.get(run.id);
  const reason = run.status === 'lost' ? 'ContainerStatusUnknown' : exitCode === 0 ? 'Completed' : 'Error';
  return {
    exitCode,
    reason,
    ...(line === undefined || line === '' ? {} : { message: line }),
    startedAt: formatTime(run.startedAtMs),
    finishedAt: formatTime(run.finishedAtMs ?? Math.min(nowMs, run.startedAtMs)),
    containerID: containerIdOf(runtimeName, run),
  };
}

/** Pending until every main container has run once (Kubernetes `getPhase` for pods that are not over). */
function phaseOf(containers: readonly ContainerFacts[]): PodPhase {
  const mains = containers.filter(({ role }) => role === 'main');
  return mains.every(({ current }) => current !== undefined) ? 'Running' : 'Pending';
}

interface ConditionDraft {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

function conditionsOf(facts: PodStatusFacts, phase: PodPhase, statuses: readonly ContainerStatus[]): PodCondition[] {
  const { pod, containers, nowMs } = facts;
  const relocated = containers.some(({ current }) => current?.pathsRelocated === true);
  const unlimited = containers.some(({ current }) => current?.limitsIgnored === true);
  const drafts: readonly (ConditionDraft | undefined)[] = [
    initializedOf(facts, statuses),
    readyOf(facts, phase, statuses),
    containersReadyOf(facts, phase, statuses),
    { type: 'PodScheduled', status: 'True' },
    relocated ? relocatedCondition : undefined,
    unlimited ? unlimitedCondition : undefined,
  ];
  const own = new Set(['Initialized', 'Ready', 'ContainersReady', 'PodScheduled', 'PathsRelocated', 'LimitsIgnored']);
  const before = pod.status?.conditions ?? [];
  const foreign = before.filter(({ type }) => !own.has(type));
  const set = drafts.filter((draft) => draft !== undefined).map((draft) => withTransition(draft, before, nowMs));
  return [...set, ...foreign];
}

const relocatedCondition: ConditionDraft = {
  type: 'PathsRelocated',
  status: 'True',
  reason: 'NoMountNamespaces',
  message: 'This host allows no mount namespaces: mountPaths lie under $(PLANFORM_ROOT)',
};

const unlimitedCondition: ConditionDraft = {
  type: 'LimitsIgnored',
  status: 'True',
  reason: 'NotEnforceable',
  message: 'This host does not let the runtime enforce resources.limits',
};

function withTransition(draft: ConditionDraft, conditions: readonly PodCondition[], nowMs: number): PodCondition {
  const before = conditions.find(({ type }) => type === draft.type);
  const isSame = before?.status === draft.status && before.lastTransitionTime !== undefined;
  return { ...draft, lastTransitionTime: isSame ? (before.lastTransitionTime ?? '') : formatTime(nowMs) };
}

function initializedOf({ containers, plan }: PodStatusFacts, statuses: readonly ContainerStatus[]): ConditionDraft {
  if (plan.isInitialized) return { type: 'Initialized', status: 'True' };
  const names = statuses
    .filter(({ ready }, index) => containers[index]?.role !== 'main' && !ready)
    .map(({ name }) => name);
  const message = `containers with incomplete status: [${names.join(' ')}]`;
  return { type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyOf(
  { containers }: PodStatusFacts,
  phase: PodPhase,
  statuses: readonly ContainerStatus[],
): ConditionDraft {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unready = statuses
    .filter(({ ready }, index) => containers[index]?.role !== 'init' && !ready)
    .map(({ name }) => name);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function readyOf(facts: PodStatusFacts, phase: PodPhase, statuses: readonly ContainerStatus[]): ConditionDraft {
  const containersReady = { ...containersReadyOf(facts, phase, statuses), type: 'Ready' };
  if (containersReady.status === 'False') return containersReady;
  const { spec, status } = facts.pod;
  const unmet = (spec?.readinessGates ?? []).filter(
    ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status !== 'True',
  );
  if (unmet.length === 0) return containersReady;
  const message = unmet
    .map(
      ({ conditionType }) =>
        `corresponding condition of pod readiness gate "${conditionType}" does not exist or is not True.`,
    )
    .join(', ');
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message };
}

/** `hello-abc_default(uid)`, as the kubelet names a pod in messages. */
export function podText({ metadata }: Pod): string {
  return `${metadata.name}_${metadata.namespace ?? 'default'}(${metadata.uid})`;
}
