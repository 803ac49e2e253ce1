import type { FieldError } from '../../meta/errors.ts';
import { cloneJson } from '../../meta/json.ts';
import type { Json } from '../../meta/object.ts';
import { compileSchema } from '../../schema/compile.ts';
import { object } from '../../schema/schema.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { schemaOf } from './convert.ts';

/** Defaults must be what their own schemas allow and keep (structural `defaulting/validation.go`). */
export function checkDefaults(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const { items, properties = {} } = schema;
  const errors: FieldError[] = [...checkDefault(schema, path)];
  if (items !== undefined) errors.push(...checkDefaults(items, `${path}.items`));
  for (const [field, inner] of Object.entries(properties)) {
    errors.push(...checkDefaults(inner, `${path}.properties[${field}]`));
  }
  return errors;
}

/** What errors of values are called: they are of no type that a server could not read. */
const origin = 'default';

function checkDefault({ default: value, ...schema }: JSONSchemaProps, path: string): readonly FieldError[] {
  // Kubernetes: null is no default.
  if (value === undefined || value === null) return [];
  const compiled = compileSchema(object({ value: schemaOf(schema) }));
  const at = `${path}.default`;
  const errors: FieldError[] = [];
  if (compiled.prune({ value: cloneJson(value) as Json }).length > 0) {
    errors.push({ type: 'Invalid', path: at, value, detail: 'must not have unknown fields', origin });
  }
  for (const error of compiled.validate({ value })) {
    errors.push({ ...error, path: below(at, error.path), detail: withoutOuter(error), origin });
  }
  return errors;
}

function below(path: string, inner: string): string {
  return inner.startsWith('value') ? path + inner.slice('value'.length) : inner;
}

/** Messages name the path inside the default, which is empty for the default itself: ` in body must be …`. */
function withoutOuter({ detail, path }: FieldError): string {
  return detail.startsWith(`${path} in body`) ? detail.replace(/^value\.?/, '') : detail;
}
