import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, notNegative, present, presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain, checkQualifiedName } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { CSINode } from '../../../kernel/schema/standard/types.ts';

/** Rules of CSINodes (Kubernetes `ValidateCSINode`, `ValidateCSINodeUpdate`). */
export const admitCsiNode: KindAdmission<CSINode> = { validate: validateNode };

function validateNode({ spec }: CSINode, old: CSINode | undefined): readonly FieldError[] {
  const names = new Set<string>();
  return spec.drivers.flatMap((driver, index) => {
    const path = `spec.drivers[${index}]`;
    const errors = [
      ...presentAnd(`${path}.name`, driver.name, checkDnsSubdomain),
      ...present(`${path}.nodeID`, driver.nodeID),
      ...notNegative(`${path}.allocatable.count`, driver.allocatable?.count),
      ...validateTopology(driver.topologyKeys ?? [], path),
    ];
    if (names.has(driver.name))
      errors.push({ type: 'Duplicate', path: `${path}.name`, value: driver.name, detail: '' });
    names.add(driver.name);
    const before = old?.spec.drivers.find(({ name }) => name === driver.name);
    // A driver may only go away and come back, but for what it can allocate.
    if (before === undefined) return errors;
    const { allocatable: _now, ...fixed } = driver;
    const { allocatable: _before, ...fixedBefore } = before;
    return [...errors, ...unchanged(path, fixed, fixedBefore)];
  });
}

/** Names of labels, each of them once. Upstream names the driver, and not the key, that is wrong. */
function validateTopology(keys: readonly string[], path: string): readonly FieldError[] {
  return keys.flatMap((key, index) => {
    if (key === '') return present(path, key);
    const isRepeated = keys.indexOf(key) < index;
    const repeated: FieldError = { type: 'Duplicate', path, value: key, detail: '' };
    return [...(isRepeated ? [repeated] : []), ...checked(path, key, checkQualifiedName)];
  });
}
