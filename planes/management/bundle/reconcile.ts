import type { Blobs } from '../../../kernel/ports/blobs.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { removeFinalizer } from '../../../kernel/controller/finalizers.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { workKind } from '../work/type.ts';
import { bundleFinalizer } from './admit.ts';
import { type Bundle, bundleKind } from './type.ts';

/** Removes the blobs of a deleted bundle, unless another bundle has them too; not while a Work still points at it. */
export async function reconcileBundle({ object, view, client, signal }: Pass<Bundle>, blobs: Blobs): Promise<Outcome> {
  if (object.metadata.deletionTimestamp === undefined) return settled;
  const { namespace = '', name } = object.metadata;
  const user = view
    .list(workKind)
    .find(({ spec: { bundle } }) => bundle.namespace === namespace && bundle.name === name);
  if (user !== undefined) {
    const on = [{ kind: 'Work', namespace: user.metadata.namespace ?? '', name: user.metadata.name }];
    return { kind: 'stalled', reason: 'InUse', message: `Work "${user.metadata.name}" points at the bundle`, on };
  }
  const others = view.list(bundleKind).filter((bundle) => bundle.metadata.uid !== object.metadata.uid);
  const shared = new Set(others.flatMap(digestsOf));
  for (const digest of digestsOf(object)) if (!shared.has(digest)) await blobs.remove(digest, signal);
  await removeFinalizer(client, { kind: bundleKind, object, finalizer: bundleFinalizer }, signal);
  return settled;
}

function digestsOf({ spec }: Bundle): readonly string[] {
  return [spec.digest, spec.config.digest, ...spec.layers.map((layer) => layer.digest)];
}
