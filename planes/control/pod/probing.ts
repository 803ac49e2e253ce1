import { DriverError, type ContainerState as Run } from '../../../drivers/api/runtime.ts';
import type { ProbeResult } from '../../../drivers/api/probe.ts';
import type { Container, HTTPGetAction, LifecycleHandler, Pod, Probe } from '../../../kernel/schema/standard/types.ts';
import type { ProbeTask } from '../pod-runtime/probe-board.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import type { ProbeKind } from '../pod-runtime/probe-state.ts';
import { expectedPort, hasStarted, listenDeadlineMs, saidOf } from './facts.ts';
import type { ContainerFacts } from './plan.ts';
import { resolvePort } from './type.ts';

/** Most output of a command kept for messages. */
const outputBytesMax = 10_240;

/** Makes the probes of a pod's running containers run, and no others. The startup probe gates the other two. */
export function syncProbes(pod: Pod, containers: readonly ContainerFacts[], keeper: PodKeeper): void {
  const tasks = containers.flatMap(({ container, current }) =>
    current?.status === 'running' ? tasksOf(pod, container, current, keeper) : [],
  );
  keeper.probes.sync(pod.metadata.uid, tasks);
}

function tasksOf(pod: Pod, container: Container, run: Run, keeper: PodKeeper): readonly ProbeTask[] {
  const task = (kind: ProbeKind, probe: Probe | undefined): readonly ProbeTask[] =>
    probe === undefined
      ? []
      : [
          {
            runId: run.id,
            kind,
            probe,
            startedAtMs: run.startedAtMs,
            attempt: (signal) => attemptProbe(pod, run, probe, { keeper, signal }),
            changed: (failure) =>
              keeper.notify(
                run.podName,
                failure === undefined ? undefined : { type: 'Warning', reason: 'Unhealthy', message: failure },
              ),
          },
        ];
  const startup = saidOf(pod, container, run).started ? [] : task('startup', container.startupProbe);
  if (!hasStarted(pod, container, run, keeper)) return startup;
  const listens = listenProbe(pod, container, run, keeper);
  return [
    ...startup,
    ...task('liveness', container.livenessProbe),
    ...task('readiness', container.readinessProbe ?? listens).map((one) => ({
      ...one,
      isQuiet: listens !== undefined,
    })),
  ];
}

/** How often a container without a readiness probe is looked at until it listens, seconds. */
const listenPeriodSeconds = 0.2;

/** Stands in for the readiness probe of a container that declares a port, until it listens for the first time. */
function listenProbe(pod: Pod, container: Container, run: Run, keeper: PodKeeper): Probe | undefined {
  const port = expectedPort(container);
  const nowMs = keeper.options.clock.nowMs();
  const isOver = (listenDeadlineMs(container, run, nowMs) ?? 0) <= nowMs;
  if (port === undefined || isOver || saidOf(pod, container, run).ready) return undefined;
  return { tcpSocket: { port: port.name ?? port.containerPort }, periodSeconds: listenPeriodSeconds };
}

interface Reach {
  readonly keeper: PodKeeper;
  readonly signal: AbortSignal;
}

async function attemptProbe(pod: Pod, run: Run, probe: Probe, reach: Reach): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { exec, httpGet, tcpSocket } = probe;
  if (exec !== undefined) return runCommand(run, exec.command ?? [], timeoutMs, reach);
  if (httpGet !== undefined) return askHttp(pod, httpGet, timeoutMs, reach);
  if (tcpSocket === undefined) return { ok: false, message: 'probe has no handler this runtime supports' };
  const port = resolvePort(pod, tcpSocket.port);
  if (port === undefined) return noPort(tcpSocket.port);
  const address = tcpSocket.host ?? reach.keeper.options.address;
  return reach.keeper.options.prober.probe({ kind: 'tcp', address, port }, { timeoutMs }, reach.signal);
}

/**
 * Runs a lifecycle hook of a container, at most for `timeoutMs`.
 * @returns what it answered; a hook without a handler is fine.
 */
export async function runHook(
  pod: Pod,
  run: Run,
  hook: LifecycleHandler,
  { timeoutMs, ...reach }: Reach & { readonly timeoutMs: number },
): Promise<ProbeResult> {
  if (hook.exec !== undefined) return runCommand(run, hook.exec.command ?? [], timeoutMs, reach);
  if (hook.httpGet !== undefined) return askHttp(pod, hook.httpGet, timeoutMs, reach);
  if (hook.sleep !== undefined) {
    await reach.keeper.options.clock.sleep(Math.min(timeoutMs, hook.sleep.seconds * 1000), reach.signal);
  }
  return { ok: true, message: '' };
}

async function runCommand(run: Run, command: readonly string[], timeoutMs: number, reach: Reach): Promise<ProbeResult> {
  const { runtime } = reach.keeper.options;
  try {
    const { exitCode, output } = await runtime.exec(run.id, command, { timeoutMs, outputBytesMax }, reach.signal);
    return { ok: exitCode === 0, message: new TextDecoder().decode(output).trim() };
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    if (error.code !== 'TimedOut') return { ok: false, message: error.message };
    return { ok: false, message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` };
  }
}

async function askHttp(pod: Pod, action: HTTPGetAction, timeoutMs: number, reach: Reach): Promise<ProbeResult> {
  const port = resolvePort(pod, action.port);
  if (port === undefined) return noPort(action.port);
  const target = {
    kind: 'http',
    scheme: action.scheme ?? 'HTTP',
    address: action.host ?? reach.keeper.options.address,
    port,
    path: action.path ?? '/',
    headers: action.httpHeaders ?? [],
  } as const;
  return reach.keeper.options.prober.probe(target, { timeoutMs }, reach.signal);
}

function noPort(port: number | string): ProbeResult {
  return { ok: false, message: `the pod has no port "${port}"` };
}
