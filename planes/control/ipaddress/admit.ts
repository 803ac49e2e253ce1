import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain, checkPathSegment } from '../../../kernel/meta/names.ts';
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
  const { group = '', resource, name, namespace = '' } = parent;
  return [
    ...(group === '' ? [] : checked(`${path}.group`, group, checkDnsSubdomain)),
    ...presentAnd(`${path}.resource`, resource, checkPathSegment),
    ...presentAnd(`${path}.name`, name, checkPathSegment),
    ...(namespace === '' ? [] : checked(`${path}.namespace`, namespace, checkPathSegment)),
  ];
}
