import { isIP } from 'node:net';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, present, supported } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type {
  EndpointAddress,
  EndpointPort,
  Endpoints,
  EndpointSubset,
} from '../../../kernel/schema/standard/types.ts';
import { validatePortNumber } from '../pod-spec/validate-container.ts';

/**
 * Rules of Endpoints (Kubernetes `ValidateEndpoints`), but for loopback addresses: those of pods that are processes of a
 * site are such.
 */
export const admitEndpoints: KindAdmission<Endpoints> = {
  validate: ({ subsets = [] }) => subsets.flatMap((subset, index) => validateSubset(subset, `subsets[${index}]`)),
};

function validateSubset(subset: EndpointSubset, path: string): readonly FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    return [{ type: 'Required', path, detail: 'must specify `addresses` or `notReadyAddresses`' }];
  }
  return [
    ...addresses.flatMap((address, index) => validateAddress(address, `${path}.addresses[${index}]`)),
    ...notReadyAddresses.flatMap((address, index) => validateAddress(address, `${path}.notReadyAddresses[${index}]`)),
    ...ports.flatMap((port, index) => validatePort(port, `${path}.ports[${index}]`, ports.length > 1)),
  ];
}

function validateAddress({ ip = '', hostname = '' }: Partial<EndpointAddress>, path: string): readonly FieldError[] {
  const details =
    isIP(ip) === 0
      ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', 'must be a valid IP address']
      : reservedUses(ip);
  return [
    ...details.map((detail): FieldError => ({ type: 'Invalid', path: `${path}.ip`, value: ip, detail })),
    ...(hostname === '' ? [] : checked(`${path}.hostname`, hostname, checkDnsLabel)),
  ];
}

/** Addresses that lead to no pod. */
function reservedUses(ip: string): readonly string[] {
  if (ip === '0.0.0.0' || ip === '::') return [`may not be unspecified (${ip})`];
  if (ip.startsWith('169.254.')) return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  return [];
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validatePort({ name = '', port = 0, protocol }: Partial<EndpointPort>, path: string, isNeeded: boolean) {
  const named =
    name === '' ? (isNeeded ? present(`${path}.name`, name) : []) : checked(`${path}.name`, name, checkDnsLabel);
  return [
    ...named,
    ...validatePortNumber(port, `${path}.port`),
    ...(protocol === undefined ? [] : supported(`${path}.protocol`, protocol, protocols)),
  ];
}
