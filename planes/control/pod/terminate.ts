import type { ContainerState as Run } from '../../../drivers/api/runtime.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import type { Outcome } from '../../../kernel/controller/outcome.ts';
import type { Container, Pod } from '../../../kernel/schema/standard/types.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import { ignoringGone } from '../workload/adopt.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { nameOf } from '../workload/watch.ts';
import { factsOf, readLastLines } from './facts.ts';
import { type ContainerFacts, type PodPlan, exitCodeOf, isRunning } from './plan.ts';
import { runHook } from './probing.ts';
import { podStatusOf } from './status.ts';
import { podKind } from './type.ts';

/** Longest wait for the service proxy to confirm that it sends nothing to the pod any more. */
export const drainMsMax = 5_000;

/**
 * Ends a deleted pod: waits until the service proxy has no backend in it, stops its containers (preStop, TERM, KILL
 * after the grace), sidecars last, removes what they left, and lets the object go.
 */
export async function terminatePod(pass: Pass<Pod>, keeper: PodKeeper): Promise<Outcome> {
  const { object: pod } = pass;
  const containers = factsOf(pod, keeper);
  const running = containers.filter(isRunning);
  if (running.length === 0) return finish(pass, keeper);
  const drainLeftMs = timeToDrain(pass, running, keeper);
  if (drainLeftMs > 0) return { kind: 'waiting', afterMs: drainLeftMs, reason: 'Draining' };
  const mains = running.filter(({ role }) => role !== 'sidecar');
  for (const facts of mains.length > 0 ? mains : running.slice(-1)) order(pass, facts, keeper);
  await report(pass, containers, keeper);
  return { kind: 'waiting', afterMs: graceLeftMs(pass) + drainMsMax, reason: 'Terminating' };
}

/** Milliseconds the pod should still be given to leave the service proxy; 0 once it has, or took too long. */
function timeToDrain({ object: pod, clock }: Pass<Pod>, running: readonly ContainerFacts[], keeper: PodKeeper): number {
  const { uid, namespace = '', name } = pod.metadata;
  if (running.some(({ isStopping }) => isStopping)) return 0;
  if (keeper.options.gate.serves(uid) === false || pod.metadata.deletionGracePeriodSeconds === 0) return 0;
  const sinceMs = keeper.drain(uid, `${namespace}/${name}`);
  return Math.max(0, sinceMs + drainMsMax - clock.monotonicMs());
}

/** Orders one container to be stopped; a shorter grace than ordered before replaces that. */
function order(pass: Pass<Pod>, { container, current, isStopping }: ContainerFacts, keeper: PodKeeper): void {
  if (current === undefined) return;
  if (!isStopping) pass.event({ type: 'Normal', reason: 'Killing', message: `Stopping container ${container.name}` });
  const graceMs = graceLeftMs(pass);
  const preStop = preStopOf(pass.object, container, current, { keeper, graceMs });
  keeper.stopper.stop(current, {
    graceMs,
    ...(preStop === undefined ? {} : { preStop }),
    done: keeper.doneWith(current.podName),
  });
}

function preStopOf(
  pod: Pod,
  { name, lifecycle }: Container,
  run: Run,
  { keeper, graceMs }: { readonly keeper: PodKeeper; readonly graceMs: number },
): ((signal: AbortSignal) => Promise<void>) | undefined {
  const hook = lifecycle?.preStop;
  if (hook === undefined) return undefined;
  return async (signal) => {
    const result = await runHook(pod, run, hook, { keeper, signal, timeoutMs: graceMs });
    if (result.ok) return;
    const message = `PreStopHook of container ${name} failed: ${result.message}`;
    keeper.notify(run.podName, { type: 'Warning', reason: 'FailedPreStopHook', message });
  };
}

/**
 * Time until the containers are killed: `deletionTimestamp` is when the grace ends, and a clock that was set back does
 * not make it longer than it was.
 */
function graceLeftMs({ object: { metadata }, clock }: Pass<Pod>): number {
  const endMs = parseTime(metadata.deletionTimestamp);
  const graceMs = (metadata.deletionGracePeriodSeconds ?? 0) * 1_000;
  return endMs === undefined ? 0 : Math.min(graceMs, Math.max(0, endMs - clock.nowMs()));
}

async function report(pass: Pass<Pod>, containers: readonly ContainerFacts[], keeper: PodKeeper): Promise<void> {
  const { object: pod, clock } = pass;
  const { runtime, address } = keeper.options;
  await readLastLines(pod, keeper, pass.signal);
  const plan = planAtEnd(pod, containers);
  replaceStatus(
    pass.status,
    podStatusOf({
      pod,
      containers,
      plan,
      obstacles: new Map(),
      lastLines: keeper.lastLines,
      runtimeName: runtime.name,
      address,
      nowMs: clock.nowMs(),
    }),
  );
}

/** What ended stays ended; a phase that was reached stays. */
function planAtEnd({ status }: Pod, containers: readonly ContainerFacts[]): PodPlan {
  const ended = containers.filter((facts) => !isRunning(facts));
  const fates = ended.map(({ container, current }) => {
    const ok = current === undefined || exitCodeOf(current) === 0;
    return [container.name, { kind: 'done', ok }] as const;
  });
  const phase = status?.phase;
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  return { actions: [], fates: new Map(fates), isInitialized: true, ...(isOver ? { end: { phase } } : {}) };
}

/** Nothing runs any more: its volumes and records go, then the object. */
async function finish(pass: Pass<Pod>, keeper: PodKeeper): Promise<Outcome> {
  const { object: pod, signal } = pass;
  const { uid } = pod.metadata;
  const { runtime, volumes } = keeper.options;
  keeper.release(uid);
  await volumes.remove(uid, signal);
  for (const run of keeper.book.runsOf(uid)) await runtime.remove(run.id, signal);
  await keeper.book.refresh(signal);
  if (pod.metadata.deletionGracePeriodSeconds === 0) {
    const message = `finalizers remain: ${(pod.metadata.finalizers ?? []).join(', ')}`;
    return { kind: 'waiting', afterMs: finalizersMs, reason: 'FinalizersRemain', message };
  }
  const options = { gracePeriodSeconds: 0, preconditions: { uid } };
  await ignoringGone(() => pass.client.delete(podKind, nameOf(pod), options, signal));
  return { kind: 'waiting', afterMs: finalizersMs, reason: 'Terminating' };
}

/** A look at a pod others keep; the change of its finalizers brings one earlier. */
const finalizersMs = 600_000;
