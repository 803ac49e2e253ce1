import type { FieldError } from '../../meta/errors.ts';
import { invalid, present } from '../../meta/field-rules.ts';
import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import { checkConfigKey } from '../../meta/names.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Secret } from '../../schema/standard/types.ts';
import { keyPairProblem } from './key-pair.ts';

/** Most bytes of all values together (core/v1 `MaxSecretSize`). */
const valueBytesMax = 1024 * 1024;
const opaque = 'Opaque';

/** Keys that secrets of a type must have; of the inner lists at least one key (Kubernetes `ValidateSecret`). */
const requiredKeys: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  Object.entries({
    'kubernetes.io/tls': [['tls.crt'], ['tls.key']],
    'kubernetes.io/ssh-auth': [['ssh-privatekey']],
    'kubernetes.io/basic-auth': [['username', 'password']],
    'kubernetes.io/dockerconfigjson': [['.dockerconfigjson']],
    'kubernetes.io/dockercfg': [['.dockercfg']],
  }),
);

/** Where secrets for container registries have their JSON. */
const registryKeys: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/dockerconfigjson', '.dockerconfigjson'],
  ['kubernetes.io/dockercfg', '.dockercfg'],
]);

function isJsonText(base64: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64').toString());
    return value === null || isPlainObject(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function hasTextsOnly(values: JsonObject): values is Readonly<Record<string, string>> {
  return Object.values(values).every((value) => typeof value === 'string');
}

/** Type of secrets that hold a token of a ServiceAccount, and the annotation that names it. */
const accountToken = 'kubernetes.io/service-account-token';
const accountName = 'kubernetes.io/service-account.name';

/** Rules of Secrets: `stringData` is a way to write `data` and is never stored. */
export const admitSecret: KindAdmission<Secret> = {
  mutate(draft) {
    draft['type'] ??= opaque;
    const { stringData } = draft;
    // What is no text is refused where it stands.
    if (!isJsonObject(stringData) || !hasTextsOnly(stringData)) return;
    const data: Record<string, unknown> = { ...(isJsonObject(draft['data']) ? draft['data'] : {}) };
    for (const [key, value] of Object.entries(stringData)) {
      data[key] = Buffer.from(value).toString('base64');
    }
    draft['data'] = data;
    delete draft['stringData'];
  },
  warn({ type, data = {} }) {
    if (type !== 'kubernetes.io/tls') return [];
    const [certificate, key] = ['tls.crt', 'tls.key'].map((name) => Buffer.from(data[name] ?? '', 'base64').toString());
    const problem = keyPairProblem(certificate ?? '', key ?? '');
    return problem === undefined ? [] : [problem];
  },
  validate(object, old) {
    return [
      ...validateKeys(object),
      ...validateSize(object),
      ...validateType(object, old),
      ...validateImmutable(object, old),
    ];
  },
};

function validateKeys({ data = {} }: Secret): readonly FieldError[] {
  return Object.keys(data).flatMap((key) =>
    checkConfigKey(key).map((detail): FieldError => ({ type: 'Invalid', path: `data[${key}]`, value: key, detail })),
  );
}

function validateSize({ data = {} }: Secret): readonly FieldError[] {
  let bytes = 0;
  for (const value of Object.values(data)) bytes += Math.floor((value.length * 3) / 4);
  if (bytes <= valueBytesMax) return [];
  return [{ type: 'TooLong', path: 'data', detail: `may not be more than ${valueBytesMax} bytes` }];
}

function validateType({ type = opaque, data = {}, metadata }: Secret, old: Secret | undefined): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old !== undefined && type !== old.type) {
    errors.push({ type: 'Invalid', path: 'type', value: type, detail: 'field is immutable' });
  }
  if (type === accountToken && (metadata.annotations?.[accountName] ?? '') === '') {
    errors.push({ type: 'Required', path: `metadata.annotations[${accountName}]`, detail: '' });
  }
  for (const alternatives of requiredKeys.get(type) ?? []) {
    if (alternatives.some((key) => Object.hasOwn(data, key))) continue;
    errors.push(...alternatives.flatMap((key) => present(`data[${key}]`, undefined)));
  }
  const key = registryKeys.get(type) ?? '';
  const value = data[key];
  if (value === undefined || isJsonText(value)) return errors;
  return [...errors, invalid(`data[${key}]`, '<secret contents redacted>', 'must be a JSON object')];
}

const unchangeable = 'field is immutable when `immutable` is set';

function validateImmutable(object: Secret, old: Secret | undefined): readonly FieldError[] {
  if (old?.immutable !== true) return [];
  const errors: FieldError[] = [];
  if (object.immutable !== true) errors.push({ type: 'Forbidden', path: 'immutable', detail: unchangeable });
  if (!jsonEquals(object.data, old.data)) errors.push({ type: 'Forbidden', path: 'data', detail: unchangeable });
  return errors;
}
