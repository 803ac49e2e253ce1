import { formatTime } from '../../../kernel/base/clock.ts';
import { ApiError, isApiError } from '../../../kernel/meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/meta/object.ts';
import type { Client, ObjectName } from '../../../kernel/ports/client.ts';
import type { ComputedRequest, ComputedSubresource, DeleteOptions } from '../../../kernel/ports/endpoint.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Eviction, Pod, PodDisruptionBudget } from '../../../kernel/schema/standard/types.ts';
import { podDisruptionBudgetKind } from '../poddisruptionbudget/type.ts';
import { planEviction } from './eviction-plan.ts';
import { podKind } from './type.ts';

/** Asks for a pod to go, if its budget allows (`policy/v1.Eviction`). */
const evictionKind: KindDefinition<Eviction> = {
  group: 'policy',
  kind: 'Eviction',
  plural: 'evictions',
  singular: 'eviction',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('policy/v1.Eviction'), columns: [] }],
  statusSubresource: false,
  history: 'none',
};

/** A budget that others write at the same time is looked at again this often. */
const attemptsMax = 8;

/** What `POST` of something that is done at once answers with. */
export const createdStatus = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as const;

/**
 * `pods/eviction`: deletes a pod unless a PodDisruptionBudget forbids it (`kubectl drain`).
 * @param client may delete pods and write the status of pods and budgets; the right to evict was checked before.
 */
export function podEvictions(client: Client): ComputedSubresource {
  return {
    resource: 'pods',
    subresource: 'eviction',
    definition: evictionKind,
    async create(request, name) {
      const at = { namespace: request.namespace, name };
      const options = readOptions(request.body, at);
      const pod = await client.get(podKind, at, request.signal);
      await chargeBudget(client, pod, options, request);
      await evict(client, pod, options, request);
      return createdStatus;
    },
  };
}

/** @throws {ApiError} `BadRequest` when the body is about another pod than the path. */
function readOptions(body: JsonObject, { name }: ObjectName): DeleteOptions {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const { name: given = name } = metadata;
  if (given !== name) throw new ApiError('BadRequest', 'name in URL does not match name in Eviction object');
  const options = isJsonObject(body['deleteOptions']) ? body['deleteOptions'] : {};
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  return {
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
    ...(typeof propagationPolicy === 'string'
      ? { propagationPolicy: propagationPolicy as NonNullable<DeleteOptions['propagationPolicy']> }
      : {}),
    ...(isJsonObject(preconditions) ? { preconditions } : {}),
    ...(Array.isArray(dryRun) && dryRun.length > 0 ? { dryRun: true } : {}),
  };
}

/** Takes one disruption from the budget of the pod, if it has one. @throws {ApiError} where the budget says no. */
async function chargeBudget(
  client: Client,
  pod: Pod,
  { dryRun = false }: DeleteOptions,
  { receivedAtMs, signal }: ComputedRequest,
): Promise<void> {
  const { namespace = '', name } = pod.metadata;
  for (let attempt = 1; ; attempt++) {
    const { items } = await client.list(podDisruptionBudgetKind, { namespace }, signal);
    const plan = planEviction(pod, items);
    if (plan.kind === 'delete') return;
    const next = charged(plan.budget, name, formatTime(receivedAtMs));
    try {
      await client.update(podDisruptionBudgetKind, next, { subresource: 'status', dryRun }, signal);
      return;
    } catch (error) {
      if (!isApiError(error, 'Conflict') || attempt === attemptsMax) throw error;
    }
  }
}

function charged(budget: PodDisruptionBudget, podName: string, now: string): PodDisruptionBudget {
  const { disruptionsAllowed = 0, disruptedPods = {}, ...status } = budget.status ?? {};
  return {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: disruptionsAllowed - 1,
      disruptedPods: { ...disruptedPods, [podName]: now },
    },
  };
}

/** Says in the status why the pod goes, then deletes this very pod and no other of its name. */
async function evict(
  client: Client,
  pod: Pod,
  options: DeleteOptions,
  { receivedAtMs, signal }: ComputedRequest,
): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata;
  const at = { namespace, name };
  const preconditions = { uid, ...options.preconditions };
  if (preconditions.uid === uid && options.dryRun !== true && pod.metadata.deletionTimestamp === undefined) {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      lastTransitionTime: formatTime(receivedAtMs),
    };
    const body = { metadata: { uid }, status: { conditions: [condition] } };
    await client.patch(podKind, at, { type: 'strategic', body }, { subresource: 'status' }, signal);
  }
  await client.delete(podKind, at, { ...options, preconditions }, signal);
}
