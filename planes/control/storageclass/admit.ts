import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present, presentAnd, supported, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { StorageClass } from '../../../kernel/schema/standard/types.ts';

/** Recycling is over for volumes that are made on demand. */
const reclaimPolicies = ['Delete', 'Retain'];

const emptyParameter = { type: 'Invalid', path: 'parameters', value: '', detail: 'field can not be empty.' } as const;

/** Rules of StorageClasses (Kubernetes `ValidateStorageClass`, `ValidateStorageClassUpdate`). */
export const admitStorageClass: KindAdmission<StorageClass> = {
  validate: (object, old): readonly FieldError[] => [
    ...presentAnd('provisioner', object.provisioner.toLowerCase(), checkQualifiedName),
    ...(Object.hasOwn(object.parameters ?? {}, '') ? [emptyParameter] : []),
    ...(object.reclaimPolicy === undefined ? [] : supported('reclaimPolicy', object.reclaimPolicy, reclaimPolicies)),
    ...(object.allowedTopologies ?? []).flatMap(({ matchLabelExpressions = [] }, index) =>
      matchLabelExpressions.flatMap(({ values }, at) =>
        (values ?? []).length > 0
          ? []
          : present(`allowedTopologies[${index}].matchLabelExpressions[${at}].values`, undefined),
      ),
    ),
    ...(old === undefined ? [] : validateChange(object, old)),
  ],
};

function validateChange(object: StorageClass, old: StorageClass): readonly FieldError[] {
  const fixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const;
  return fixed.flatMap((name) => unchanged(name, object[name], old[name]));
}
