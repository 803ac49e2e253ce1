import type { Json } from '../../meta/object.ts';
import { formatDuration, formatTimestamp } from './time.ts';
import { type FieldType, messageType, type Type, types } from './types.ts';
import {
  Double,
  Duration,
  entriesOf,
  isInt,
  isMap,
  Message,
  Timestamp,
  typeNameOf,
  Uint,
  type Value,
} from './values.ts';

/**
 * What mutations are made of (Kubernetes `cel/mutation`): `Object{spec: Object.spec{replicas: 3}}`, whose types are named after
 * the path of the field and have any field, and `JSONPatch{op: "add", path: "/spec/replicas", value: 3}`.
 */

function field(jsonName: string, type: Type): readonly [string, FieldType] {
  return [jsonName, { type, jsonName }];
}

/** One operation of a JSON patch. */
export const jsonPatchType: Type = messageType(
  'JSONPatch',
  new Map([
    field('op', types.string),
    field('path', types.string),
    field('from', types.string),
    field('value', types.dyn),
  ]),
);

/** A whole object, or what is to be merged into one. */
export const wholeObjectType: Type = messageType('Object');

/** The type of a message that expressions about changes can make. @returns `undefined` for other names. */
export function patchMessage(name: string): Type | undefined {
  if (name === jsonPatchType.name) return jsonPatchType;
  if (name === wholeObjectType.name) return wholeObjectType;
  return name.startsWith(`${wholeObjectType.name}.`) ? messageType(name) : undefined;
}

/** A value that JSON has no form for. */
export class NoJsonError extends Error {
  override readonly name = 'NoJsonError';
}

/** A value as JSON. @throws {NoJsonError} for types, optional values, values of libraries and keys that are no texts. */
export function toJson(value: Value): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (isInt(value)) return typeof value === 'bigint' ? rawInteger(value) : value;
  if (value instanceof Double) return finite(value.value);
  if (value instanceof Uint) return rawInteger(value.value);
  if (value instanceof Uint8Array) return value.toBase64();
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (Array.isArray(value)) return value.map(toJson);
  const map = value instanceof Message ? value.fields : value;
  if (isMap(map)) return recordOf(entriesOf(map));
  // Fractions in JSON that no schema describes.
  if (typeof value === 'number') return value;
  throw new NoJsonError(`a value of type ${typeNameOf(value)} is no JSON`);
}

function recordOf(entries: Iterable<readonly [key: Value, value: Value]>): Json {
  const record: Record<string, Json> = {};
  for (const [key, value] of entries) {
    if (typeof key !== 'string')
      throw new NoJsonError(`map key ${String(key)} is of type ${typeNameOf(key)}, not string`);
    if (key === '__proto__') throw new NoJsonError('"__proto__" is not a field');
    record[key] = toJson(value);
  }
  return record;
}

function finite(value: number): Json {
  if (Number.isFinite(value)) return value;
  throw new NoJsonError(`${value} is no JSON`);
}

function rawInteger(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString());
}

/**
 * Messages whose name is not that of the field they are in: `Object{spec: Object.wrong{}}`. Lists and maps between do not count
 * (Kubernetes `dynamic.CheckTypeNamesMatchFieldPathNames`, with its texts).
 */
export function misnamedMessages(value: Value, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => misnamedMessages(item, path));
  if (!(value instanceof Message)) {
    return isMap(value) ? [...entriesOf(value)].flatMap(([, item]) => misnamedMessages(item, path)) : [];
  }
  const { typeName, fields } = value;
  const own = `unexpected type name ${JSON.stringify(typeName)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`;
  const inner = [...fields.entries()].flatMap(([name, item]) => misnamedMessages(item, `${path}.${String(name)}`));
  return typeName === path ? inner : [own, ...inner];
}
