import { isJsonObject } from '../../meta/object.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Namespace } from '../../schema/standard/types.ts';

/** Finalizer in `spec.finalizers` that holds a namespace until its contents are gone (core/v1 `FinalizerKubernetes`). */
export const contentFinalizer = 'kubernetes';

/** Label every namespace carries, with its own name as the value (core/v1 `LabelMetadataName`). */
const nameLabel = 'kubernetes.io/metadata.name';

/** What the server keeps true of every namespace. */
export const admitNamespace: KindAdmission<Namespace> = {
  mutate(draft, old) {
    const metadata = draft['metadata'] as Record<string, unknown>;
    metadata['labels'] = { ...asObject(metadata['labels']), [nameLabel]: metadata['name'] };
    const spec = asObject(draft['spec']);
    // An absent list says nothing about finalizers; only an explicit one changes them.
    if (spec['finalizers'] === undefined) {
      const finalizers = old === undefined ? [contentFinalizer] : old.spec?.finalizers;
      if (finalizers !== undefined) draft['spec'] = { ...spec, finalizers };
    }
    const phase = metadata['deletionTimestamp'] === undefined ? 'Active' : 'Terminating';
    draft['status'] = { ...asObject(draft['status']), phase };
  },
};

function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? { ...value } : {};
}
