import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present, presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ResourceSlice, ResourceSliceSpec } from '../../../kernel/schema/standard/types.ts';

/** Rules of ResourceSlices (Kubernetes `ValidateResourceSlice`, `ValidateResourceSliceUpdate`). */
export const admitResourceSlice: KindAdmission<ResourceSlice> = {
  validate: ({ spec }, old): readonly FieldError[] => [
    ...presentAnd('spec.driver', spec.driver, checkDnsSubdomain),
    ...present('spec.pool.name', spec.pool.name),
    ...validatePlace(spec),
    ...validateDevices(spec),
    ...(old === undefined ? [] : validateChange(spec, old.spec)),
  ],
};

function validatePlace({
  nodeName,
  nodeSelector,
  allNodes,
  perDeviceNodeSelection,
}: ResourceSliceSpec): readonly FieldError[] {
  const given = [nodeName, nodeSelector, allNodes, perDeviceNodeSelection].filter((one) => one !== undefined);
  if (given.length === 1) return [];
  const detail = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (given.length === 0) return [{ type: 'Required', path: 'spec', detail }];
  return [{ type: 'Invalid', path: 'spec', value: given, detail }];
}

function validateDevices({ devices = [] }: ResourceSliceSpec): readonly FieldError[] {
  const taken = new Set<string>();
  return devices.flatMap(({ name }, index) => {
    const path = `spec.devices[${index}].name`;
    const errors = [...presentAnd(path, name, checkDnsLabel)];
    if (taken.has(name)) errors.push({ type: 'Duplicate', path, value: name, detail: '' });
    taken.add(name);
    return errors;
  });
}

/** A slice stays with its driver, pool and node. */
function validateChange(spec: ResourceSliceSpec, old: ResourceSliceSpec): readonly FieldError[] {
  return [
    ...unchanged('spec.driver', spec.driver, old.driver),
    ...unchanged('spec.pool.name', spec.pool.name, old.pool.name),
    ...unchanged('spec.nodeName', spec.nodeName, old.nodeName),
    ...unchanged('spec.allNodes', spec.allNodes, old.allNodes),
  ];
}
