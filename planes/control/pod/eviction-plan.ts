import { ApiError } from '../../../kernel/meta/errors.ts';
import type { Pod, PodDisruptionBudget } from '../../../kernel/schema/standard/types.ts';
import { isPodEnded, isPodReady, isPodTerminating } from '../workload/pod-state.ts';
import { compileSelector } from '../workload/selector.ts';

/** What an eviction comes down to. */
export type EvictionPlan =
  /** The pod may go; nobody has to be asked. */
  | { readonly kind: 'delete' }
  /** The pod may go once this budget has been charged. */
  | { readonly kind: 'charge'; readonly budget: PodDisruptionBudget };

/** Disruptions a budget remembers until its controller has seen them; more are refused. */
const disruptedPodsMax = 2_000;

/**
 * Decides about one eviction (Kubernetes `pkg/registry/core/pod/storage/eviction.go`). Pure.
 * @param budgets all budgets of the pod's namespace.
 * @throws {ApiError} `TooManyRequests` when a budget says no, `InternalError` when several cover the pod.
 */
export function planEviction(pod: Pod, budgets: readonly PodDisruptionBudget[]): EvictionPlan {
  if (isPodEnded(pod) || pod.status?.phase === 'Pending' || isPodTerminating(pod)) return { kind: 'delete' };
  const covering = budgets.filter(({ spec }) => compileSelector(spec?.selector)(pod.metadata.labels));
  const [budget, ...others] = covering;
  if (budget === undefined) return { kind: 'delete' };
  if (others.length > 0) {
    const text = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiError('InternalError', text);
  }
  if (!isPodReady(pod) && mayLoseUnready(budget)) return { kind: 'delete' };
  refuseWhereNeeded(budget);
  return { kind: 'charge', budget };
}

/** A pod that does not work protects nothing, unless the budget wants to wait for it. */
function mayLoseUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function refuseWhereNeeded({ metadata, status }: PodDisruptionBudget): void {
  const { disruptionsAllowed = 0, observedGeneration = 0, currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  if (observedGeneration < (metadata.generation ?? 0)) {
    throw refusal(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if (Object.keys(status?.disruptedPods ?? {}).length > disruptedPodsMax) {
    const text = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw new ApiError('Forbidden', text);
  }
  if (disruptionsAllowed > 0) return;
  throw refusal(
    `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
  );
}

function refusal(message: string, retryAfterSeconds?: number): ApiError {
  const text = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError('TooManyRequests', text, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
