import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { ObjectRef } from '../../../kernel/meta/object.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { replicaSetKind } from '../replicaset/type.ts';
import { ignoringGone, takeOwnership } from '../workload/adopt.ts';
import { setWorkloadCondition } from '../workload/condition.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { sameTemplate } from '../workload/template.ts';
import { nameOf } from '../workload/watch.ts';
import { type DeploymentAction, type DeploymentPlan, planDeployment } from './plan.ts';
import { deploymentKind } from './type.ts';

/** Takes one step of a Deployment: ReplicaSets as planned, status as it is. */
export async function reconcileDeployment(pass: Pass<Deployment>): Promise<Outcome> {
  const { object: deployment, view, clock } = pass;
  const sets = await takeOwnership(pass, replicaSetKind, deployment.spec?.selector);
  const podsBySet = new Map(sets.map((set) => [set.metadata.uid, view.listOwned(podKind, set.metadata.uid)]));
  const nowMs = clock.nowMs();
  const plan = planDeployment({ deployment, sets, podsBySet, nowMs });
  for (const action of plan.actions) {
    if (!(await carryOut(pass, action))) return { kind: 'waiting', afterMs: 0, reason: 'NameCollision' };
  }
  replaceStatus(pass.status, plan.status);
  if (plan.actions.length > 0) pass.log.info('deployment step', { actions: plan.actions.map(({ kind }) => kind) });
  const on = sets.filter((set) => (set.spec?.replicas ?? 0) > (set.status?.availableReplicas ?? 0)).map(refOf);
  return outcomeOf(deployment, plan, { on, nowMs });
}

/** False when the plan cannot go on as made and has to be made anew. */
async function carryOut(pass: Pass<Deployment>, action: DeploymentAction): Promise<boolean> {
  switch (action.kind) {
    case 'create':
      return createReplicaSet(pass, action);
    case 'update':
      await updateReplicaSet(pass, action);
      return true;
    case 'delete': {
      const { replicaSet } = action;
      const preconditions = { uid: replicaSet.metadata.uid };
      const options = { preconditions, propagationPolicy: 'Background' } as const;
      await ignoringGone(() => pass.client.delete(replicaSetKind, nameOf(replicaSet), options, pass.signal));
      return true;
    }
    case 'annotate': {
      const body = { metadata: { uid: pass.object.metadata.uid, annotations: action.annotations } };
      await pass.client.patch(deploymentKind, nameOf(pass.object), { type: 'merge', body }, {}, pass.signal);
      return true;
    }
  }
}

async function createReplicaSet(
  pass: Pass<Deployment>,
  { replicaSet, replicas }: DeploymentAction & { readonly kind: 'create' },
): Promise<boolean> {
  const name = replicaSet.metadata?.name ?? '';
  try {
    await pass.client.create(replicaSetKind, replicaSet, {}, pass.signal);
  } catch (error) {
    if (isApiError(error, 'AlreadyExists')) return resolveCollision(pass, name);
    reportFailure(pass, name, error);
    throw error;
  }
  pass.event({
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled up replica set ${name} from 0 to ${replicas}`,
  });
  return true;
}

/**
 * The name is taken. By our own ReplicaSet: the view was behind, go on. By another: two templates share a hash, so the
 * next pass takes the next one.
 */
async function resolveCollision(pass: Pass<Deployment>, name: string): Promise<boolean> {
  const { metadata, spec } = pass.object;
  const existing = await pass.client.get(replicaSetKind, { namespace: metadata.namespace ?? '', name }, pass.signal);
  const isOurs = existing.metadata.ownerReferences?.some(
    ({ uid, controller }) => uid === metadata.uid && controller === true,
  );
  const template = existing.spec?.template;
  if (isOurs === true && template !== undefined && sameTemplate(template, spec?.template ?? {})) return true;
  pass.status.collisionCount = (pass.status.collisionCount ?? 0) + 1;
  return false;
}

/** Says in condition Progressing why no ReplicaSet could be made. */
function reportFailure(pass: Pass<Deployment>, name: string, error: unknown): void {
  const message = `Failed to create new replica set "${name}": ${errorText(error)}`;
  const draft = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message } as const;
  const conditions = setWorkloadCondition(pass.object.status?.conditions ?? [], draft, pass.clock.nowMs());
  replaceStatus(pass.status, { ...pass.object.status, conditions });
  pass.event({ type: 'Warning', reason: 'ReplicaSetCreateError', message });
}

async function updateReplicaSet(
  pass: Pass<Deployment>,
  { replicaSet, replicas, annotations, minReadySeconds }: DeploymentAction & { readonly kind: 'update' },
): Promise<void> {
  const spec = {
    ...(replicas === undefined ? {} : { replicas }),
    ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
  };
  const body = { metadata: { uid: replicaSet.metadata.uid, annotations }, spec };
  await pass.client.patch(replicaSetKind, nameOf(replicaSet), { type: 'merge', body }, {}, pass.signal);
  if (replicas === undefined) return;
  const before = replicaSet.spec?.replicas ?? 1;
  const direction = replicas > before ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`;
  pass.event({ type: 'Normal', reason: 'ScalingReplicaSet', message });
}

function outcomeOf(
  deployment: Deployment,
  { status, nextAtMs }: DeploymentPlan,
  { on, nowMs }: { readonly on: readonly ObjectRef[]; readonly nowMs: number },
): Outcome {
  const desired = deployment.spec?.replicas ?? 1;
  const message = `${status.updatedReplicas ?? 0} of ${desired} pods are current, ${status.availableReplicas ?? 0} available`;
  if (hasReason(status, 'ProgressDeadlineExceeded')) {
    return { kind: 'stalled', reason: 'ProgressDeadlineExceeded', message, on };
  }
  const isDone =
    status.updatedReplicas === desired && status.replicas === desired && status.availableReplicas === desired;
  if (isDone && nextAtMs === undefined) return settled;
  // Without a time to look again, a watched change is what brings the next pass.
  const afterMs = nextAtMs === undefined ? idleMs : Math.max(0, nextAtMs - nowMs);
  return { kind: 'waiting', afterMs, reason: isDone ? 'MinReadySeconds' : 'RollingOut', message, on };
}

/** A look at a waiting Deployment that nothing else brings about; long, because every pod change brings one. */
const idleMs = 600_000;

function hasReason(status: DeploymentStatus, reason: string): boolean {
  return status.conditions?.some((condition) => condition.reason === reason) === true;
}

function refOf({ metadata: { name, namespace = '', uid } }: ReplicaSet): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, name, uid };
}
