import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../../../kernel/meta/quantity.ts';
import type { PodSpec, ResourceRequirements } from '../../../kernel/schema/standard/types.ts';

type Amounts = Map<string, Quantity>;
type Combine = (a: Quantity, b: Quantity) => Quantity;

/**
 * What a pod asks for, or the most it may take: the sum over its containers and sidecars, or what an init container needs
 * beside the sidecars before it if that is more; what the pod itself says comes before that, its overhead on top
 * (Kubernetes `resource.PodRequests`, `resource.PodLimits`).
 */
export function podAmounts(spec: PodSpec, side: 'requests' | 'limits'): ReadonlyMap<string, Quantity> {
  const total: Amounts = new Map();
  for (const { resources } of spec.containers ?? []) merge(total, amountsOf(resources, side), addQuantities);
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const own = amountsOf(resources, side);
    if (restartPolicy === 'Always') {
      merge(total, own, addQuantities);
      merge(sidecars, own, addQuantities);
      merge(peak, sidecars, larger);
      continue;
    }
    merge(own, sidecars, addQuantities);
    merge(peak, own, larger);
  }
  merge(total, peak, larger);
  for (const [name, amount] of amountsOf(spec.resources, side)) total.set(name, amount);
  const overhead = amountsOf({ [side]: spec.overhead ?? {} }, side);
  // A pod without a limit has none, whatever runs around it.
  if (side === 'limits') for (const name of overhead.keys()) if (!total.has(name)) overhead.delete(name);
  merge(total, overhead, addQuantities);
  return total;
}

function amountsOf(resources: ResourceRequirements | undefined, side: 'requests' | 'limits'): Amounts {
  const amounts: Amounts = new Map();
  for (const [name, text] of Object.entries(resources?.[side] ?? {})) {
    const amount = parseQuantity(text);
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

function merge(into: Amounts, amounts: Amounts, combine: Combine): void {
  for (const [name, amount] of amounts) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : combine(before, amount));
  }
}

const larger: Combine = (a, b) => (compareQuantities(a, b) >= 0 ? a : b);
