import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { Draft, ObjectRef } from '../../../kernel/meta/object.ts';
import type { Pod, ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { ignoringGone, takeOwnership } from '../workload/adopt.ts';
import { isPodActive, isPodAvailable } from '../workload/pod-state.ts';
import { controllerReference } from '../workload/ownership.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { nameOf } from '../workload/watch.ts';
import { type ReplicaSetPlan, planReplicaSet, withFailure } from './plan.ts';

/** Brings the number of pods of one ReplicaSet to what it wants. */
export async function reconcileReplicaSet(pass: Pass<ReplicaSet>): Promise<Outcome> {
  const { object: replicaSet, clock } = pass;
  const pods = await takeOwnership(pass, podKind, replicaSet.spec?.selector);
  const nowMs = clock.nowMs();
  const plan = planReplicaSet({ replicaSet, pods, nowMs });
  try {
    await carryOut(pass, plan);
  } catch (error) {
    const reason = plan.createCount > 0 ? 'FailedCreate' : 'FailedDelete';
    replaceStatus(pass.status, withFailure(plan.status, { reason, message: errorText(error) }, nowMs));
    throw error;
  }
  replaceStatus(pass.status, withFailure(plan.status, undefined, nowMs));
  return outcomeOf(replicaSet, pods, { plan, nowMs });
}

/** Most pods an outcome names. */
const pendingPodsMax = 10;
/** A look at a waiting ReplicaSet that nothing else brings about; long, because every pod change brings one. */
const idleMs = 600_000;

function outcomeOf(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  { plan, nowMs }: { readonly plan: ReplicaSetPlan; readonly nowMs: number },
): Outcome {
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const pending = pods.filter((pod) => isPodActive(pod) && !isPodAvailable(pod, minReadySeconds, nowMs));
  if (pending.length === 0) return settled;
  return {
    kind: 'waiting',
    afterMs: plan.nextAtMs === undefined ? idleMs : plan.nextAtMs - nowMs,
    reason: 'PodsNotAvailable',
    message: `${pending.length} of ${pods.length} pods are not available`,
    on: pending.slice(0, pendingPodsMax).map(refOf),
  };
}

function refOf({ metadata: { name, namespace = '', uid } }: Pod): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
}

async function carryOut(pass: Pass<ReplicaSet>, { createCount, deletePods }: ReplicaSetPlan): Promise<void> {
  for (let count = 0; count < createCount; count++) await createPod(pass);
  for (const pod of deletePods) await deletePod(pass, pod);
}

async function createPod(pass: Pass<ReplicaSet>): Promise<void> {
  try {
    const { metadata } = await pass.client.create(podKind, podFrom(pass.object), {}, pass.signal);
    pass.event({ type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${metadata.name}` });
  } catch (error) {
    // The namespace is on its way out, and everything in it.
    if (
      isApiError(error, 'Forbidden') &&
      error.details.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
    ) {
      return;
    }
    if (!pass.signal.aborted) {
      pass.event({ type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${errorText(error)}` });
    }
    throw error;
  }
}

async function deletePod(pass: Pass<ReplicaSet>, pod: Pod): Promise<void> {
  const preconditions = { uid: pod.metadata.uid };
  await ignoringGone(() => pass.client.delete(podKind, nameOf(pod), { preconditions }, pass.signal));
  pass.event({ type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
}

/** A pod as the template says (Kubernetes `GetPodFromTemplate`). */
function podFrom(replicaSet: ReplicaSet): Draft<Pod> {
  const { metadata, spec } = replicaSet;
  const { labels, annotations, finalizers } = spec?.template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${metadata.name}-`,
      namespace: metadata.namespace,
      labels,
      annotations,
      finalizers,
      ownerReferences: [controllerReference(replicaSet)],
    },
    spec: spec?.template?.spec,
  };
}
