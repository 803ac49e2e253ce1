import { findCondition } from '../../../kernel/meta/conditions.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import { asJson } from './drift.ts';
import { podHealth } from './pod-health.ts';
import { conditionsOf, listIn, numberIn, read } from './status-fields.ts';

/** How one object is, by its own status. */
export interface Health {
  readonly state: 'Healthy' | 'Progressing' | 'Degraded';
  /** Ready parts of all, for example `1/2`. */
  readonly ready?: string;
  /** One CamelCase word. */
  readonly reason?: string;
  readonly message?: string;
  /** When a container that keeps ending is started again. */
  readonly retryAt?: string;
  /** Last line of output of a container that ended. */
  readonly lastLog?: string;
}

/** What belongs to an object and tells more than its own status. */
export interface Related {
  /** Pods it controls, directly or through other objects, or that a Service selects. */
  readonly pods: readonly KubeObject[];
  /** core/v1 Endpoints of a Service. */
  readonly endpoints?: KubeObject;
}

const healthy: Health = { state: 'Healthy' };

/**
 * Judges an object as a person reading its status would. Known kinds by their counts, all others by their conditions;
 * an object that reports nothing is healthy by being there.
 */
export function assessHealth(object: KubeObject, related: Related): Health {
  if (object.metadata.deletionTimestamp !== undefined) return progressing('Terminating', 'It is being deleted');
  switch (`${object.apiVersion}/${object.kind}`) {
    case 'apps/v1/Deployment':
      return withPods(deploymentHealth(object), related.pods);
    case 'apps/v1/ReplicaSet':
    case 'apps/v1/StatefulSet':
      return withPods(replicasHealth(object), related.pods);
    case 'v1/Pod':
      return podHealth(object);
    case 'v1/Service':
      return serviceHealth(object, related.endpoints);
    case 'batch/v1/Job':
      return jobHealth(object);
    default:
      return conditionsHealth(object);
  }
}

/** Worst of several: Degraded before Progressing before Healthy. */
export function worstState(states: readonly Health['state'][]): Health['state'] {
  if (states.includes('Degraded')) return 'Degraded';
  return states.includes('Progressing') ? 'Progressing' : 'Healthy';
}

function deploymentHealth(object: KubeObject): Health {
  const status = read(object, 'status');
  const wanted = numberIn(read(object, 'spec'), 'replicas') ?? 1;
  const ready = `${numberIn(status, 'readyReplicas') ?? 0}/${wanted}`;
  if (isBehind(object))
    return { ...progressing('NotObserved', 'Its controller has not seen the newest version'), ready };
  const progress = findCondition(conditionsOf(object), 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded')
    return { state: 'Degraded', ready, reason: progress.reason, message: progress.message };
  const updated = numberIn(status, 'updatedReplicas') ?? 0;
  if (updated < wanted) return { ...progressing('RollingOut', `${updated} of ${wanted} replicas are updated`), ready };
  const total = numberIn(status, 'replicas') ?? 0;
  if (total > wanted) return { ...progressing('RollingOut', `${total - wanted} old replicas are still there`), ready };
  const available = numberIn(status, 'availableReplicas') ?? 0;
  if (available < wanted)
    return { ...progressing('NotAvailable', `${available} of ${wanted} replicas are available`), ready };
  return { ...healthy, ready };
}

function replicasHealth(object: KubeObject): Health {
  const status = read(object, 'status');
  const wanted = numberIn(read(object, 'spec'), 'replicas') ?? 1;
  const count = numberIn(status, 'readyReplicas') ?? 0;
  const ready = `${count}/${wanted}`;
  if (isBehind(object))
    return { ...progressing('NotObserved', 'Its controller has not seen the newest version'), ready };
  return count < wanted
    ? { ...progressing('NotReady', `${count} of ${wanted} replicas are ready`), ready }
    : { ...healthy, ready };
}

/** A Service is waiting only while pods are there that it selects and none of them is ready. */
function serviceHealth(object: KubeObject, endpoints: KubeObject | undefined): Health {
  if (read(object, 'spec', 'selector') === undefined) return healthy;
  const subsets = endpoints === undefined ? [] : listIn(asJson(endpoints), 'subsets');
  const count = (name: string) => subsets.reduce<number>((sum, subset) => sum + listIn(subset, name).length, 0);
  const [ready, notReady] = [count('addresses'), count('notReadyAddresses')];
  const shown = `${ready}/${ready + notReady}`;
  if (ready > 0) return { ...healthy, ready: shown };
  if (notReady > 0) return { ...progressing('NoReadyEndpoints', 'None of the selected pods is ready'), ready: shown };
  return { ...healthy, message: 'Selects no pods' };
}

function jobHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  const failed = findCondition(conditions, 'Failed');
  if (failed?.status === 'True') return { state: 'Degraded', reason: failed.reason, message: failed.message };
  return findCondition(conditions, 'Complete')?.status === 'True'
    ? healthy
    : progressing('Running', 'The job is not complete');
}

/** Conditions by convention: Ready or Available should be True; Stalled or Failed should not. */
function conditionsHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  const bad = conditions.find(
    (condition) => (condition.type === 'Stalled' || condition.type === 'Failed') && condition.status === 'True',
  );
  if (bad !== undefined) return { state: 'Degraded', reason: bad.reason, message: bad.message };
  const main = conditions.find((condition) => condition.type === 'Ready' || condition.type === 'Available');
  if (main === undefined || main.status === 'True') return healthy;
  return { state: 'Progressing', reason: main.reason, message: main.message };
}

/** Adds the worst pod as the cause; a pod that keeps failing makes its owner Degraded. */
function withPods(own: Health, pods: readonly KubeObject[]): Health {
  const worst = own.state === 'Healthy' ? undefined : worstPod(pods);
  if (worst === undefined) return own;
  const { health, pod } = worst;
  const message = `Pod ${pod.metadata.name}: ${health.message ?? health.reason ?? 'not ready'}`;
  return { ...own, ...health, state: worstState([own.state, health.state]), message };
}

function worstPod(pods: readonly KubeObject[]): { readonly pod: KubeObject; readonly health: Health } | undefined {
  const judged = pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({ pod, health: podHealth(pod) }))
    .filter(({ health }) => health.state !== 'Healthy');
  return judged.find(({ health }) => health.state === 'Degraded') ?? judged[0];
}

function progressing(reason: string, message: string): Health {
  return { state: 'Progressing', reason, message };
}

/** True while the controller of the object has not reported on its newest generation. */
function isBehind(object: KubeObject): boolean {
  return (numberIn(read(object, 'status'), 'observedGeneration') ?? 0) < (object.metadata.generation ?? 0);
}
