import { formatResource } from '../meta/key.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import type { FollowedObjects } from './followed-objects.ts';
import type { Matcher } from './matching.ts';

/** What a `CoveringIndex` is made of. */
export interface CoveringIndexOptions<T> {
  readonly objects: FollowedObjects;
  /** Everything that counts, in the order in which it is asked; called again after a change. */
  readonly build: () => readonly T[];
  readonly matcherOf: (one: T) => Matcher;
}

/**
 * Policies or webhooks by what they can be about: made again after a change, by the first write that asks. Writes of
 * resources nothing covers find an empty list.
 */
export class CoveringIndex<T> {
  readonly #options: CoveringIndexOptions<T>;
  readonly #covering = new Map<string, readonly T[]>();
  #all: readonly T[] = [];
  #changeCount = -1;

  constructor(options: CoveringIndexOptions<T>) {
    this.#options = options;
  }

  /** What may match writes of the resource. */
  covering({ definition, subresource }: Pick<AdmissionAttributes, 'definition' | 'subresource'>): readonly T[] {
    const { objects, build, matcherOf } = this.#options;
    if (objects.changeCount !== this.#changeCount) {
      this.#changeCount = objects.changeCount;
      this.#covering.clear();
      this.#all = build();
    }
    const key = `${formatResource(definition.plural, definition.group)}/${subresource}`;
    return this.#covering.getOrInsertComputed(key, () =>
      this.#all.filter((one) => matcherOf(one).covers(definition, subresource)),
    );
  }
}
