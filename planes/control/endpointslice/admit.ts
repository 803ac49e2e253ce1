import { isIP } from 'node:net';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, notSupported, supported, unchanged } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { DiscoveryV1EndpointPort, Endpoint, EndpointSlice } from '../../../kernel/schema/standard/types.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

/**
 * Rules of EndpointSlices (Kubernetes `ValidateEndpointSlice`, `ValidateEndpointSliceUpdate`), but for loopback addresses:
 * those of pods that are processes of a site are such.
 */
export const admitEndpointSlice: KindAdmission<EndpointSlice> = {
  validate: (slice, old): readonly FieldError[] => [
    ...validateType(slice.addressType),
    ...validatePorts(slice.ports ?? []),
    // Kubernetes: endpoints that stay as they were are not looked at again.
    ...(old !== undefined && jsonEquals(slice.endpoints, old.endpoints) ? [] : validateEndpoints(slice)),
    ...(old === undefined ? [] : unchanged('addressType', slice.addressType, old.addressType)),
  ],
};

function validateEndpoints({ endpoints = [], addressType }: EndpointSlice): readonly FieldError[] {
  return endpoints.flatMap((endpoint, index) => validateEndpoint(endpoint, `endpoints[${index}]`, addressType));
}

function validateType(addressType: string | undefined): readonly FieldError[] {
  if (addressType === undefined) return [{ type: 'Required', path: 'addressType', detail: '' }];
  return addressTypes.includes(addressType) ? [] : [notSupported('addressType', addressType, addressTypes)];
}

function validateEndpoint(endpoint: Partial<Endpoint>, path: string, addressType: string): readonly FieldError[] {
  const { addresses = [], hostname, nodeName } = endpoint;
  const none = { type: 'Required', path: `${path}.addresses`, detail: 'must contain at least 1 address' } as const;
  return [
    ...(addresses.length === 0 ? [none] : []),
    ...addresses.flatMap((address, index) => validateAddress(address, `${path}.addresses`, { index, addressType })),
    ...(hostname === undefined ? [] : checked(`${path}.hostname`, hostname, checkDnsLabel)),
    ...(nodeName === undefined ? [] : checked(`${path}.nodeName`, nodeName, checkDnsSubdomain)),
  ];
}

interface AddressPlace {
  readonly index: number;
  readonly addressType: string;
}

/** Upstream leaves the number out where the family is wrong. */
function validateAddress(address: string, path: string, { index, addressType }: AddressPlace): readonly FieldError[] {
  const at = `${path}[${index}]`;
  if (addressType === 'FQDN') return checked(at, address, checkDnsSubdomain);
  const family = isIP(address);
  if (family === 0) {
    const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    return [{ type: 'Invalid', path: at, value: address, detail }];
  }
  if (!addressTypes.includes(addressType) || addressType === `IPv${family}`) return [];
  return [{ type: 'Invalid', path, value: address, detail: `must be an ${addressType} address` }];
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: readonly Partial<DiscoveryV1EndpointPort>[]): readonly FieldError[] {
  const taken = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, index) => {
    const path = `ports[${index}]`;
    const errors: FieldError[] = name === '' ? [] : [...checked(`${path}.name`, name, checkDnsLabel)];
    if (taken.has(name)) errors.push({ type: 'Duplicate', path: `${path}.name`, value: name, detail: '' });
    taken.add(name);
    if (protocol !== undefined) errors.push(...supported(`${path}.protocol`, protocol, protocols));
    if (appProtocol === undefined) return errors;
    return [...errors, ...checked(`${path}.appProtocol`, appProtocol, checkQualifiedName)];
  });
}
