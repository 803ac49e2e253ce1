import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked } from '../../../kernel/meta/field-rules.ts';
import { checkPortName } from '../../../kernel/meta/names.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../kernel/schema/standard/types.ts';
import { isNetwork } from '../addresses/network.ts';
import { draftObject, setDefault } from '../pod-spec/draft.ts';
import { validatePortNumber } from '../pod-spec/validate-container.ts';

/** Defaults and rules of NetworkPolicies (Kubernetes `SetDefaults_NetworkPolicy`, `ValidateNetworkPolicySpec`). */
export const admitNetworkPolicy: KindAdmission<NetworkPolicy> = {
  mutate: (draft) => {
    const spec = draftObject(draft, 'spec');
    if (spec === undefined) return;
    // Egress only where there are rules for it: policies from before it existed are about ingress alone.
    const hasEgress = Array.isArray(spec['egress']) && spec['egress'].length > 0;
    setDefault(spec, 'policyTypes', hasEgress ? ['Ingress', 'Egress'] : ['Ingress']);
  },
  validate: validatePolicy,
};

function validatePolicy({ spec }: NetworkPolicy): readonly FieldError[] {
  if (spec === undefined) return [];
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
  const errors: FieldError[] =
    podSelector === undefined ? [] : [...validateLabelSelector(podSelector, 'spec.podSelector')];
  ingress.forEach(({ ports, from }, index) => {
    const path = `spec.ingress[${index}]`;
    errors.push(...validatePorts(ports, path), ...validatePeers(from, `${path}.from`));
  });
  egress.forEach(({ ports, to }, index) => {
    const path = `spec.egress[${index}]`;
    errors.push(...validatePorts(ports, path), ...validatePeers(to, `${path}.to`));
  });
  if (policyTypes.length > 2) {
    const detail = 'may not specify more than two policyTypes';
    errors.push({ type: 'Invalid', path: 'spec.policyTypes', value: policyTypes, detail });
  }
  return errors;
}

function validatePorts(ports: readonly NetworkPolicyPort[] = [], path: string): readonly FieldError[] {
  return ports.flatMap((port, index) => validatePort(port, `${path}.ports[${index}]`));
}

function validatePort({ port, endPort }: NetworkPolicyPort, path: string): readonly FieldError[] {
  const at = `${path}.endPort`;
  if (port === undefined) {
    const detail = 'may not be specified when `port` is not specified';
    return endPort === undefined ? [] : [{ type: 'Invalid', path: at, value: endPort, detail }];
  }
  if (typeof port === 'string') {
    const errors = checked(`${path}.port`, port, checkPortName);
    const detail = 'may not be specified when `port` is non-numeric';
    return endPort === undefined ? errors : [...errors, { type: 'Invalid', path: at, value: endPort, detail }];
  }
  const errors = [...validatePortNumber(port, `${path}.port`)];
  if (endPort === undefined) return errors;
  if (endPort < port) {
    errors.push({ type: 'Invalid', path: at, value: endPort, detail: 'must be greater than or equal to `port`' });
  }
  return [...errors, ...validatePortNumber(endPort, at)];
}

function validatePeers(peers: readonly NetworkPolicyPeer[] = [], path: string): readonly FieldError[] {
  return peers.flatMap((peer, index) => validatePeer(peer, `${path}[${index}]`));
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (podSelector !== undefined) errors.push(...validateLabelSelector(podSelector, `${path}.podSelector`));
  if (namespaceSelector !== undefined) {
    errors.push(...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`));
  }
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock === undefined) {
    if (!hasSelector) errors.push({ type: 'Required', path, detail: 'must specify a peer' });
    return errors;
  }
  if (hasSelector) {
    const detail = 'may not specify both ipBlock and another peer';
    errors.push({ type: 'Forbidden', path, detail });
  }
  const networks = [
    [ipBlock.cidr, `${path}.ipBlock.cidr`],
    ...(ipBlock.except ?? []).map((except, index) => [except, `${path}.ipBlock.except[${index}]`] as const),
  ] as const;
  for (const [value, at] of networks) {
    if (isNetwork(value)) continue;
    const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    errors.push({ type: 'Invalid', path: at, value, detail });
  }
  return errors;
}
