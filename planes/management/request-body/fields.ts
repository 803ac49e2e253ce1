import { ApiError } from '../../../kernel/meta/errors.ts';
import { encodeJson, parseJson } from '../../../kernel/meta/json.ts';
import { type Json, type JsonObject, isJsonObject } from '../../../kernel/meta/object.ts';
import type { ApiResponse, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';

/** Reads a body that must be a JSON object. @throws {ApiError} `BadRequest`, `RequestEntityTooLarge`. */
export async function readJsonBody(request: SubresourceRequest, bytesMax: number): Promise<JsonObject> {
  const { value } = parseJson(await request.readBody(bytesMax));
  if (!isJsonObject(value)) throw wrongField('body', 'a JSON object', value);
  return value;
}

/** An answer with a JSON body. */
export function jsonResponse(body: unknown, status = 200): ApiResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: encodeJson(body) };
}

/** A required text of at most `lengthMax` characters. @throws {ApiError} `BadRequest`. */
export function textField(body: JsonObject, name: string, lengthMax = 1_024): string {
  const value = body[name];
  if (typeof value !== 'string' || value.length > lengthMax)
    throw wrongField(name, `a text of at most ${lengthMax} characters`, value);
  return value;
}

/** A text that may be absent. @throws {ApiError} `BadRequest` when it is something else. */
export function optionalTextField(body: JsonObject, name: string, lengthMax = 1_024): string | undefined {
  return body[name] === undefined || body[name] === null ? undefined : textField(body, name, lengthMax);
}

/** A required whole number ≥ 0. @throws {ApiError} `BadRequest`. */
export function countField(body: JsonObject, name: string): number {
  const value = body[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw wrongField(name, 'a whole number of at least 0', value);
  return value;
}

/** An object that may be absent; then it is empty. @throws {ApiError} `BadRequest` when it is something else. */
export function objectField(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw wrongField(name, 'an object', value);
  return value;
}

/** A required list of at most `itemsMax` items. @throws {ApiError} `BadRequest`. */
export function listField(body: JsonObject, name: string, itemsMax: number): readonly Json[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length > itemsMax)
    throw wrongField(name, `a list of at most ${itemsMax} items`, value);
  return value as readonly Json[];
}

/** The texts of an object whose values are all texts. @throws {ApiError} `BadRequest`. */
export function textMap(value: JsonObject, name: string): Readonly<Record<string, string>> {
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw wrongField(`${name}.${key}`, 'a text', text);
  }
  return value as Readonly<Record<string, string>>;
}

/** The error for a field that is not what it must be. */
export function wrongField(name: string, allowed: string, found: Json | undefined): ApiError {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 100);
  return new ApiError('BadRequest', `Cannot read field "${name}": found ${shown}, it must be ${allowed}`);
}
