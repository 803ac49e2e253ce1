import type { FieldError } from '../../../kernel/meta/errors.ts';
import { presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { StorageClass } from '../../../kernel/schema/standard/types.ts';

/** Rules of StorageClasses (Kubernetes `ValidateStorageClass`, `ValidateStorageClassUpdate`). */
export const admitStorageClass: KindAdmission<StorageClass> = {
  validate: (object, old): readonly FieldError[] => [
    ...presentAnd('provisioner', object.provisioner.toLowerCase(), checkQualifiedName),
    ...(old === undefined ? [] : validateChange(object, old)),
  ],
};

function validateChange(object: StorageClass, old: StorageClass): readonly FieldError[] {
  const fixed = ['parameters', 'provisioner', 'reclaimPolicy'] as const;
  const errors: FieldError[] = fixed
    .filter((name) => !jsonEquals(object[name], old[name]))
    .map((name) => ({ type: 'Forbidden', path: name, detail: `updates to ${name} are forbidden.` }));
  return [...errors, ...unchanged('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode)];
}
