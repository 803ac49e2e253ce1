import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { checkConfigKey } from '../../meta/names.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { ConfigMap } from '../../schema/standard/types.ts';

/** Most bytes of all values together (core/v1 `MaxSecretSize`). */
const valueBytesMax = 1024 * 1024;

/** Rules of ConfigMaps (Kubernetes `ValidateConfigMap`, `ValidateConfigMapUpdate`). */
export const admitConfigMap: KindAdmission<ConfigMap> = {
  validate(object, old) {
    return [...validateKeys(object), ...validateSize(object), ...validateImmutable(object, old)];
  },
};

function validateKeys({ data = {}, binaryData = {} }: ConfigMap): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [field, keys] of Object.entries({ data: Object.keys(data), binaryData: Object.keys(binaryData) })) {
    for (const key of keys) {
      const path = `${field}[${key}]`;
      for (const detail of checkConfigKey(key)) errors.push({ type: 'Invalid', path, value: key, detail });
      if (field === 'binaryData' && Object.hasOwn(data, key)) {
        const detail = 'duplicate of key present in binaryData';
        errors.push({ type: 'Invalid', path: `data[${key}]`, value: key, detail });
      }
    }
  }
  return errors;
}

const encoder = new TextEncoder();

function byteCount(text: string): number {
  return encoder.encode(text).byteLength;
}

function validateSize({ data = {}, binaryData = {} }: ConfigMap): readonly FieldError[] {
  let bytes = 0;
  for (const value of Object.values(data)) bytes += byteCount(value);
  for (const value of Object.values(binaryData)) bytes += Math.floor((value.length * 3) / 4);
  if (bytes <= valueBytesMax) return [];
  // Upstream names no field.
  return [{ type: 'TooLong', path: '[]', detail: `may not be more than ${valueBytesMax} bytes` }];
}

const unchangeable = 'field is immutable when `immutable` is set';

function validateImmutable(object: ConfigMap, old: ConfigMap | undefined): readonly FieldError[] {
  if (old?.immutable !== true) return [];
  const errors: FieldError[] = [];
  if (object.immutable !== true) errors.push({ type: 'Forbidden', path: 'immutable', detail: unchangeable });
  if (!jsonEquals(object.data, old.data)) errors.push({ type: 'Forbidden', path: 'data', detail: unchangeable });
  if (!jsonEquals(object.binaryData, old.binaryData)) {
    errors.push({ type: 'Forbidden', path: 'binaryData', detail: unchangeable });
  }
  return errors;
}
