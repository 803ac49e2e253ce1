import type { CachedObject } from '../../cache/cached-object.ts';
import { formatResource } from '../../meta/key.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes } from '../../ports/admission.ts';
import type { MatchResources, ParamRef } from '../../schema/standard/types.ts';
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

/** What a `PolicySet` is made of. */
export interface PolicySetOptions<P> {
  readonly objects: FollowedObjects;
  /** `validatingadmissionpolicies.admissionregistration.k8s.io`. */
  readonly policies: string;
  readonly bindings: string;
  /** Compiles a policy; called once for each state of it. */
  readonly compile: (policy: KubeObject) => P;
}

/**
 * The policies that count, by what they can be about: made again after a change, by the first write that asks. Writes of
 * resources no policy covers find an empty list.
 */
export class PolicySet<P extends { readonly name: string; readonly matcher: Matcher }, B extends Binding> {
  readonly #options: PolicySetOptions<P>;
  readonly #compiled = new WeakMap<CachedObject, P>();
  readonly #covering = new Map<string, readonly BoundPolicy<P, B>[]>();
  #all: readonly BoundPolicy<P, B>[] = [];
  #changeCount = -1;

  constructor(options: PolicySetOptions<P>) {
    this.#options = options;
  }

  /** Policies that may match writes of the resource, by name. */
  covering({ definition, subresource }: Pick<AdmissionAttributes, 'definition' | 'subresource'>) {
    this.#refresh();
    const key = `${formatResource(definition.plural, definition.group)}/${subresource}`;
    return this.#covering.getOrInsertComputed(key, () =>
      this.#all.filter(({ policy }) => policy.matcher.covers(definition, subresource)),
    );
  }

  #refresh(): void {
    const { objects, policies, bindings } = this.#options;
    if (objects.changeCount === this.#changeCount) return;
    this.#changeCount = objects.changeCount;
    this.#covering.clear();
    const byPolicy = Map.groupBy(
      objects.list(bindings).map((stored) => stored.parsed() as B),
      ({ spec }) => spec?.policyName ?? '',
    );
    this.#all = objects.list(policies).flatMap((stored) => {
      const bound = byPolicy.get(stored.row.name);
      return bound === undefined ? [] : [{ policy: this.#compile(stored), bindings: bound.map(withMatcher) }];
    });
  }

  #compile(stored: CachedObject): P {
    const known = this.#compiled.get(stored);
    if (known !== undefined) return known;
    const made = this.#options.compile(stored.parsed());
    this.#compiled.set(stored, made);
    return made;
  }
}

function withMatcher<B extends Binding>(binding: B) {
  return { binding, matcher: compileMatcher(binding.spec?.matchResources ?? {}, 'all') };
}
