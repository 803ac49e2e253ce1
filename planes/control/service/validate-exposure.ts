import { isIP } from 'node:net';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, notSupported, supported } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain, checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { ServiceSpec } from '../../../kernel/schema/standard/types.ts';

/** Everything wrong with how a Service is reached, its ports and its own address apart (Kubernetes `ValidateService`). */
export function validateExposure(spec: ServiceSpec): readonly FieldError[] {
  return [
    ...validateType(spec),
    ...validateAffinity(spec),
    ...validateExternal(spec),
    ...validateBalancer(spec),
    ...validateFamilies(spec),
    ...validateDistribution(spec),
    ...(spec.ports ?? []).flatMap(({ appProtocol }, index) =>
      appProtocol === undefined ? [] : checked(`spec.ports[${index}].appProtocol`, appProtocol, checkQualifiedName),
    ),
  ];
}

function validateType({ type = 'ClusterIP', clusterIP = '', clusterIPs = [], externalName = '' }: ServiceSpec) {
  const errors: FieldError[] = [];
  if (type === 'ExternalName') {
    if (clusterIP !== '' && clusterIP !== 'None') {
      errors.push({ type: 'Forbidden', path: 'spec.clusterIPs', detail: 'may not be set for ExternalName services' });
    }
    if (externalName !== '') {
      errors.push(...checked('spec.externalName', externalName.replace(/\.$/, ''), checkDnsSubdomain));
    }
  } else if (clusterIP === 'None' && type !== 'ClusterIP') {
    const detail = `may not be set to 'None' for ${type} services`;
    errors.push({ type: 'Invalid', path: 'spec.clusterIPs[0]', value: clusterIP, detail });
  }
  const [first] = clusterIPs;
  if (first !== undefined && clusterIP !== '' && first !== clusterIP) {
    const detail = 'first value must match `clusterIP`';
    errors.push({ type: 'Invalid', path: 'spec.clusterIPs', value: clusterIPs, detail });
  }
  if (first !== undefined && clusterIP === '' && type !== 'ExternalName') {
    errors.push(invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified'));
  }
  return errors;
}

/** Longest time a client stays with a pod, seconds. */
const affinitySecondsMax = 86_400;

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): readonly FieldError[] {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity !== 'ClientIP' || seconds === undefined) return [];
  if (seconds > 0 && seconds <= affinitySecondsMax) return [];
  const path = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  const detail = `must be greater than 0 and less than ${affinitySecondsMax}`;
  return [{ type: 'Invalid', path, value: seconds, detail }];
}

function validateExternal(spec: ServiceSpec): readonly FieldError[] {
  const { type = 'ClusterIP', externalIPs = [], externalTrafficPolicy, healthCheckNodePort = 0 } = spec;
  const errors: FieldError[] = externalIPs.flatMap((address, index) =>
    checked(`spec.externalIPs[${index}]`, address, checkExternal),
  );
  const isReachable = type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0;
  if (!isReachable && externalTrafficPolicy !== undefined) {
    const detail = 'may only be set for externally-accessible services';
    errors.push({ type: 'Invalid', path: 'spec.externalTrafficPolicy', value: externalTrafficPolicy, detail });
  }
  if (healthCheckNodePort !== 0 && !(type === 'LoadBalancer' && externalTrafficPolicy === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push({ type: 'Invalid', path: 'spec.healthCheckNodePort', value: healthCheckNodePort, detail });
  }
  return errors;
}

function checkExternal(address: string): readonly string[] {
  if (isIP(address) === 0) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  if (address.startsWith('127.') || address === '::1')
    return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  return address === '0.0.0.0' || address === '::' ? [`may not be unspecified (${address})`] : [];
}

function checkRange(range: string): readonly string[] {
  const [address = '', bits = ''] = range.trim().split('/');
  const bitsMax = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax) return [];
  return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
}

function validateBalancer(spec: ServiceSpec): readonly FieldError[] {
  const { type = 'ClusterIP', loadBalancerSourceRanges = [], loadBalancerClass, allocateLoadBalancerNodePorts } = spec;
  if (type === 'LoadBalancer') {
    return [
      ...loadBalancerSourceRanges.flatMap((range, index) =>
        checked(`spec.LoadBalancerSourceRanges[${index}]`, range, checkRange),
      ),
      ...(loadBalancerClass === undefined
        ? []
        : checked('spec.loadBalancerClass', loadBalancerClass, checkQualifiedName)),
    ];
  }
  const given = {
    LoadBalancerSourceRanges: loadBalancerSourceRanges.length > 0,
    allocateLoadBalancerNodePorts: allocateLoadBalancerNodePorts !== undefined,
    loadBalancerClass: loadBalancerClass !== undefined,
  };
  const detail = "may only be used when `type` is 'LoadBalancer'";
  return Object.entries(given).flatMap(([field, isGiven]): readonly FieldError[] =>
    isGiven ? [{ type: 'Forbidden', path: `spec.${field}`, detail }] : [],
  );
}

const families = ['IPv4', 'IPv6'];

function validateFamilies({ ipFamilies = [], ipFamilyPolicy, clusterIP = '', selector = {} }: ServiceSpec) {
  const errors: FieldError[] = [];
  const isBare = clusterIP === 'None' && Object.keys(selector).length === 0;
  ipFamilies.forEach((family, index) => {
    const path = `spec.ipFamilies[${index}]`;
    errors.push(...supported(path, family, families));
    if (ipFamilies.indexOf(family) !== index) errors.push({ type: 'Duplicate', path, value: family, detail: '' });
    // Of one with an address it is said that the address is of the other family.
    if (family !== 'IPv6' || isBare || isIP(clusterIP) !== 0) return;
    errors.push({ type: 'Invalid', path, value: family, detail: 'not configured on this cluster' });
  });
  if (ipFamilyPolicy === 'RequireDualStack' && !isBare) {
    const detail = 'this cluster is not configured for dual-stack services';
    errors.push({ type: 'Invalid', path: 'spec.ipFamilyPolicy', value: ipFamilyPolicy, detail });
  }
  return errors;
}

const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function validateDistribution({ trafficDistribution: value }: ServiceSpec): readonly FieldError[] {
  if (value === undefined || distributions.includes(value)) return [];
  return [notSupported('spec.trafficDistribution', value, distributions)];
}

/** What people should know of a Service that is right. */
export function serviceWarnings(spec: ServiceSpec | undefined): readonly string[] {
  if (spec === undefined) return [];
  const { type = 'ClusterIP', externalIPs = [], externalName = '', trafficDistribution } = spec;
  const warnings: string[] = [];
  if (externalIPs.length > 0) {
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (externalName !== '' && type !== 'ExternalName') {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}
