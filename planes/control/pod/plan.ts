import { assert } from '../../../kernel/base/assert.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import type { ContainerState } from '../../../drivers/api/runtime.ts';
import type { Container, Pod, RestartPolicy } from '../../../kernel/schema/standard/types.ts';
import type { BackOff } from '../pod-runtime/back-off.ts';

/** What a container is to its pod. `sidecar`: an init container with restartPolicy Always, which keeps running. */
export type ContainerRole = 'init' | 'sidecar' | 'main';

/** What probes say of a running container; without probes a running one is started and ready. */
export interface Health {
  readonly started: boolean;
  readonly ready: boolean;
  /** Set when the liveness or startup probe gave the container up: why, for people. */
  readonly givenUp?: string;
}

/** What is known of one container of a pod. */
export interface ContainerFacts {
  readonly container: Container;
  readonly role: ContainerRole;
  /** Its newest run, as the driver or, when that lost its records, as the status has it; absent before the first. */
  readonly current: ContainerState | undefined;
  /** The run before that, if the driver still has it. */
  readonly previous: ContainerState | undefined;
  /** Of the current run, when it runs. */
  readonly health: Health;
  /** Counted ends; set whenever the current run has ended. */
  readonly backOff: BackOff | undefined;
  /** Being stopped already. */
  readonly isStopping: boolean;
}

/** What the planner looks at. */
export interface PodFacts {
  readonly pod: Pod;
  /** In the order of the spec, init containers first. */
  readonly containers: readonly ContainerFacts[];
  readonly nowMs: number;
}

/** One thing to do. */
export type PodAction =
  | { readonly kind: 'start'; readonly facts: ContainerFacts; readonly attempt: number }
  | { readonly kind: 'stop'; readonly facts: ContainerFacts; readonly id: string; readonly message: string };

/** What happens to a container that does not run. */
export type ContainerFate =
  /** It is to be started now. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'backingOff'; readonly untilMs: number; readonly delayMs: number }
  /** Others go first. */
  | { readonly kind: 'notYet' }
  /** It stays ended. */
  | { readonly kind: 'done'; readonly ok: boolean };

/** What to do with a pod that is to run. */
export interface PodPlan {
  readonly actions: readonly PodAction[];
  /** Per container name, for those that do not run. */
  readonly fates: ReadonlyMap<string, ContainerFate>;
  /** All init containers are through and all sidecars have started. */
  readonly isInitialized: boolean;
  /** When the next back-off or deadline ends. */
  readonly nextAtMs?: number;
  /** The pod is over: its phase for good. Set with a reason when the deadline ended it. */
  readonly end?: { readonly phase: 'Succeeded' | 'Failed'; readonly reason?: string; readonly message?: string };
}

/**
 * Decides what to start and stop so that a pod that was not deleted runs as its spec says. Pure and level-triggered:
 * whatever was lost, the next plan follows from what is there (Kubernetes `computePodActions`).
 */
export function planPod(facts: PodFacts): PodPlan {
  const { pod, containers, nowMs } = facts;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const end = endOf(facts, policy);
  if (end !== undefined) return planEnd(containers, end);
  const actions: PodAction[] = [];
  const fates = new Map<string, ContainerFate>();
  const inits = containers.filter(({ role }) => role !== 'main');
  const mains = containers.filter(({ role }) => role === 'main');
  // Once a main container has run, the init containers are through, even if their records are gone.
  const wasInitialized = mains.some((main) => main.current !== undefined);
  let isInitialized = true;
  for (const init of inits) {
    if (!isInitialized) {
      if (!isRunning(init)) fates.set(init.container.name, { kind: 'notYet' });
      continue;
    }
    if (init.role === 'init' && wasInitialized) {
      if (!isRunning(init)) fates.set(init.container.name, { kind: 'done', ok: true });
      continue;
    }
    decide(init, init.role === 'sidecar' ? 'Always' : initPolicy(policy), nowMs, { actions, fates });
    isInitialized = wasInitialized || isThrough(init);
  }
  for (const main of mains) {
    if (isInitialized) decide(main, policy, nowMs, { actions, fates });
    else if (!isRunning(main)) fates.set(main.container.name, { kind: 'notYet' });
  }
  const nextAtMs = nextTime(pod, fates);
  return { actions, fates, isInitialized, ...(nextAtMs === undefined ? {} : { nextAtMs }) };
}

/** True while the newest run of the container runs. */
export function isRunning({ current }: ContainerFacts): boolean {
  return current?.status === 'running';
}

/** Exit code of an ended run; a run that left none counts as killed. */
export function exitCodeOf(run: ContainerState): number {
  return run.exitCode ?? 137;
}

interface Decisions {
  readonly actions: PodAction[];
  readonly fates: Map<string, ContainerFate>;
}

function decide(facts: ContainerFacts, policy: RestartPolicy, nowMs: number, into: Decisions): void {
  const { container, current, health, isStopping, backOff } = facts;
  if (isRunning(facts)) {
    if (health.givenUp !== undefined && !isStopping && current !== undefined) {
      into.actions.push({ kind: 'stop', facts, id: current.id, message: health.givenUp });
    }
    return;
  }
  if (current !== undefined && !restarts(policy, exitCodeOf(current))) {
    into.fates.set(container.name, { kind: 'done', ok: exitCodeOf(current) === 0 });
    return;
  }
  const untilMs = restartAtMs(facts, nowMs);
  if (untilMs > nowMs) {
    into.fates.set(container.name, { kind: 'backingOff', untilMs, delayMs: backOff?.delayMs ?? 0 });
    return;
  }
  into.fates.set(container.name, { kind: 'starting' });
  into.actions.push({ kind: 'start', facts, attempt: current === undefined ? 0 : current.attempt + 1 });
}

/** An end in the future means that the clock was set back: nobody knows how long ago it was, so nothing is waited for. */
function restartAtMs({ current, backOff }: ContainerFacts, nowMs: number): number {
  const endedMs = current?.finishedAtMs;
  return endedMs === undefined || endedMs > nowMs ? nowMs : endedMs + (backOff?.delayMs ?? 0);
}

/** Init containers run until they succeed; with policy Never one failure ends the pod. */
function initPolicy(policy: RestartPolicy): RestartPolicy {
  return policy === 'Never' ? 'Never' : 'OnFailure';
}

function restarts(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function isThrough(facts: ContainerFacts): boolean {
  const { current, role, health } = facts;
  if (role === 'sidecar') return isRunning(facts) && health.started;
  return current !== undefined && !isRunning(facts) && exitCodeOf(current) === 0;
}

/** Whether the pod is over (Kubernetes `getPhase`), from its phase, its deadline or its containers. */
function endOf({ pod, containers, nowMs }: PodFacts, policy: RestartPolicy): PodPlan['end'] {
  const { phase, reason, message } = pod.status ?? {};
  if (phase === 'Succeeded' || phase === 'Failed') {
    return { phase, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) };
  }
  const deadlineMs = deadlineOf(pod);
  if (deadlineMs !== undefined && deadlineMs <= nowMs) {
    const text = 'Pod was active on the node longer than the specified deadline';
    return { phase: 'Failed', reason: 'DeadlineExceeded', message: text };
  }
  if (policy === 'Always') return undefined;
  const ended = ({ current }: ContainerFacts) => current !== undefined && current.status !== 'running';
  const failedInit = containers.find(
    (facts) => facts.role === 'init' && ended(facts) && facts.current !== undefined && exitCodeOf(facts.current) !== 0,
  );
  if (failedInit !== undefined && policy === 'Never') return { phase: 'Failed' };
  const mains = containers.filter(({ role }) => role === 'main');
  const codes = mains.map((facts) =>
    ended(facts) && facts.current !== undefined ? exitCodeOf(facts.current) : undefined,
  );
  if (codes.some((code) => code === undefined || (policy === 'OnFailure' && code !== 0))) return undefined;
  return { phase: codes.every((code) => code === 0) ? 'Succeeded' : 'Failed' };
}

/** Nothing is started any more; what still runs (sidecars, containers past a deadline) is stopped. */
function planEnd(containers: readonly ContainerFacts[], end: NonNullable<PodPlan['end']>): PodPlan {
  const actions: PodAction[] = [];
  const fates = new Map<string, ContainerFate>();
  for (const facts of containers) {
    const { container, current, isStopping } = facts;
    if (isRunning(facts)) {
      assert(current !== undefined, 'A running container has a run');
      if (!isStopping) actions.push({ kind: 'stop', facts, id: current.id, message: 'The pod has ended' });
    } else {
      fates.set(container.name, { kind: 'done', ok: current === undefined || exitCodeOf(current) === 0 });
    }
  }
  return { actions, fates, isInitialized: true, end };
}

function deadlineOf(pod: Pod): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  const startedMs = parseTime(pod.status?.startTime);
  return seconds === undefined || startedMs === undefined ? undefined : startedMs + seconds * 1000;
}

function nextTime(pod: Pod, fates: ReadonlyMap<string, ContainerFate>): number | undefined {
  const times = [...fates.values()].flatMap((fate) => (fate.kind === 'backingOff' ? [fate.untilMs] : []));
  const deadlineMs = deadlineOf(pod);
  if (deadlineMs !== undefined) times.push(deadlineMs);
  return times.length === 0 ? undefined : Math.min(...times);
}
