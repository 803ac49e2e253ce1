import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid, notNegative, present, presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { ResourcePool, ResourceSlice, ResourceSliceSpec } from '../../../kernel/schema/standard/types.ts';

/** Rules of ResourceSlices (Kubernetes `ValidateResourceSlice`, `ValidateResourceSliceUpdate`). */
export const admitResourceSlice: KindAdmission<ResourceSlice> = {
  validate: ({ spec }, old): readonly FieldError[] => [
    ...presentAnd('spec.driver', spec.driver, checkDnsSubdomain),
    ...validatePool(spec.pool ?? {}),
    ...validatePlace(spec),
    ...validateDevices(spec),
    ...(old === undefined ? [] : validateChange(spec, old.spec)),
  ],
};

/** The devices of a driver that are told of together. */
function validatePool({ name, generation = 0, resourceSliceCount: count = 0 }: Partial<ResourcePool>) {
  const path = 'spec.pool';
  return [
    ...present(`${path}.name`, name),
    ...(count > 0 ? [] : [invalid(`${path}.resourceSliceCount`, count, 'must be greater than zero')]),
    ...notNegative(`${path}.generation`, generation),
  ];
}

const places = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

function validatePlace(spec: ResourceSliceSpec): readonly FieldError[] {
  const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const given = places.filter((name) => spec[name] !== undefined && spec[name] !== '' && spec[name] !== false);
  if (given.length === 1) return [];
  const detail = `exactly one of ${quoted(places)} is required`;
  if (given.length === 0) return present('spec', undefined, detail);
  return [invalid('spec', `{${quoted(given)}}`, `${detail}, but multiple fields are set`)];
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
