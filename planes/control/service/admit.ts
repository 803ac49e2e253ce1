import { isIP } from 'node:net';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkPortName } from '../../../kernel/meta/names.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Service, ServicePort, ServiceSpec } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, draftObjects, ensureObject, setDefault } from '../pod-spec/draft.ts';
import { validatePortNumber } from '../pod-spec/validate-container.ts';
import { dropFieldsOfType, hasNodePorts } from './exposure.ts';
import { serviceWarnings, validateExposure } from './validate-exposure.ts';

/** Defaults and rules of Services (Kubernetes `SetDefaults_Service`, `ValidateService`). */
export const admitService: KindAdmission<Service> = {
  mutate: defaultService,
  prepare: (draft, old) => {
    const spec = draftObject(draft, 'spec');
    if (spec === undefined) return;
    if (old?.spec !== undefined) dropFieldsOfType(spec, old.spec);
    chooseFamilies(spec);
  },
  validate: validateService,
  warn: ({ spec }, _old, { subresource }) => (subresource === '' ? serviceWarnings(spec) : []),
};

function defaultService(draft: Record<string, unknown>, old: Service | undefined): void {
  if (old === undefined) draft['status'] = { loadBalancer: {} };
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  for (const port of draftObjects(spec, 'ports')) setDefault(port, 'targetPort', port['port']);
  const type = spec['type'] ?? 'ClusterIP';
  const isExternal = Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0;
  if (type === 'NodePort' || type === 'LoadBalancer' || isExternal) {
    setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  }
  if (type === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  if (type !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['sessionAffinity'] === 'ClientIP') {
    const clientIp = ensureObject(ensureObject(spec, 'sessionAffinityConfig') ?? {}, 'clientIP');
    if (clientIp !== undefined) setDefault(clientIp, 'timeoutSeconds', affinitySeconds);
  } else if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
}

/** How long a client stays with a pod, seconds. */
const affinitySeconds = 10_800;

/** The server has addresses of one family; what stands behind a name without a selector may have both. */
function chooseFamilies(spec: DraftObject): void {
  if ((spec['type'] ?? 'ClusterIP') === 'ExternalName') return;
  const hasSelector = Object.keys(draftObject(spec, 'selector') ?? {}).length > 0;
  const isBare = spec['clusterIP'] === 'None' && !hasSelector;
  setDefault(spec, 'ipFamilies', isBare ? ['IPv4', 'IPv6'] : ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', isBare ? 'RequireDualStack' : 'SingleStack');
}

function validateService(
  { metadata, spec }: Service,
  old: Service | undefined,
  context: AdmitContext,
): readonly FieldError[] {
  if (context.subresource === 'status') return [];
  if (spec === undefined) return [{ type: 'Required', path: 'spec', detail: '' }];
  const errors: FieldError[] = validateLabels(spec.selector ?? {}, 'spec.selector').slice();
  if (context.operation === 'create' && metadata.name !== undefined) {
    for (const detail of checkDnsLabel(metadata.name)) {
      errors.push({ type: 'Invalid', path: 'metadata.name', value: metadata.name, detail });
    }
  }
  if (spec.type === 'ExternalName') {
    if ((spec.externalName ?? '') === '') errors.push({ type: 'Required', path: 'spec.externalName', detail: '' });
  } else if ((spec.ports ?? []).length === 0 && spec.clusterIP !== 'None') {
    errors.push({ type: 'Required', path: 'spec.ports', detail: '' });
  }
  return [...errors, ...validatePorts(spec), ...validateAddress(spec, old?.spec), ...validateExposure(spec)];
}

function validatePorts(spec: ServiceSpec): readonly FieldError[] {
  const ports = spec.ports ?? [];
  const [names, numbers] = [new Set<string>(), new Set<string>()];
  return ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const errors = [...validateName(port, `${path}.name`, { taken: names, isNeeded: ports.length > 1 })];
    errors.push(...validatePortNumber(port.port ?? 0, `${path}.port`), ...validateTarget(port, `${path}.targetPort`));
    if (port.nodePort !== undefined && !hasNodePorts(spec)) {
      const detail = `may not be used when \`type\` is '${spec.type ?? 'ClusterIP'}'`;
      errors.push({ type: 'Forbidden', path: `${path}.nodePort`, detail });
    }
    const number = `${port.protocol ?? 'TCP'}/${port.port}`;
    if (numbers.has(number)) {
      errors.push({
        type: 'Duplicate',
        path,
        value: { port: port.port, protocol: port.protocol ?? 'TCP' },
        detail: '',
      });
    }
    numbers.add(number);
    return errors;
  });
}

interface NameRules {
  readonly taken: Set<string>;
  readonly isNeeded: boolean;
}

function validateName({ name = '' }: ServicePort, path: string, { taken, isNeeded }: NameRules): readonly FieldError[] {
  if (name === '') return isNeeded ? [{ type: 'Required', path, detail: '' }] : [];
  if (taken.has(name)) return [{ type: 'Duplicate', path, value: name, detail: '' }];
  taken.add(name);
  return checkDnsLabel(name).map((detail) => ({ type: 'Invalid', path, value: name, detail }));
}

function validateTarget({ targetPort }: ServicePort, path: string): readonly FieldError[] {
  if (targetPort === undefined) return validatePortNumber(0, path);
  if (typeof targetPort === 'number') return validatePortNumber(targetPort, path);
  return checkPortName(targetPort).map((detail) => ({ type: 'Invalid', path, value: targetPort, detail }));
}

/**
 * The addresses are given once; only a Service that had none, or that becomes an ExternalName, may change them (Kubernetes
 * `ValidateServiceClusterIPsRelatedFields`, `validateUpgradeDowngradeClusterIPs`).
 */
function validateAddress(spec: ServiceSpec, old: ServiceSpec | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { clusterIP = '', clusterIPs = [clusterIP], ipFamilies = [] } = spec;
  const at = 'spec.clusterIPs[0]';
  const isAddress = clusterIP !== '' && clusterIP !== 'None';
  if (isAddress && isIP(clusterIP) === 0) {
    errors.push(invalid(at, clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
  } else if (
    isAddress &&
    (ipFamilies[0] === 'IPv4' || ipFamilies[0] === 'IPv6') &&
    ipFamilies[0] !== `IPv${isIP(clusterIP)}`
  ) {
    errors.push(invalid(at, clusterIP, `expected an ${ipFamilies[0]} value as indicated by \`ipFamilies[0]\``));
  }
  const before = old?.clusterIP ?? '';
  if (before !== '' && clusterIP !== before && spec.type !== 'ExternalName' && old?.type !== 'ExternalName') {
    errors.push(invalid(at, clusterIPs, 'may not change once set'));
  }
  return errors;
}
