import type { CachedObject } from '../../cache/cached-object.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { MatchResources, ParamRef } from '../../schema/standard/types.ts';
import { CoveringIndex } from '../covering-index.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { compileMatcher, type Matcher } from '../matching.ts';

/** What bindings of both kinds of policies say. */
interface Binding extends KubeObject {
  readonly spec?: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  };
}

/** A policy with the bindings that make it count. */
export interface BoundPolicy<P, B extends Binding> {
  readonly policy: P;
  readonly bindings: readonly { readonly binding: B; readonly matcher: Matcher }[];
}

/** Policies that count, by what they can be about. */
export type PolicySet<P, B extends Binding> = CoveringIndex<BoundPolicy<P, B>>;

/** What a `PolicySet` is made of. */
interface PolicySetOptions<P> {
  readonly objects: FollowedObjects;
  /** `validatingadmissionpolicies.admissionregistration.k8s.io`. */
  readonly policies: string;
  readonly bindings: string;
  /** Compiles a policy; called once for each state of it. */
  readonly compile: (policy: KubeObject) => P;
}

/** The policies among the followed objects that have bindings. */
export function policySet<P extends { readonly matcher: Matcher }, B extends Binding>(
  options: PolicySetOptions<P>,
): PolicySet<P, B> {
  const { objects, policies, bindings } = options;
  const compiled = new WeakMap<CachedObject, P>();
  const compile = (stored: CachedObject): P => {
    const known = compiled.get(stored) ?? options.compile(stored.parsed());
    compiled.set(stored, known);
    return known;
  };
  const build = (): readonly BoundPolicy<P, B>[] => {
    const all = objects.list(bindings).map((stored) => stored.parsed() as B);
    const byPolicy = Map.groupBy(all, ({ spec }) => spec?.policyName ?? '');
    return objects.list(policies).flatMap((stored) => {
      const bound = byPolicy.get(stored.row.name);
      return bound === undefined ? [] : [{ policy: compile(stored), bindings: bound.map(withMatcher) }];
    });
  };
  return new CoveringIndex({ objects, build, matcherOf: ({ policy }) => policy.matcher });
}

function withMatcher<B extends Binding>(binding: B) {
  return { binding, matcher: compileMatcher(binding.spec?.matchResources ?? {}, 'all') };
}
