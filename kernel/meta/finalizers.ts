/** Holds an object until its dependents no longer name it as an owner (`propagationPolicy: Orphan`). */
export const orphanFinalizer = 'orphan';
/** Holds an object until its dependents are gone (`propagationPolicy: Foreground`). */
export const foregroundFinalizer = 'foregroundDeletion';

/** Adds `finalizer` to an object that is about to be created, for `KindAdmission.mutate`; idempotent. */
export function addFinalizer(draft: Record<string, unknown>, finalizer: string): void {
  const metadata = draft['metadata'] as Record<string, unknown>;
  const finalizers = (metadata['finalizers'] as readonly string[] | undefined) ?? [];
  if (!finalizers.includes(finalizer)) metadata['finalizers'] = [...finalizers, finalizer];
}
