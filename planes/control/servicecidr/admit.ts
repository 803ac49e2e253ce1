import type { FieldError } from '../../../kernel/meta/errors.ts';
import { unchanged } from '../../../kernel/meta/field-rules.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ServiceCIDR } from '../../../kernel/schema/standard/types.ts';
import { parseNetwork } from '../addresses/network.ts';

/** Rules of ServiceCIDRs (Kubernetes `ValidateServiceCIDR`, `ValidateServiceCIDRUpdate`). */
export const admitServiceCidr: KindAdmission<ServiceCIDR> = { validate: validateServiceCidr };

function validateServiceCidr(
  { spec }: ServiceCIDR,
  old: ServiceCIDR | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  const path = 'spec.cidrs';
  const cidrs = spec?.cidrs ?? [];
  if (old !== undefined) return unchanged(path, cidrs, old.spec?.cidrs ?? []);
  if (cidrs.length === 0) return [{ type: 'Required', path, detail: 'at least one CIDR required' }];
  if (cidrs.length > 2) {
    return [{ type: 'Invalid', path, value: spec, detail: 'may only hold up to 2 values' }];
  }
  const families = new Set(cidrs.map((cidr) => parseNetwork(cidr)?.bits));
  if (cidrs.length === 2 && families.size < 2) {
    return [{ type: 'Invalid', path, value: spec, detail: 'may specify no more than one IP for each IP family' }];
  }
  return cidrs.flatMap((cidr, index) => validateNetwork(cidr, `${path}[${index}]`));
}

function validateNetwork(value: string, path: string): readonly FieldError[] {
  const network = parseNetwork(value);
  if (network === undefined) {
    const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    return [{ type: 'Invalid', path, value, detail }];
  }
  const detail = 'must not have bits set beyond the prefix length';
  return network.isMasked ? [] : [{ type: 'Invalid', path, value, detail }];
}
