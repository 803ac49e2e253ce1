import type { FieldError } from '../../meta/errors.ts';
import { cloneJson } from '../../meta/json.ts';
import { compileSchema } from '../../schema/compile.ts';
import { object } from '../../schema/schema.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { schemaOf } from './convert.ts';

/** A default must be what its own schema allows and keeps (structural `defaulting/validation.go`). */
export function checkDefault(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const value = schema.default ?? null;
  const { default: _default, ...rest } = schema;
  const compiled = compileSchema(object({ value: schemaOf(rest) }));
  const at = `${path}.default`;
  const draft = { value: cloneJson(value) };
  if (value !== null && compiled.prune(draft).length > 0) {
    return [{ type: 'Invalid', path: at, value, detail: 'must not have unknown fields' }];
  }
  return compiled.validate({ value }).map((error) => ({ ...error, path: at + error.path.slice('value'.length) }));
}
