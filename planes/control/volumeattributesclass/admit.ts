import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid, presentAnd } from '../../../kernel/meta/field-rules.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { VolumeAttributesClass } from '../../../kernel/schema/standard/types.ts';

/** Rules of VolumeAttributesClasses (Kubernetes `ValidateVolumeAttributesClass`, `ValidateVolumeAttributesClassUpdate`). */
export const admitVolumeAttributesClass: KindAdmission<VolumeAttributesClass> = { validate: validateClass };

function validateClass(object: VolumeAttributesClass, old: VolumeAttributesClass | undefined): readonly FieldError[] {
  const errors = [...presentAnd('driverName', object.driverName, checkDnsSubdomain)];
  if (Object.keys(object.parameters ?? {}).length === 0) {
    errors.push({ type: 'Required', path: 'parameters', detail: 'must contain at least one key/value pair' });
  }
  if (Object.hasOwn(object.parameters ?? {}, '')) errors.push(invalid('parameters', '', 'field can not be empty.'));
  if (old === undefined) return errors;
  const fixed = ['driverName', 'parameters'] as const;
  const changed = fixed.filter((name) => !jsonEquals(object[name], old[name]));
  const changes = changed.map(
    (name) => ({ type: 'Forbidden', path: name, detail: `updates to ${name} are forbidden.` }) as const,
  );
  return [...errors, ...changes];
}
