import { DriverError } from '../../../drivers/api/runtime.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { errorText } from '../../../kernel/meta/errors.ts';
import type { ObjectRef } from '../../../kernel/meta/object.ts';
import type { Pod, PodStatus } from '../../../kernel/schema/standard/types.ts';
import { MissingInput } from '../pod-runtime/missing-input.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { factsOf, listenDeadlineMs, readLastLines } from './facts.ts';
import { type ContainerFacts, type PodAction, type PodPlan, planPod } from './plan.ts';
import { type VolumeFolders, ensureHostPorts, ensureVolumes } from './prepare.ts';
import { syncProbes } from './probing.ts';
import { type StartOrder, startContainer } from './start.ts';
import { type WaitReason, podStatusOf, podText } from './status.ts';
import { terminatePod } from './terminate.ts';

/** Looked at again after this long when something is missing that no watch reports (disk space, ports). */
const obstacleRetryMs = 10_000;

/** A look at a pod that waits for its probes; they bring one on when they have something to say. */
const idleMs = 600_000;

/** Makes one pod of this host run as its spec says, or go away once it was deleted. */
export async function reconcilePod(pass: Pass<Pod>, keeper: PodKeeper): Promise<Outcome> {
  const { object: pod } = pass;
  if (pod.spec?.nodeName !== keeper.options.nodeName) return settled;
  const podName = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  await keeper.book.load(pass.signal);
  for (const notice of keeper.takeNotices(podName)) pass.event(notice);
  // A pod of the same name that was deleted without our having stopped it.
  keeper.abandon(keeper.book.runsNamed(podName).filter((run) => run.podUid !== pod.metadata.uid));
  return pod.metadata.deletionTimestamp === undefined ? runPod(pass, keeper) : terminatePod(pass, keeper);
}

async function runPod(pass: Pass<Pod>, keeper: PodKeeper): Promise<Outcome> {
  const { clock } = pass;
  let containers = factsOf(pass.object, keeper);
  let plan = planPod({ pod: pass.object, containers, nowMs: clock.nowMs() });
  const { pod, obstacles } = await carryOut(pass, plan, keeper);
  if (plan.actions.length > 0) {
    await keeper.book.refresh(pass.signal);
    containers = factsOf(pod, keeper);
    plan = planPod({ pod, containers, nowMs: clock.nowMs() });
  }
  syncProbes(pod, containers, keeper);
  await readLastLines(pod, keeper, pass.signal);
  await dropOldRuns(pass, containers, keeper);
  const status = podStatusOf({
    pod,
    containers,
    plan,
    obstacles: new Map(Array.from(obstacles, ([name, { wait }]) => [name, wait])),
    lastLines: keeper.lastLines,
    runtimeName: keeper.options.runtime.name,
    address: keeper.options.address,
    nowMs: clock.nowMs(),
  });
  reportBackOffs(pass, status);
  replaceStatus(pass.status, status);
  const outcome = outcomeOf({ dueMs: dueOf(plan, containers, clock.nowMs()), obstacles, status });
  const renewAtMs = plan.end === undefined ? keeper.tokens.renewAtMs(pod.metadata.uid) : undefined;
  return untilRenewal(outcome, renewAtMs, clock.nowMs());
}

/** Looks again when a token has to be renewed, at the latest. */
function untilRenewal(outcome: Outcome, renewAtMs: number | undefined, nowMs: number): Outcome {
  if (renewAtMs === undefined) return outcome;
  // It may be overdue, since something else that its volumes need is missing.
  const renewInMs = Math.max(renewAtMs - nowMs, obstacleRetryMs);
  if (outcome.kind === 'settled') return { kind: 'settled', againAfterMs: renewInMs };
  return outcome.kind === 'waiting' ? { ...outcome, afterMs: Math.min(outcome.afterMs, renewInMs) } : outcome;
}

/** Time until something changes with nothing but time passing; `undefined` when nothing does. */
function dueOf(plan: PodPlan, containers: readonly ContainerFacts[], nowMs: number): number | undefined {
  const listening = containers.flatMap(({ container, current, health }) =>
    current?.status === 'running' && !health.ready ? [listenDeadlineMs(container, current, nowMs)] : [],
  );
  const times = [plan.nextAtMs, ...listening].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - nowMs);
}

/** What keeps a container from starting, and what that waits for. */
interface Obstacle {
  readonly wait: WaitReason;
  readonly on: readonly ObjectRef[];
}

/** What carrying out a plan came to. */
interface Carried {
  /** With its host ports, once it has them. */
  readonly pod: Pod;
  readonly obstacles: ReadonlyMap<string, Obstacle>;
}

async function carryOut(pass: Pass<Pod>, plan: PodPlan, keeper: PodKeeper): Promise<Carried> {
  const obstacles = new Map<string, Obstacle>();
  const starts = plan.actions.filter((action) => action.kind === 'start');
  for (const action of plan.actions) if (action.kind === 'stop') stopContainer(pass, action, keeper);
  // Volumes of running containers follow their ConfigMaps too, so this happens in every pass.
  const prepared = plan.end === undefined ? await prepare(pass, keeper) : undefined;
  if (prepared?.kind === 'missing') reportMissing(pass, starts.length > 0 ? prepared.obstacle : undefined);
  for (const { facts, attempt } of starts) {
    const { container } = facts;
    const obstacle =
      prepared?.kind === 'ready'
        ? await tryToStart(pass, { ...prepared, container, attempt }, keeper)
        : prepared?.obstacle;
    if (obstacle !== undefined) obstacles.set(container.name, obstacle);
  }
  return { pod: prepared?.kind === 'ready' ? prepared.pod : pass.object, obstacles };
}

/** Starts a container unless the runtime refused that a moment ago. */
async function tryToStart(pass: Pass<Pod>, order: StartOrder, keeper: PodKeeper): Promise<Obstacle | undefined> {
  const key = `${order.pod.metadata.uid}/${order.container.name}`;
  const nowMs = pass.clock.monotonicMs();
  const refused = keeper.refusedStarts.get(key);
  if (refused !== undefined && refused.untilMs > nowMs) return refusal(refused.message);
  const obstacle = await tryTo(pass, () => startContainer(pass, order, keeper));
  keeper.refusedStarts.delete(key);
  if (obstacle === undefined) return undefined;
  const { reason, message } = obstacle.wait;
  // What is missing in the API is watched; what the runtime refuses is only known by asking again.
  if (reason === refusedReason) keeper.refusedStarts.set(key, { message, untilMs: nowMs + obstacleRetryMs });
  pass.event({ type: 'Warning', reason: 'Failed', message: `Error: ${message}` });
  return obstacle;
}

/** Reason of a container that the runtime did not start, as upstream has it. */
const refusedReason = 'RunContainerError';

function refusal(message: string): Obstacle {
  return { wait: { reason: refusedReason, message }, on: [] };
}

type Prepared =
  | { readonly kind: 'ready'; readonly pod: Pod; readonly folders: VolumeFolders }
  | { readonly kind: 'missing'; readonly obstacle: Obstacle };

async function prepare(pass: Pass<Pod>, keeper: PodKeeper): Promise<Prepared> {
  let ready: { pod: Pod; folders: VolumeFolders } | undefined;
  const obstacle = await tryTo(pass, async () => {
    const pod = await ensureHostPorts(pass, keeper);
    ready = { pod, folders: await ensureVolumes(pass, keeper) };
  });
  if (obstacle !== undefined || ready === undefined) {
    return { kind: 'missing', obstacle: obstacle ?? { wait: { reason: 'ContainerCreating', message: '' }, on: [] } };
  }
  return { kind: 'ready', ...ready };
}

/** Runs a step; what it lacks is an obstacle, not a failure. */
async function tryTo(pass: Pass<Pod>, step: () => Promise<void>): Promise<Obstacle | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    if (error instanceof MissingInput) {
      const namespace = pass.object.metadata.namespace ?? '';
      return {
        wait: { reason: error.reason, message: error.message },
        on: error.on === undefined ? [] : [{ ...error.on, namespace }],
      };
    }
    if (!(error instanceof DriverError)) throw error;
    pass.log.warn('container not started', { error: errorText(error), code: error.code });
    return refusal(errorText(error));
  }
}

function reportMissing(pass: Pass<Pod>, obstacle: Obstacle | undefined): void {
  if (obstacle === undefined) return;
  const { reason, message } = obstacle.wait;
  pass.event({ type: 'Warning', reason: reason === 'ContainerCreating' ? 'FailedMount' : 'Failed', message });
}

function stopContainer(
  pass: Pass<Pod>,
  { facts, id, message }: PodAction & { readonly kind: 'stop' },
  keeper: PodKeeper,
): void {
  const { container, current } = facts;
  if (current?.id !== id) return;
  const probeSeconds = container.livenessProbe?.terminationGracePeriodSeconds;
  const seconds = probeSeconds ?? pass.object.spec?.terminationGracePeriodSeconds ?? 30;
  pass.event({ type: 'Normal', reason: 'Killing', message });
  keeper.stopper.stop(current, { graceMs: seconds * 1000, done: keeper.doneWith(current.podName) });
}

/** The driver keeps the current run and the one before (`kubectl logs --previous`); older ones go. */
async function dropOldRuns(pass: Pass<Pod>, containers: readonly ContainerFacts[], keeper: PodKeeper): Promise<void> {
  const keep = new Set(containers.flatMap(({ current, previous }) => [current?.id, previous?.id]));
  for (const run of keeper.book.runsOf(pass.object.metadata.uid)) {
    if (run.status === 'running' || keep.has(run.id)) continue;
    await keeper.options.runtime.remove(run.id, pass.signal);
    keeper.lastLines.delete(run.id);
  }
}

/** An event for every container that has just begun to back off. */
function reportBackOffs(pass: Pass<Pod>, status: PodStatus): void {
  const before = pass.object.status?.containerStatuses ?? [];
  for (const { name, state, containerID } of status.containerStatuses ?? []) {
    if (state?.waiting?.reason !== 'CrashLoopBackOff') continue;
    const known = before.find((other) => other.name === name);
    if (known?.state?.waiting?.reason === 'CrashLoopBackOff' && known.containerID === containerID) continue;
    const message = `Back-off restarting failed container ${name} in pod ${podText(pass.object)}`;
    pass.event({ type: 'Warning', reason: 'BackOff', message });
  }
}

interface PassResult {
  readonly dueMs: number | undefined;
  readonly obstacles: ReadonlyMap<string, Obstacle>;
  readonly status: PodStatus;
}

function outcomeOf({ dueMs, obstacles, status }: PassResult): Outcome {
  const [obstacle] = obstacles.values();
  if (obstacle !== undefined) {
    const afterMs = Math.min(dueMs ?? obstacleRetryMs, obstacleRetryMs);
    return { kind: 'waiting', afterMs, ...obstacle.wait, on: obstacle.on };
  }
  const waiting = (status.containerStatuses ?? []).find(({ state }) => state?.waiting !== undefined)?.state?.waiting;
  const unready = status.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False');
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (dueMs === undefined && (unready === undefined || isOver)) return settled;
  const { reason = 'Running', message = '' } = waiting ?? unready ?? {};
  return { kind: 'waiting', afterMs: dueMs ?? idleMs, reason, message };
}
