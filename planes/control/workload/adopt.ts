import type { Pass } from '../../../kernel/controller/controller.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { LabelSelector } from '../../../kernel/schema/standard/types.ts';
import { adoptionPatch, planOwnership, releasePatch } from './ownership.ts';
import { nameOf } from './watch.ts';

/**
 * Adopts and releases objects of `kind` in the namespace of the pass's object, as its selector says.
 * @returns those it controls now. What was adopted only now comes back changed through the watch.
 */
export async function takeOwnership<T extends KubeObject>(
  pass: Pass<KubeObject>,
  kind: KindDefinition<T>,
  selector: LabelSelector | undefined,
): Promise<readonly T[]> {
  const owner = pass.object;
  const candidates = pass.view.list(kind, owner.metadata.namespace);
  const { owned, adopt, release } = planOwnership(owner, selector, candidates);
  const adopted: T[] = [];
  for (const object of adopt) {
    const body = adoptionPatch(owner, object);
    const taken = await ignoringGone(() =>
      pass.client.patch(kind, nameOf(object), { type: 'merge', body }, {}, pass.signal),
    );
    if (taken !== undefined) adopted.push(taken);
  }
  for (const object of release) {
    const body = releasePatch(owner, object);
    await ignoringGone(() => pass.client.patch(kind, nameOf(object), { type: 'merge', body }, {}, pass.signal));
  }
  return [...owned, ...adopted];
}

/** Runs a write on an object that somebody may have deleted meanwhile; `undefined` when that happened. */
export async function ignoringGone<R>(write: () => Promise<R>): Promise<R | undefined> {
  try {
    return await write();
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined;
    throw error;
  }
}
