import { isRawNumber } from '../../meta/json.ts';
import { canonicalJson } from '../../meta/canonical-json.ts';
import { equals } from './operators.ts';
import { decodeBase64 } from './text.ts';
import { parseDuration, parseTimestamp } from './time.ts';
import { type Type, types } from './types.ts';
import { Double, fromJson, isMap, sizeOfMap, toInt, type Value } from './values.ts';

/**
 * JSON as values of the type its schema says. Scalars are converted where they are read; lists, maps and objects stay JSON
 * until they are handed to something that does not know their type. Everything here leaves converted values as they are.
 */

/** A scalar; anything else unchanged. */
export function convertScalar(type: Type, value: Value): Value {
  switch (type.kind) {
    case 'int':
      return typeof value === 'object' && isRawNumber(value) ? toInt(BigInt(value.rawJSON)) : value;
    case 'double':
      return typeof value === 'number' ? new Double(value) : rawDouble(value);
    case 'timestamp':
      return typeof value === 'string'
        ? (parseTimestamp(value) ?? parseTimestamp(`${value}T00:00:00Z`) ?? value)
        : value;
    case 'duration':
      return typeof value === 'string' ? (parseDuration(value) ?? value) : value;
    case 'bytes':
      return typeof value === 'string' ? decodeBase64(value) : value;
    case 'dyn':
      return fromJson(value);
    default:
      return value;
  }
}

function rawDouble(value: Value): Value {
  return typeof value === 'object' && isRawNumber(value) ? new Double(Number(value.rawJSON)) : value;
}

const needing = new WeakMap<Type, boolean>();

/** True if JSON of the type is not what its values are, at any depth. */
export function needsConversion(type: Type): boolean {
  const known = needing.get(type);
  if (known !== undefined) return known;
  const inner = [...type.args, ...[...(type.fields?.values() ?? [])].map((field) => field.type)];
  const needs = ['double', 'timestamp', 'duration', 'bytes'].includes(type.kind) || inner.some(needsConversion);
  needing.set(type, needs);
  return needs;
}

/** A value with everything in it. */
export function convertDeep(type: Type, value: Value): Value {
  if (!needsConversion(type) || value === null) return convertScalar(type, value);
  const [first = types.dyn, second = types.dyn] = type.args;
  if (type.kind === 'list') return Array.isArray(value) ? value.map((item) => convertDeep(first, item)) : value;
  if (type.kind === 'map') {
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convertDeep(second, item)]));
  }
  if (type.kind !== 'object' || !isRecord(value)) return convertScalar(type, value);
  const fields = [...(type.fields?.values() ?? [])].filter(({ jsonName }) => Object.hasOwn(value, jsonName));
  return {
    ...value,
    ...Object.fromEntries(fields.map(({ jsonName, type: inner }) => [jsonName, convertDeep(inner, value[jsonName])])),
  };
}

function isRecord(value: Value): value is Readonly<Record<string, Value>> {
  return isMap(value) && Object.getPrototypeOf(value) === Object.prototype;
}

const comparing = new WeakMap<Type, boolean>();

/** True if values of the type compare otherwise than as plain JSON would: they hold sets, keyed lists or converted scalars. */
export function comparesByType(type: Type): boolean {
  const known = comparing.get(type);
  if (known !== undefined) return known;
  const inner = [...type.args, ...[...(type.fields?.values() ?? [])].map((field) => field.type)];
  const does = type.items !== undefined || needsConversion(type) || inner.some(comparesByType);
  comparing.set(type, does);
  return does;
}

/** Equal as the schema sees it: sets in any order, lists of type map by their keys (Kubernetes `common/values.go`). */
export function equalByType(type: Type, a: Value, b: Value): boolean {
  if (a === b) return true;
  if (!comparesByType(type)) return equals(a, b);
  const [first = types.dyn, second = types.dyn] = type.args;
  if (type.kind === 'list' && Array.isArray(a) && Array.isArray(b)) return equalLists(type, a, b);
  if (type.kind === 'map' && isRecord(a) && isRecord(b)) {
    if (sizeOfMap(a) !== sizeOfMap(b)) return false;
    return Object.keys(a).every((key) => Object.hasOwn(b, key) && equalByType(second, a[key], b[key]));
  }
  if (type.kind === 'object' && isRecord(a) && isRecord(b)) {
    const names = [...(type.fields?.values() ?? [])];
    if (sizeOfMap(a) !== sizeOfMap(b)) return false;
    return Object.keys(a).every((key) => {
      const inner = names.find(({ jsonName }) => jsonName === key)?.type ?? types.dyn;
      return Object.hasOwn(b, key) && equalByType(inner, a[key], b[key]);
    });
  }
  return equals(
    convertDeep(type.kind === 'list' ? first : type, a),
    convertDeep(type.kind === 'list' ? first : type, b),
  );
}

function equalLists(type: Type, a: readonly Value[], b: readonly Value[]): boolean {
  const item = type.args[0] ?? types.dyn;
  if (a.length !== b.length) return false;
  if (type.items === undefined) return a.every((one, index) => equalByType(item, one, b[index]));
  const others = byIdentity(type, b);
  return byIdentity(type, a)
    .entries()
    .every(([identity, one]) => others.has(identity) && equalByType(item, one, others.get(identity)));
}

function byIdentity(type: Type, list: readonly Value[]): Map<string, Value> {
  return new Map(list.map((item) => [identityOf(type, item), item]));
}

function identityOf({ items }: Type, item: Value): string {
  const identity = typeof items === 'object' && isRecord(item) ? items.keys.map((key) => item[key] ?? null) : item;
  return canonicalJson(identity);
}

/** Lists of type set join without duplicates, those of type map with items of `b` in place of those with the same keys. */
export function joinByType(type: Type, a: readonly Value[], b: readonly Value[]): readonly Value[] {
  const joined = byIdentity(type, a);
  for (const item of b) {
    const identity = identityOf(type, item);
    if (type.items !== 'set' || !joined.has(identity)) joined.set(identity, item);
  }
  return [...joined.values()];
}
