import { checkOwnFinalizer } from '../../meta/finalizers.ts';
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
    // A name that is still being made up is nobody's to write down.
    if (old !== undefined || metadata['generateName'] === undefined) addNameLabel(metadata);
    if (subresource !== 'finalize' && old !== undefined) keepFinalizers(draft, old);
    const phase = metadata['deletionTimestamp'] === undefined ? 'Active' : 'Terminating';
    draft['status'] = { ...asObject(draft['status']), phase };
  },
  prepare(draft, old) {
    addNameLabel(draft['metadata'] as Record<string, unknown>);
    if (old === undefined) addContentFinalizer(draft);
  },
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((one) => checkOwnFinalizer('spec.finalizers', one)),
};

function addNameLabel(metadata: Record<string, unknown>): void {
  metadata['labels'] = { ...asObject(metadata['labels']), [nameLabel]: metadata['name'] };
}

/** A new namespace holds until its contents are gone. */
function addContentFinalizer(draft: Record<string, unknown>): void {
  const spec = asObject(draft['spec']);
  const given: readonly unknown[] = Array.isArray(spec['finalizers']) ? spec['finalizers'] : [];
  draft['spec'] = { ...spec, finalizers: given.includes(contentFinalizer) ? given : [...given, contentFinalizer] };
}

/** Only `/finalize` changes `spec.finalizers`. */
function keepFinalizers(draft: Record<string, unknown>, old: Namespace): void {
  const { finalizers: _given, ...spec } = asObject(draft['spec']);
  const { finalizers } = old.spec ?? {};
  draft['spec'] = finalizers === undefined ? spec : { ...spec, finalizers };
}

function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? { ...value } : {};
}
