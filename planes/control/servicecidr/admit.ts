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
  if (old !== undefined) return validateChange(cidrs, old.spec?.cidrs ?? [], path);
  return validateCidrs(cidrs, path);
}

/** A second network of the other family may be added; nothing else changes. */
function validateChange(cidrs: readonly string[], old: readonly string[], path: string): readonly FieldError[] {
  if (cidrs.length === old.length) {
    return cidrs.flatMap((cidr, index) => unchanged(`${path}[${index}]`, cidr, old[index]));
  }
  if (old.length !== 1 || cidrs.length !== 2) return unchanged(path, cidrs, old);
  return [...unchanged(`${path}[0]`, cidrs[0], old[0]), ...validateCidrs(cidrs, path)];
}

function validateCidrs(cidrs: readonly string[], path: string): readonly FieldError[] {
  if (cidrs.length === 0) return [{ type: 'Required', path, detail: 'at least one CIDR required' }];
  if (cidrs.length > 2) {
    return [{ type: 'Invalid', path, value: { cidrs }, detail: 'may only hold up to 2 values' }];
  }
  const families = new Set(cidrs.map((cidr) => parseNetwork(cidr)?.bits));
  if (cidrs.length === 2 && families.size < 2) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    return [{ type: 'Invalid', path, value: cidrs, detail }];
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
