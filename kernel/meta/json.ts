import { ApiError } from './errors.ts';
import { isJsonObject } from './object.ts';
import type { Json, JsonObject } from './object.ts';

/**
 * JSON as the API reads and writes it: strict, bounded, with duplicate fields reported and integers beyond 2^53 kept
 * as they were written.
 */

declare global {
  interface JSON {
    /** Wraps the text of a primitive so that `stringify` writes it unchanged (ECMA-262, JSON.parse source text access). */
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): boolean;
  }
}

/** Largest request body Kubernetes accepts, bytes. */
export const bodyBytesMax = 3 * 1024 * 1024;
/** Deepest nesting of objects and lists. Walks over values are recursive and rely on it. */
export const jsonDepthMax = 256;
/** Most duplicate fields reported for one text. */
const duplicateFieldsMax = 100;

/** Bounds of `parseJson`. */
export interface ParseJsonOptions {
  /** Default `bodyBytesMax`. Counts bytes of bytes, UTF-16 units of a text. */
  readonly bytesMax?: number;
}

/** What `parseJson` read. */
export interface ParsedJson {
  readonly value: Json;
  /** Paths such as `spec.items[0].name` of fields that occur twice; the last one counts. At most 100. */
  readonly duplicateFields: readonly string[];
}

/**
 * Reads one JSON text. Integers beyond ±(2^53 − 1) become raw numbers (`isRawNumber`).
 * @throws {ApiError} `RequestEntityTooLarge` beyond `bytesMax`; `BadRequest` for anything that is not JSON, is nested
 *   deeper than `jsonDepthMax`, is not UTF-8, or has a field named `__proto__`.
 */
export function parseJson(input: Uint8Array | string, options: ParseJsonOptions = {}): ParsedJson {
  const { bytesMax = bodyBytesMax } = options;
  if (input.length > bytesMax) {
    throw new ApiError('RequestEntityTooLarge', `Cannot read JSON of ${input.length} bytes: limit is ${bytesMax}`);
  }
  try {
    const text = typeof input === 'string' ? input : decoder.decode(input);
    const keepsRawNumbers = longInteger.test(text);
    const value = (keepsRawNumbers ? JSON.parse(text, keepLongInteger) : JSON.parse(text)) as Json;
    const fieldCount = inspect(value, 0);
    return { value, duplicateFields: countFields(text) === fieldCount ? [] : new DuplicateScanner(text).scan() };
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('BadRequest', `Cannot parse JSON: ${(cause as Error).message}`, {}, { cause });
  }
}

/** UTF-8 bytes of `JSON.stringify(value)`. Properties that are `undefined` are left out. */
export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** True for an integer that a JavaScript number cannot hold exactly; `rawNumberText` has its digits. */
export function isRawNumber(value: unknown): value is { readonly rawJSON: string } {
  return JSON.isRawJSON(value);
}

/** The value as a number, rounded if it is a raw one; `undefined` if it is no number. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/** Freezes a JSON value at every depth and returns it. What is frozen already is taken to be deeply so. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    for (const item of value) deepFreeze(item);
  } else {
    const fields = value as Record<string, unknown>;
    for (const name in fields) deepFreeze(fields[name]);
  }
  return Object.freeze(value);
}

/** True if both are the same JSON value. Order of fields does not matter; `undefined` fields count as absent. */
export function jsonEquals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEquals(item, b[i]))
    );
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name in left) {
    const value = left[name];
    if (value !== undefined && !(Object.hasOwn(right, name) && jsonEquals(value, right[name]))) return false;
  }
  for (const name in right) {
    if (right[name] !== undefined && !(Object.hasOwn(left, name) && left[name] !== undefined)) return false;
  }
  return true;
}

/** A deep, unfrozen copy of a JSON value, without fields that are `undefined`. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cloneJson(item as unknown)) as T;
  if (Object.isFrozen(value) && isRawNumber(value)) return value;
  const copy: Record<string, unknown> = {};
  const fields = value as Record<string, unknown>;
  for (const name in fields) {
    if (fields[name] !== undefined) copy[name] = cloneJson(fields[name]);
  }
  return copy as T;
}

/** The field `name` of `value` if that is an object that has it itself (never from the prototype). */
export function ownField(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** True for a JSON object that is not a raw number. */
export function isPlainObject(value: unknown): value is JsonObject {
  return isJsonObject(value) && !(Object.isFrozen(value) && isRawNumber(value));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A run of 16 digits that may be the beginning of an integer beyond 2^53. */
const longInteger = /(?:^|[:,[\s-])\d{16}/;

function keepLongInteger(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? JSON.rawJSON(source) : value;
}

/** Number of fields in `value` at any depth. @throws {ApiError} for what the API refuses to hold. */
function inspect(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null) {
    // What a float64 cannot hold would come back as null.
    if (value === Infinity || value === -Infinity)
      throw new ApiError('BadRequest', 'Cannot read a number beyond 1e308');
    return 0;
  }
  if (depth >= jsonDepthMax)
    throw new ApiError('BadRequest', `Cannot read JSON nested deeper than ${jsonDepthMax} levels`);
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += inspect(item, depth + 1);
    return count;
  }
  if (Object.isFrozen(value) && isRawNumber(value)) return 0;
  const fields = value as JsonObject;
  for (const name in fields) {
    if (name === '__proto__') throw new ApiError('BadRequest', 'Cannot read JSON with a field named "__proto__"');
    count += 1 + inspect(fields[name] as Json, depth + 1);
  }
  return count;
}

const [quote, backslash, colon, space] = [0x22, 0x5c, 0x3a, 0x20];

/** Number of field names in a valid JSON text, duplicates included. */
function countFields(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', start)) {
    start = skipSpace(text, stringEnd(text, start));
    if (text.charCodeAt(start) === colon) count++;
  }
  return count;
}

/** Index after the closing quote of the string whose opening quote is at `start`. */
function stringEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === quote) return index + 1;
    if (code === backslash) index++;
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let index = start;
  while (text.charCodeAt(index) <= space) index++;
  return index;
}

/** Finds the paths of duplicate fields in a text that is known to be valid and to have some. */
class DuplicateScanner {
  readonly #text: string;
  readonly #found = new Set<string>();
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): readonly string[] {
    this.#scanValue('');
    return [...this.#found];
  }

  #scanValue(path: string): void {
    this.#index = skipSpace(this.#text, this.#index);
    const first = this.#text[this.#index];
    if (first === '{') return this.#scanObject(path);
    if (first === '[') return this.#scanList(path);
    if (first === '"') {
      this.#index = stringEnd(this.#text, this.#index);
      return;
    }
    while (this.#index < this.#text.length && !',]}'.includes(this.#text[this.#index] as string)) this.#index++;
  }

  #scanObject(path: string): void {
    const names = new Set<string>();
    while (this.#nextIsItem('}')) {
      const start = this.#index;
      this.#index = stringEnd(this.#text, start);
      const name = JSON.parse(this.#text.slice(start, this.#index)) as string;
      const fieldPath = path === '' ? name : `${path}.${name}`;
      if (names.has(name) && this.#found.size < duplicateFieldsMax) this.#found.add(fieldPath);
      names.add(name);
      this.#index = skipSpace(this.#text, this.#index) + 1;
      this.#scanValue(fieldPath);
    }
  }

  #scanList(path: string): void {
    for (let item = 0; this.#nextIsItem(']'); item++) this.#scanValue(`${path}[${item}]`);
  }

  /** Moves past `{`, `[` or `,` to the next item; false, and past `end`, when there is none. */
  #nextIsItem(end: string): boolean {
    this.#index = skipSpace(this.#text, this.#index);
    const atEnd = this.#text[this.#index] === end;
    this.#index = skipSpace(this.#text, this.#index + 1);
    if (atEnd || this.#text[this.#index] !== end) return !atEnd;
    this.#index++;
    return false;
  }
}
