import type { FieldError } from '../../../kernel/meta/errors.ts';
import { amountNotNegative, checked, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { CSIStorageCapacity } from '../../../kernel/schema/standard/types.ts';

/** Rules of CSIStorageCapacities (Kubernetes `ValidateCSIStorageCapacity`, `ValidateCSIStorageCapacityUpdate`). */
export const admitCsiStorageCapacity: KindAdmission<CSIStorageCapacity> = {
  validate: ({ nodeTopology, storageClassName, capacity }, old): readonly FieldError[] => [
    ...(nodeTopology === undefined ? [] : validateLabelSelector(nodeTopology, 'nodeTopology')),
    ...checked('storageClassName', storageClassName ?? '', checkDnsSubdomain),
    ...amountNotNegative('capacity', capacity),
    ...(old === undefined ? [] : unchanged('nodeTopology', nodeTopology, old.nodeTopology)),
    ...(old === undefined ? [] : unchanged('storageClassName', storageClassName, old.storageClassName)),
  ],
};
