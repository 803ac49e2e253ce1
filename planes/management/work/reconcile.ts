import type { Pass } from '../../../kernel/controller/controller.ts';
import { removeFinalizer } from '../../../kernel/controller/finalizers.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { isReleased, workFinalizer } from './plan.ts';
import { type Work, workKind } from './type.ts';

/** Lets a deleted Work go once its site has confirmed that everything it made is gone. */
export async function reconcileWork({ object, client, signal }: Pass<Work>): Promise<Outcome> {
  if (object.metadata.deletionTimestamp === undefined) return settled;
  if (!isReleased(object)) {
    return {
      kind: 'stalled',
      reason: 'WaitingForSite',
      message: 'The site has not confirmed yet that everything is gone',
    };
  }
  await removeFinalizer(client, { kind: workKind, object, finalizer: workFinalizer }, signal);
  return settled;
}
