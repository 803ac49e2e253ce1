import type { ContainerState } from '../../../drivers/api/runtime.ts';
import { type ControllerDefinition, type Pass, type View, watching } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { Node, Pod, PodStatus } from '../../../kernel/schema/standard/types.ts';
import { nodeKind } from '../node/type.ts';
import { AddressPool } from '../simulation/address-pool.ts';
import { scriptOf, simulatedLabel, simulateRuns } from '../simulation/runs.ts';
import { ignoringGone } from '../workload/adopt.ts';
import { isPodEnded, isPodTerminating } from '../workload/pod-state.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { nameOf } from '../workload/watch.ts';
import { containersOf } from './facts.ts';
import { type ContainerFacts, type ContainerRole, type PodPlan, planPod } from './plan.ts';
import { podStatusOf } from './status.ts';
import { podKind } from './type.ts';

/** Runs the pods bound to simulated nodes on paper: only their status shows it. */
export function simulatedPodController(): ControllerDefinition<Pod> {
  let addresses: AddressPool | undefined;
  return {
    name: 'simulated-pod',
    kind: podKind,
    rules: [{ verbs: ['delete'], groups: [''], resources: ['pods'] }],
    watches: [watching(nodeKind, podsOn)],
    concurrency: 8,
    forget: ({ namespace = '', name }) => addresses?.release(`${namespace}/${name}`),
    reconcile: (pass) => simulatePod(pass, (addresses ??= addressesIn(pass.view))),
  };
}

function podsOn({ metadata: { name } }: Node, view: View): readonly ObjectName[] {
  return view
    .list(podKind)
    .filter((pod) => pod.spec?.nodeName === name)
    .map(nameOf);
}

/** A pool that knows what pods have from before. */
function addressesIn(view: View): AddressPool {
  const pool = new AddressPool('10.64.0.0', 10);
  for (const pod of view.list(podKind)) {
    if (pod.status?.podIP !== undefined) pool.keep(keyOf(pod), pod.status.podIP);
  }
  return pool;
}

function keyOf({ metadata: { namespace = '', name } }: Pod): string {
  return `${namespace}/${name}`;
}

async function simulatePod(pass: Pass<Pod>, addresses: AddressPool): Promise<Outcome> {
  const { object: pod, view } = pass;
  const { nodeName = '' } = pod.spec ?? {};
  if (nodeName === '') return settled;
  const node = view.get(nodeKind, { name: nodeName });
  if (node !== undefined && node.metadata.labels?.[simulatedLabel] !== 'true') return settled;
  // Nobody else would let go of a deleted pod whose node is gone (Kubernetes: pod garbage collection).
  if (isPodTerminating(pod)) return finish(pass);
  if (node === undefined || isPodEnded(pod)) return settled;
  const nowMs = pass.clock.nowMs();
  const { containers, plan, nextAtMs } = simulateContainers(pod, nowMs);
  const status = podStatusOf({
    pod,
    containers,
    plan,
    obstacles: new Map(),
    lastLines: new Map(),
    runtimeName: 'simulated',
    address: node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    nowMs,
  });
  replaceStatus(pass.status, pod.spec?.hostNetwork === true ? status : withAddress(status, addresses.take(keyOf(pod))));
  if (plan.end !== undefined || nextAtMs === Number.POSITIVE_INFINITY) return settled;
  return { kind: 'waiting', afterMs: Math.max(0, nextAtMs - nowMs), reason: 'Running' };
}

function withAddress(status: PodStatus, ip: string): PodStatus {
  return { ...status, podIP: ip, podIPs: [{ ip }] };
}

/** Nothing runs, so the grace is over at once. */
async function finish({ object: pod, client, signal }: Pass<Pod>): Promise<Outcome> {
  const { uid, deletionGracePeriodSeconds, finalizers = [] } = pod.metadata;
  if (deletionGracePeriodSeconds === 0) {
    return { kind: 'stalled', reason: 'FinalizersRemain', message: `finalizers remain: ${finalizers.join(', ')}` };
  }
  const options = { gracePeriodSeconds: 0, preconditions: { uid } };
  await ignoringGone(() => client.delete(podKind, nameOf(pod), options, signal));
  return settled;
}

interface SimulatedContainers {
  readonly containers: readonly ContainerFacts[];
  readonly plan: PodPlan;
  /** When one of them ends or starts; infinite when that is never. */
  readonly nextAtMs: number;
}

function simulateContainers(pod: Pod, nowMs: number): SimulatedContainers {
  let nextAtMs = Number.POSITIVE_INFINITY;
  const containers = containersOf(pod).map(({ container, role }): ContainerFacts => {
    const {
      current,
      previous,
      backOff,
      nextAtMs: atMs,
    } = simulateRuns(pod, container.name, scriptFor(pod, role, nowMs));
    nextAtMs = Math.min(nextAtMs, atMs);
    return { container, role, current, previous, backOff, health: { started: true, ready: true }, isStopping: false };
  });
  const plan = planPod({ pod, containers, nowMs });
  nextAtMs = Math.min(nextAtMs, plan.nextAtMs ?? Number.POSITIVE_INFINITY);
  if (plan.end === undefined) return { containers, plan, nextAtMs };
  return { containers: containers.map((facts) => stopped(facts, nowMs)), plan, nextAtMs };
}

/** Init containers have succeeded before anybody looks, sidecars run as long as the pod. */
function scriptFor(pod: Pod, role: ContainerRole, nowMs: number): Parameters<typeof simulateRuns>[2] {
  if (role === 'init') return { script: { runForMs: 0, exitCode: 0 }, restarts: false, nowMs };
  if (role === 'sidecar') return { script: { runForMs: Number.POSITIVE_INFINITY, exitCode: 0 }, restarts: true, nowMs };
  const script = scriptOf(pod);
  const policy = pod.spec?.restartPolicy ?? 'Always';
  return { script, restarts: policy === 'Always' || (policy === 'OnFailure' && script.exitCode !== 0), nowMs };
}

/** What still ran when the pod ended, a sidecar or all of a pod past its deadline, was killed. */
function stopped(facts: ContainerFacts, nowMs: number): ContainerFacts {
  if (facts.current?.status !== 'running') return facts;
  const current: ContainerState = { ...facts.current, status: 'exited', finishedAtMs: nowMs, exitCode: 137 };
  return { ...facts, current };
}
