import { type Quantity, quantityOf } from '../meta/quantity.ts';
import type { KubeObject } from '../meta/object.ts';
import type { ScopedResourceSelectorRequirement } from './standard/types.ts';

/** Amounts by name of a resource: `requests.cpu`, `pods`. */
export type ResourceAmounts = ReadonlyMap<string, Quantity>;

/**
 * What objects of a kind use of the resources ResourceQuotas name (Kubernetes `quota.Evaluator`), besides
 * `count/<plural>.<group>`, which every kind in namespaces has. Pure, and never throws for an object that was stored.
 */
export interface QuotaEvaluator<T extends KubeObject = KubeObject> {
  /** True for resources of which objects of this kind may use something. */
  uses(resource: string): boolean;
  /** What one object uses; absent names: nothing. */
  usage(object: T): ResourceAmounts;
  /**
   * What is wrong with an object that says nothing of resources it must name where a quota limits them: `must specify
   * limits.cpu for: web`. Default: there are none.
   */
  problem?(object: T, limited: readonly string[]): string | undefined;
  /** True if a scope of a quota takes the object in. Default: quotas with scopes are not about this kind. */
  isInScope?(object: T, scope: ScopedResourceSelectorRequirement): boolean;
}

/** Objects of which each uses one of a resource with a short name of its own: `configmaps`. */
export function countedAs(resource: string): QuotaEvaluator {
  const one: ResourceAmounts = new Map([[resource, quantityOf(1)]]);
  return { uses: (name) => name === resource, usage: () => one };
}

/** True if a scope about the class of an object takes in the class of that name; empty: the object has none. */
export function isNameInScope({ operator, values = [] }: ScopedResourceSelectorRequirement, name: string): boolean {
  switch (operator) {
    case 'In':
      return name !== '' && values.includes(name);
    case 'NotIn':
      return !values.includes(name);
    case 'Exists':
      return name !== '';
    case 'DoesNotExist':
      return name === '';
  }
}
