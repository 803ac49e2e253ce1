import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, supported } from '../../../kernel/meta/field-rules.ts';
import { checkPortName } from '../../../kernel/meta/names.ts';
import { validateLabelSelector } from '../../../kernel/meta/selectors.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../../kernel/schema/standard/types.ts';
import { type Network, parseNetwork } from '../addresses/network.ts';
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

function validatePort({ protocol, ...ports }: NetworkPolicyPort, path: string): readonly FieldError[] {
  return [
    ...(protocol === undefined ? [] : supported(`${path}.protocol`, protocol, protocols)),
    ...validateNumbers(ports, path),
  ];
}

const protocols = ['TCP', 'UDP', 'SCTP'];

function validateNumbers({ port, endPort }: NetworkPolicyPort, path: string): readonly FieldError[] {
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
    // Upstream quotes the port.
    errors.push({ type: 'Invalid', path: at, value: port, detail: 'must be greater than or equal to `port`' });
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
  return [...errors, ...validateBlock(ipBlock, `${path}.ipBlock`)];
}

/** A network, and what is left out of it. */
function validateBlock({ cidr, except = [] }: IPBlock, path: string): readonly FieldError[] {
  const whole = parseNetwork(cidr);
  return [
    ...(whole === undefined ? [invalid(`${path}.cidr`, cidr, networkRule)] : []),
    ...except.flatMap((text, index) => {
      const at = `${path}.except[${index}]`;
      const part = parseNetwork(text);
      if (part === undefined) return [invalid(at, text, networkRule)];
      if (whole === undefined || isStrictlyIn(part, whole)) return [];
      return [invalid(at, text, 'must be a strict subset of `cidr`')];
    }),
  ];
}

const networkRule = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function isStrictlyIn(part: Network, whole: Network): boolean {
  const hostBits = BigInt(whole.bits - whole.prefixLength);
  return (
    part.bits === whole.bits &&
    part.prefixLength > whole.prefixLength &&
    part.first >> hostBits === whole.first >> hostBits
  );
}
