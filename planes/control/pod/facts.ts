import type { ContainerState as Run } from '../../../drivers/api/runtime.ts';
import { DriverError } from '../../../drivers/api/runtime.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import type { Container, ContainerPort, ContainerStatus, Pod } from '../../../kernel/schema/standard/types.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import type { ContainerFacts, ContainerRole, Health } from './plan.ts';
import { countEnd, parseBackOff, restoreBackOff } from '../pod-runtime/back-off.ts';

/** Most bytes of the last line of output kept in status. */
const lastLineBytesMax = 200;

/** What is known of the containers of a pod: from the runtime, from probes and, for what those lost, from status. */
export function factsOf(pod: Pod, keeper: PodKeeper): readonly ContainerFacts[] {
  const runs = keeper.book.runsOf(pod.metadata.uid);
  return containersOf(pod).map(({ container, role }) => {
    const own = runs.filter((run) => run.containerName === container.name).toSorted((a, b) => b.attempt - a.attempt);
    const status = statusOf(pod, container.name);
    const current = own[0] ?? runFromStatus(pod, status);
    return {
      container,
      role,
      current,
      previous: own[1],
      health: healthOf(pod, container, current, keeper),
      backOff: current === undefined || current.status === 'running' ? undefined : backOffOf(pod, current, keeper),
      isStopping: current !== undefined && keeper.stopper.isStopping(current.id),
    };
  });
}

/** Containers of a pod with what they are to it, init containers first. */
export function containersOf(pod: Pod): readonly { readonly container: Container; readonly role: ContainerRole }[] {
  const inits = (pod.spec?.initContainers ?? []).map((container) => ({
    container,
    role: container.restartPolicy === 'Always' ? ('sidecar' as const) : ('init' as const),
  }));
  return [...inits, ...(pod.spec?.containers ?? []).map((container) => ({ container, role: 'main' as const }))];
}

/** What the status says of a container. */
export function statusOf(pod: Pod, containerName: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === containerName);
}

/** The run id in a container id of a status: what follows `<runtime>://`. */
export function runIdOf(containerId: string | undefined): string | undefined {
  const at = containerId?.indexOf('://') ?? -1;
  return at < 0 ? undefined : containerId?.slice(at + 3);
}

/** True once the probes, or the status before this agent started, say that the run has started. */
export function hasStarted(pod: Pod, container: Container, run: Run, keeper: PodKeeper): boolean {
  if (container.startupProbe === undefined) return true;
  const state = keeper.probes.stateOf(pod.metadata.uid, run.id, 'startup');
  return state?.verdict === 'success' || saidOf(pod, container, run).started;
}

/** What the status said of this very run; an agent that starts again goes on from there. */
export function saidOf(
  pod: Pod,
  { name }: Container,
  run: Run,
): { readonly started: boolean; readonly ready: boolean } {
  const status = statusOf(pod, name);
  if (runIdOf(status?.containerID) !== run.id) return { started: false, ready: false };
  return { started: status?.started === true, ready: status?.ready === true };
}

/** Reads the last line of output of every ended run that status is going to show. */
export async function readLastLines(pod: Pod, keeper: PodKeeper, signal: AbortSignal): Promise<void> {
  for (const run of keeper.book.runsOf(pod.metadata.uid)) {
    if (run.status === 'running' || keeper.lastLines.has(run.id)) continue;
    const said = statusOf(pod, run.containerName);
    const ended = [said?.state?.terminated, said?.lastState?.terminated].find(
      (end) => runIdOf(end?.containerID) === run.id,
    );
    keeper.lastLines.set(
      run.id,
      ended === undefined ? await readLastLine(run.id, keeper, signal) : (ended.message ?? ''),
    );
  }
}

async function readLastLine(id: string, keeper: PodKeeper, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    const options = { follow: false, tailLines: 5, timestamps: false, limitBytes: 16_384 };
    for await (const chunk of keeper.options.runtime.logs(id, options, signal)) chunks.push(chunk);
  } catch (error) {
    // No output is worth no failure: the container's end is what counts.
    if (!(error instanceof DriverError)) throw error;
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  const line = text.split('\n').findLast((candidate) => candidate.trim() !== '') ?? '';
  return cutBytes(line.trim(), lastLineBytesMax);
}

/** The beginning of a text, at most `bytesMax` bytes of UTF-8, never half a character. */
function cutBytes(text: string, bytesMax: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= bytesMax) return text;
  return new TextDecoder().decode(bytes.subarray(0, bytesMax)).replace(/\uFFFD+$/, '');
}

/** What status knows of a run the runtime has no record of: it ended as the status says, or it is lost. */
function runFromStatus(pod: Pod, status: ContainerStatus | undefined): Run | undefined {
  const id = runIdOf(status?.containerID);
  if (status === undefined || id === undefined) return undefined;
  const known = {
    id,
    podUid: pod.metadata.uid,
    podName: `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`,
    containerName: status.name,
    attempt: status.restartCount,
    pathsRelocated: false,
    limitsIgnored: false,
  };
  const end =
    status.state?.terminated ?? (status.state?.waiting === undefined ? undefined : status.lastState?.terminated);
  const startedAt = end?.startedAt ?? status.state?.running?.startedAt;
  const startedAtMs = parseTime(startedAt) ?? parseTime(pod.metadata.creationTimestamp) ?? 0;
  if (end === undefined) return { ...known, status: 'lost', startedAtMs };
  const finishedAtMs = parseTime(end.finishedAt) ?? startedAtMs;
  return { ...known, status: 'exited', startedAtMs, finishedAtMs, exitCode: end.exitCode };
}

function backOffOf(pod: Pod, run: Run, keeper: PodKeeper) {
  const key = `${pod.metadata.uid}/${run.containerName}`;
  const { waiting, running } = statusOf(pod, run.containerName)?.state ?? {};
  const saidMs = running === undefined ? parseBackOff(waiting?.message) : undefined;
  const isSaidOfRun = runIdOf(statusOf(pod, run.containerName)?.containerID) === run.id;
  const before = keeper.backOffs.get(key);
  const restored = before === undefined && saidMs !== undefined && isSaidOfRun ? restoreBackOff(run, saidMs) : before;
  const backOff = countEnd(restored, run);
  keeper.backOffs.set(key, backOff);
  return backOff;
}

const notRunning: Health = { started: false, ready: false };

/**
 * Time in which a container that declares a port and has no readiness probe should begin to listen: until it does, at
 * most so long, it is not ready. Upstream takes it for ready at once, but there nothing else happens that fast: a
 * rollout would be over before the first new program listens.
 */
export const listenMsMax = 5_000;

/** The port such a container is expected to listen on. */
export function expectedPort({ ports = [], readinessProbe }: Container): ContainerPort | undefined {
  return readinessProbe === undefined ? ports.find(({ protocol = 'TCP' }) => protocol === 'TCP') : undefined;
}

/**
 * When a container that is expected to listen is ready whether it does or not; `undefined` if nothing is expected. A
 * start in the future means that the clock was set back since: then it has had its time.
 */
export function listenDeadlineMs(container: Container, run: Run, nowMs: number): number | undefined {
  if (expectedPort(container) === undefined) return undefined;
  return run.startedAtMs > nowMs ? nowMs : run.startedAtMs + listenMsMax;
}

function healthOf(pod: Pod, container: Container, run: Run | undefined, keeper: PodKeeper): Health {
  if (run?.status !== 'running') return notRunning;
  const { clock } = keeper.options;
  const stateOf = (kind: 'startup' | 'liveness' | 'readiness') => keeper.probes.stateOf(pod.metadata.uid, run.id, kind);
  const started = hasStarted(pod, container, run, keeper);
  const readiness = stateOf('readiness')?.verdict ?? 'unknown';
  const isReady =
    (container.readinessProbe === undefined &&
      (listenDeadlineMs(container, run, clock.nowMs()) ?? 0) <= clock.nowMs()) ||
    readiness === 'success' ||
    (readiness === 'unknown' && saidOf(pod, container, run).ready);
  const failed = (['startup', 'liveness'] as const).find((kind) => stateOf(kind)?.verdict === 'failure');
  const health = { started, ready: started && isReady };
  if (failed === undefined) return health;
  return { ...health, givenUp: `Container ${container.name} failed ${failed} probe, will be restarted` };
}
