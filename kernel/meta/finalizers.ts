import type { FieldError } from './errors.ts';

/** Holds an object until its dependents no longer name it as an owner (`propagationPolicy: Orphan`). */
export const orphanFinalizer = 'orphan';
/** Holds an object until its dependents are gone (`propagationPolicy: Foreground`). */
export const foregroundFinalizer = 'foregroundDeletion';

/** Finalizers without a domain, which only Kubernetes gives out; `kubernetes` stands in `spec` of Namespaces. */
const standardFinalizers = new Set([orphanFinalizer, foregroundFinalizer, 'kubernetes']);

/** True for a finalizer that says whose it is: by its domain, or as one of Kubernetes' own. */
export function isAttributable(finalizer: string): boolean {
  return finalizer.includes('/') || standardFinalizers.has(finalizer);
}

/** What is wrong with a finalizer of a standard kind (core `ValidateFinalizerName`). */
export function checkOwnFinalizer(path: string, value: string): readonly FieldError[] {
  if (isAttributable(value)) return [];
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  return [{ type: 'Invalid', path, value, detail }];
}

/** Adds `finalizer` to an object that is about to be created, for `KindAdmission.mutate`; idempotent. */
export function addFinalizer(draft: Record<string, unknown>, finalizer: string): void {
  const metadata = draft['metadata'] as Record<string, unknown>;
  const finalizers = (metadata['finalizers'] as readonly string[] | undefined) ?? [];
  if (!finalizers.includes(finalizer)) metadata['finalizers'] = [...finalizers, finalizer];
}
