import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, present, supported } from '../../../kernel/meta/field-rules.ts';
import { checkLabelValue, checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Node, Taint } from '../../../kernel/schema/standard/types.ts';
import { parseNetwork } from '../addresses/network.ts';
import { draftObject } from '../pod-spec/draft.ts';

/** Defaults and rules of Nodes (Kubernetes `Convert_v1_NodeSpec_To_core_NodeSpec`, `SetDefaults_NodeStatus`, `ValidateNode`). */
export const admitNode: KindAdmission<Node> = {
  mutate: (draft, old, { subresource }) => {
    alignNetworks(draft, old);
    const status = draftObject(draft, 'status');
    if (status === undefined || (old !== undefined && subresource === '')) return;
    if (status['allocatable'] === undefined && status['capacity'] !== undefined) {
      status['allocatable'] = structuredClone(status['capacity']);
    }
  },
  validate: validateNode,
};

/** `podCIDR` is the first of `podCIDRs`; who writes only one of them means both. */
function alignNetworks(draft: Record<string, unknown>, old: Node | undefined): void {
  const spec = draftObject(draft, 'spec');
  if (spec === undefined) return;
  const { podCIDR, podCIDRs } = spec;
  const [first] = Array.isArray(podCIDRs) ? (podCIDRs as readonly unknown[]) : [];
  if (podCIDR === undefined || podCIDR === '') {
    if (first !== undefined) spec['podCIDR'] = first;
  } else if (first === undefined || (podCIDR !== first && first === old?.spec?.podCIDRs?.[0])) {
    spec['podCIDRs'] = [podCIDR];
  }
}

function validateNode({ spec }: Node, _old: Node | undefined, { subresource }: AdmitContext): readonly FieldError[] {
  if (subresource === 'status' || spec === undefined) return [];
  return [...validateTaints(spec.taints ?? []), ...validateNetworks(spec.podCIDRs ?? [])];
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Upstream looks for taints in the metadata, where they once were. */
function validateTaints(taints: readonly Partial<Taint>[]): readonly FieldError[] {
  const taken = new Set<string>();
  return taints.flatMap((taint, index) => {
    const { key = '', value = '', effect } = taint;
    const path = `metadata.taints[${index}]`;
    const id = `${effect} ${key}`;
    const duplicate: FieldError = { type: 'Duplicate', path, value: taint, detail: '' };
    const isTaken = taken.has(id);
    taken.add(id);
    return [
      ...checked(`${path}.key`, key, checkQualifiedName),
      ...checked(`${path}.value`, value, checkLabelValue),
      ...(effect === undefined ? present(`${path}.effect`, effect) : supported(`${path}.effect`, effect, effects)),
      ...(isTaken ? [duplicate] : []),
    ];
  });
}

function validateNetworks(networks: readonly string[]): readonly FieldError[] {
  const path = 'spec.podCIDRs';
  const parsed = networks.map(parseNetwork);
  const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  const errors = networks.flatMap((text, index) =>
    parsed[index] === undefined ? [invalid(`${path}[${index}]`, text, detail)] : [],
  );
  const families = new Set(parsed.map((network) => network?.bits));
  if (networks.length < 2 || (networks.length === 2 && families.size === 2)) return errors;
  return [...errors, invalid(path, networks, 'may specify no more than one CIDR for each IP family')];
}
