import { isJsonObject } from '../../meta/object.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Namespace } from '../../schema/standard/types.ts';

/** Finalizer in `spec.finalizers` that holds a namespace until its contents are gone (core/v1 `FinalizerKubernetes`). */
export const contentFinalizer = 'kubernetes';

/** Label every namespace carries, with its own name as the value (core/v1 `LabelMetadataName`). */
const nameLabel = 'kubernetes.io/metadata.name';

/** What the server keeps true of every namespace. */
export const admitNamespace: KindAdmission<Namespace> = {
  mutate(draft, old, { subresource }) {
    const metadata = draft['metadata'] as Record<string, unknown>;
    metadata['labels'] = { ...asObject(metadata['labels']), [nameLabel]: metadata['name'] };
    if (subresource !== 'finalize') keepFinalizers(draft, old);
    const phase = metadata['deletionTimestamp'] === undefined ? 'Active' : 'Terminating';
    draft['status'] = { ...asObject(draft['status']), phase };
  },
};

/** Only `/finalize` changes `spec.finalizers`; a new namespace holds until its contents are gone. */
function keepFinalizers(draft: Record<string, unknown>, old: Namespace | undefined): void {
  const { finalizers: _given, ...spec } = asObject(draft['spec']);
  const finalizers = old === undefined ? [contentFinalizer] : old.spec?.finalizers;
  draft['spec'] = finalizers === undefined ? spec : { ...spec, finalizers };
}

function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? { ...value } : {};
}
