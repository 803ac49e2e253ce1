import { ApiError, type FieldError, InvalidError } from '../meta/errors.ts';
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
    const wrong = isGoType && error instanceof InvalidError ? error.errors.find(isWrongType) : undefined;
    if (wrong === undefined) throw error;
    throw new ApiError('BadRequest', decoderText(request, wrong), {}, { cause: error });
  }
}

/** Go reads null as the zero value of any type. What a kind itself says of types is about more than reading. */
function isWrongType({ type, value, origin }: FieldError): boolean {
  return type === 'TypeInvalid' && value !== 'null' && origin === 'type';
}

const goValues: Readonly<Record<string, string>> = { integer: 'number', boolean: 'bool' };
const goTypes: Readonly<Record<string, string>> = {
  integer: 'int32',
  number: 'float64',
  boolean: 'bool',
  array: '[]interface {}',
  object: 'map[string]interface {}',
};

function decoderText({ kind, target }: WriteRequest, { path, value, detail }: FieldError): string {
  const name = kind.definition.kind;
  const found = String(value);
  const wanted = /must be of type (\w+)/.exec(detail)?.[1] ?? 'string';
  const field = path.replace(/\[[^\]]*\]/g, '');
  const subject = `${name} in version ${JSON.stringify(target.version)} cannot be handled as a ${name}`;
  const what = `cannot unmarshal ${goValues[found] ?? found} into Go struct field ${name}.${field}`;
  return `${subject}: json: ${what} of type ${goTypes[wanted] ?? wanted}`;
}
