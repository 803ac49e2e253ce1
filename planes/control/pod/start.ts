import type { ContainerSpec } from '../../../drivers/api/runtime.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { errorText } from '../../../kernel/meta/errors.ts';
import { parseQuantity, quantityToMilli, quantityToUnits } from '../../../kernel/meta/quantity.ts';
import type { Container, Pod } from '../../../kernel/schema/standard/types.ts';
import { commandOf, environmentOf } from '../pod-runtime/environment.ts';
import { expandVariables } from '../pod-runtime/expand.ts';
import { MissingInput } from '../pod-runtime/missing-input.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import { type VolumeFolders, inputsOf, mountsOf, placeOf } from './prepare.ts';
import { runHook } from './probing.ts';

/** One container to start. */
export interface StartOrder {
  /** With its host ports. */
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly folders: VolumeFolders;
}

/**
 * Starts one run of a container. The id follows from pod, container and attempt, so that the same run is never started
 * twice, whoever dies in between.
 * @throws {MissingInput} when its spec cannot be met now. @throws {DriverError} when the runtime cannot start it.
 */
export async function startContainer(pass: Pass<Pod>, order: StartOrder, keeper: PodKeeper): Promise<void> {
  const { pod, container } = order;
  refuseUnsupported(container);
  const spec = await containerSpecOf(pass, order, keeper);
  await keeper.options.runtime.start(spec, pass.signal);
  pass.event({ type: 'Normal', reason: 'Started', message: `Started container ${container.name}` });
  pass.log.info('started container', { container: spec.id });
  if (container.lifecycle?.postStart !== undefined) void runPostStart(pod, container, spec, keeper);
}

async function containerSpecOf(
  pass: Pass<Pod>,
  { pod, container, attempt, folders }: StartOrder,
  keeper: PodKeeper,
): Promise<ContainerSpec> {
  const env = environmentOf(pod, container, inputsOf(pass), placeOf(keeper));
  const { uid, namespace = '', name } = pod.metadata;
  const memory = parseQuantity(container.resources?.limits?.['memory'] ?? '');
  const cpu = parseQuantity(container.resources?.limits?.['cpu'] ?? '');
  return {
    id: `${uid}.${container.name}.${attempt}`,
    podUid: uid,
    podName: `${namespace}/${name}`,
    containerName: container.name,
    attempt,
    command: commandOf(container, env),
    env,
    ...(container.workingDir === undefined ? {} : { workingDir: expandVariables(container.workingDir, env) }),
    mounts: await mountsOf(container, folders, env, { keeper, signal: pass.signal }),
    ...(memory === undefined ? {} : { memoryBytesMax: quantityToUnits(memory) }),
    ...(cpu === undefined ? {} : { cpuMilliMax: quantityToMilli(cpu) }),
  };
}

/** What upstream would do and this runtime cannot is said, never left out in silence. */
function refuseUnsupported(container: Container): void {
  const probes = {
    liveness: container.livenessProbe,
    readiness: container.readinessProbe,
    startup: container.startupProbe,
  };
  for (const [name, probe] of Object.entries(probes)) {
    if (probe?.grpc === undefined) continue;
    throw new MissingInput('CreateContainerConfigError', `${name} probe: grpc is not supported by this runtime`);
  }
}

/** Longest postStart hook; upstream has no bound. */
const postStartMsMax = 60_000;

/** Runs the hook beside the container; when it fails the container is stopped, as upstream does. */
async function runPostStart(pod: Pod, container: Container, spec: ContainerSpec, keeper: PodKeeper): Promise<void> {
  const hook = container.lifecycle?.postStart ?? {};
  try {
    await keeper.book.refresh(keeper.signal);
    const run = keeper.book.runsOf(spec.podUid).find(({ id }) => id === spec.id);
    if (run === undefined) return;
    const result = await runHook(pod, run, hook, { keeper, signal: keeper.signal, timeoutMs: postStartMsMax });
    if (result.ok) return;
    const message = `PostStartHook failed: ${result.message}`;
    keeper.notify(run.podName, { type: 'Warning', reason: 'FailedPostStartHook', message });
    const graceMs = (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
    keeper.stopper.stop(run, { graceMs, done: keeper.doneWith(run.podName) });
  } catch (error) {
    if (keeper.signal.aborted) return;
    keeper.options.log.warn('postStart hook not run', { container: spec.id, error: errorText(error) });
  }
}
