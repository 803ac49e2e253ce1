import { ApiError, type FieldError, InvalidError } from '../meta/errors.ts';
import type { Schema } from '../schema/schema.ts';
import { timeProblem } from './time-problem.ts';
import type { WriteRequest } from './write-request.ts';

/**
 * Clients take an object with a value of the wrong type for one the server could not read (HTTP 400), where upstream decodes
 * it into a Go type, and not for an invalid one (422), which some of them answer by deleting the object. Kinds that people
 * define stay invalid, with every error. @throws {ApiError} `BadRequest` in the words of Go's decoder.
 */
export async function orUnreadable<T>(request: WriteRequest, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const isGoType = request.kind.definition.strategicMerge === true;
    const wrong = isGoType && error instanceof InvalidError ? error.errors.find(isUnreadable) : undefined;
    if (wrong === undefined) throw error;
    throw new ApiError('BadRequest', decoderText(request, wrong), {}, { cause: error });
  }
}

/** Go reads null as the zero value of any type. What a kind itself says of types inside of values is not about reading. */
function isUnreadable({ type, value, detail, origin }: FieldError): boolean {
  if (type === 'TypeInvalid') return value !== 'null' && (origin === 'type' || origin === 'format');
  return type === 'Invalid' && textOf(value, detail) !== undefined;
}

const goValues: Readonly<Record<string, string>> = { integer: 'number', boolean: 'bool' };

/** What Go says of a text that is none of a quantity (apimachinery `resource.ErrFormatWrong`). */
const noQuantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The words for texts that are read further; `undefined` for everything else. */
function textOf(value: unknown, detail: string): string | undefined {
  if (detail.includes('must be of type quantity')) return noQuantity;
  for (const format of ['date-time', 'micro-time'] as const) {
    if (detail.includes(`must be of type ${format}`)) return timeProblem(String(value), format);
  }
  return undefined;
}

function decoderText({ kind, target, schema }: WriteRequest, { path, value, detail }: FieldError): string {
  const name = kind.definition.kind;
  const subject = `${name} in version ${JSON.stringify(target.version)} cannot be handled as a ${name}`;
  const special = textOf(value, detail);
  if (special !== undefined) return `${subject}: ${special}`;
  const found = String(value);
  const field = path.replace(/\[[^\]]*\]/g, '');
  const { struct, type } = goPlace(name, schema.schema, path);
  const what = `cannot unmarshal ${goValues[found] ?? found} into Go struct field ${struct}.${field}`;
  return `${subject}: json: ${what} of type ${type}`;
}

/** The Go struct a field is part of, and the Go type of the value at `path`. */
function goPlace(name: string, root: Schema, path: string): { readonly struct: string; readonly type: string } {
  let struct = name;
  let at: Schema | undefined = root;
  for (const [step] of path.matchAll(/\[[^\]]*\]|[^.[]+/g)) {
    if (at?.type === 'array') at = at.items;
    else if (at?.type === 'map') at = at.values;
    else if (at?.type === 'object') {
      struct = at === root ? name : (messageName(at) ?? struct);
      at = at.properties[step];
    } else at = undefined;
  }
  return { struct, type: goType(at) };
}

function messageName(schema: Schema): string | undefined {
  return schema.type === 'object' ? schema.definition?.split('.').at(-1) : undefined;
}

/** `[]v1.Container`, `map[string]string`, `int32`: as Go prints types. */
function goType(schema: Schema | undefined): string {
  switch (schema?.type) {
    case 'array':
      return `[]${goType(schema.items)}`;
    case 'map':
      return `map[string]${goType(schema.values)}`;
    case 'object':
      return schema.definition?.split('.').slice(-2).join('.') ?? 'map[string]interface {}';
    case 'integer':
      return schema.format === 'int32' ? 'int32' : 'int64';
    case 'int-or-string':
      return 'int32';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return schema.format === 'byte' ? '[]uint8' : 'string';
    case 'any':
    case undefined:
      return 'interface {}';
  }
}
