import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present, unchanged } from '../../../kernel/meta/field-rules.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { IPAddress, ParentReference } from '../../../kernel/schema/standard/types.ts';

/** Rules of IPAddresses (Kubernetes `ValidateIPAddress`, `ValidateIPAddressUpdate`). */
export const admitIpAddress: KindAdmission<IPAddress> = {
  validate: ({ spec }, old): readonly FieldError[] => [
    ...validateParent(spec?.parentRef),
    ...(old === undefined ? [] : unchanged('spec.parentRef', spec?.parentRef, old.spec?.parentRef)),
  ],
};

function validateParent(parent: ParentReference | undefined): readonly FieldError[] {
  const path = 'spec.parentRef';
  if (parent === undefined) return [{ type: 'Required', path, detail: '' }];
  return [...present(`${path}.resource`, parent.resource), ...present(`${path}.name`, parent.name)];
}
