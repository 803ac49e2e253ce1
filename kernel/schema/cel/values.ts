import { isRawNumber } from '../../meta/json.ts';

/**
 * Values of expressions. JSON is used as it is: text, true and false, null, lists, and objects as maps with text keys. The
 * other values are:
 *
 * - **int**: a number while it is a safe integer, a bigint beyond (never both ways), so small amounts stay fast and
 *   64-bit amounts stay exact; **double**: `Double` (a fraction in raw JSON counts as one too); **uint**: `Uint`;
 * - **bytes**: `Uint8Array`; **timestamp**, **duration**, **optional**, **type**: the classes below;
 * - **map**: besides plain objects `CelMap`, which has keys of any type; **message**: `Message`;
 * - everything else is an `Opaque` of a library.
 */
export type Value = unknown;

/** What a literal can be. */
export type Literal = null | boolean | string | number | bigint | Double | Uint | Uint8Array;

/** A floating point number. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** An unsigned integer of 64 bits. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time from year 1 to 9999. */
export class Timestamp {
  /** Nanoseconds since 1970. */
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A span of time. */
export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value or none. */
export class Optional {
  /** `undefined`: none. */
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** The optional value without a value. */
export const none = new Optional(undefined);

/** A type as a value. */
export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A map whose keys are bool, int, uint or string. */
export class CelMap {
  readonly #entries = new Map<unknown, readonly [key: Value, value: Value]>();

  get size(): number {
    return this.#entries.size;
  }

  /** @returns false when the key is there already. */
  add(key: Value, value: Value): boolean {
    const identity = keyIdentity(key);
    if (this.#entries.has(identity)) return false;
    this.#entries.set(identity, [key, value]);
    return true;
  }

  /** @returns `undefined` when there is no such key. */
  get(key: Value): Value {
    return this.#entries.get(keyIdentity(key))?.[1];
  }

  entries(): Iterable<readonly [key: Value, value: Value]> {
    return this.#entries.values();
  }
}

/** Numbers of all types that are equal are one key (cel-spec: 1, 1u and 1.0 are equal). */
function keyIdentity(key: Value): unknown {
  if (typeof key === 'string') return `s${key}`;
  if (key instanceof Uint) return normalizeInt(key.value);
  if (key instanceof Double) return Number.isSafeInteger(key.value) ? key.value : `d${key.value}`;
  return key;
}

/** A message an expression made: `Object.spec{replicas: 3}`. */
export class Message {
  readonly typeName: string;
  /** By name; those that were not set are not there. */
  readonly fields: CelMap;

  constructor(typeName: string, fields: CelMap) {
    this.typeName = typeName;
    this.fields = fields;
  }
}

/** A value of a library: an address, a quantity, a version. */
export abstract class Opaque {
  /** Name of its type, such as `net.IP`. */
  abstract readonly typeName: string;

  /** True if the other one, of the same type, is the same. */
  abstract equals(other: Opaque): boolean;
}

/**
 * An evaluation came to no value. Thrown inside of evaluations and returned by them; `&&`, `||` and the loops absorb it.
 * Texts are those of cel-go.
 */
export class CelError extends Error {
  override readonly name: string = 'CelError';
}

/** An evaluation cost more than it may. Never absorbed. */
export class CostError extends CelError {
  override readonly name = 'CostError';

  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** `no such overload`: a value has a type that the function or operator is not defined for. */
export function noOverload(): CelError {
  return new CelError('no such overload');
}

const [int64Min, int64Max, uint64Max] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];

/** The one form an integer has, whatever its size. */
export function normalizeInt(value: bigint): number | bigint {
  return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value;
}

/** An int from any integer. @throws {CelError} beyond 64 bits. */
export function toInt(value: bigint, message = 'integer overflow'): number | bigint {
  if (value < int64Min || value > int64Max) throw new CelError(message);
  return normalizeInt(value);
}

/** A uint from any integer. @throws {CelError} below 0 or beyond 64 bits. */
export function toUint(value: bigint, message = 'unsigned integer overflow'): Uint {
  if (value < 0n || value > uint64Max) throw new CelError(message);
  return new Uint(value);
}

/** True for an int. */
export function isInt(value: Value): value is number | bigint {
  return (typeof value === 'number' && Number.isSafeInteger(value)) || typeof value === 'bigint';
}

/** A value of JSON that no schema describes: fractions are doubles, integers beyond 2^53 exact. */
export function fromJson(value: Value): Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : new Double(value);
  return typeof value === 'object' && isRawNumber(value) ? toInt(BigInt(value.rawJSON)) : value;
}

/** True for a map of either form. */
export function isMap(value: Value): value is CelMap | Readonly<Record<string, Value>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype || prototype === CelMap.prototype || (prototype === null && !isRawNumber(value))
  );
}

/** Keys and values of a map. */
export function entriesOf(map: CelMap | Readonly<Record<string, Value>>): Iterable<readonly [Value, Value]> {
  if (map instanceof CelMap) return map.entries();
  return Object.entries(map).map(([key, value]) => [key, fromJson(value)] as const);
}

/** The value of a key. @returns `undefined` when there is none. */
export function lookUp(map: CelMap | Readonly<Record<string, Value>>, key: Value): Value {
  if (map instanceof CelMap) return map.get(key);
  return typeof key === 'string' && Object.hasOwn(map, key) ? fromJson(map[key]) : undefined;
}

/** How many entries or items there are. */
export function sizeOfMap(map: CelMap | Readonly<Record<string, Value>>): number {
  return map instanceof CelMap ? map.size : Object.keys(map).length;
}

/** Name of the type of a value, as `type()` gives it. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return Number.isSafeInteger(value) ? 'int' : 'double';
    default:
      return nameOfObject(value);
  }
}

function nameOfObject(value: Value): string {
  if (value === null) return 'null_type';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Opaque || value instanceof Message) return value.typeName;
  for (const [constructor, name] of classNames) if (value instanceof constructor) return name;
  return isRawNumber(value) ? 'int' : 'map';
}

const classNames = [
  [Double, 'double'],
  [Uint, 'uint'],
  [Uint8Array, 'bytes'],
  [Timestamp, 'google.protobuf.Timestamp'],
  [Duration, 'google.protobuf.Duration'],
  [Optional, 'optional_type'],
  [TypeValue, 'type'],
] as const;
