import { isRawNumber } from '../../meta/json.ts';
import { compareBytes, compareText } from './text.ts';
import { durationOf, timestampOf } from './time.ts';
import {
  CelError,
  type CelMap,
  Double,
  Duration,
  entriesOf,
  fromJson,
  isInt,
  isMap,
  lookUp,
  Message,
  noOverload,
  Opaque,
  Optional,
  sizeOfMap,
  Timestamp,
  toInt,
  toUint,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

/** Operators on values whose types are known only when they meet. The generated code has shortcuts for known ones. */

/** Equal, whatever the types: numbers by amount, lists item by item, maps in any order; other types never mix. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === 'string' || typeof a === 'boolean' || a === null) return false;
  const [left, right] = [fromJson(a), fromJson(b)];
  if (isNumeric(left)) return isNumeric(right) && compareNumbers(left, right) === 0;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) && left.length === right.length && left.every((item, index) => equals(item, right[index]))
    );
  }
  if (left instanceof Timestamp || left instanceof Duration) return equalTimes(left, right);
  if (left instanceof Uint8Array) return right instanceof Uint8Array && compareBytes(left, right) === 0;
  return isMap(left) ? isMap(right) && equalMaps(left, right) : equalOthers(left, right);
}

function equalOthers(a: Value, b: Value): boolean {
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b);
  if (a instanceof Message) return b instanceof Message && a.typeName === b.typeName && equalMaps(a.fields, b.fields);
  return a instanceof Opaque && b instanceof Opaque && a.typeName === b.typeName && a.equals(b);
}

function equalTimes(a: Timestamp | Duration, b: Value): boolean {
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  return b instanceof Duration && a.nanos === b.nanos;
}

function equalOptionals(a: Optional, b: Optional): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equals(a.value, b.value);
}

type AnyMap = CelMap | Readonly<Record<string, Value>>;

function equalMaps(a: AnyMap, b: AnyMap): boolean {
  if (sizeOfMap(a) !== sizeOfMap(b)) return false;
  for (const [key, value] of entriesOf(a)) {
    const other = lookUp(b, key);
    if (other === undefined || !equals(value, other)) return false;
  }
  return true;
}

type Numeric = number | bigint | Double | Uint;

function isNumeric(value: Value): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Uint;
}

function plain(value: Numeric): number | bigint {
  return value instanceof Double || value instanceof Uint ? value.value : value;
}

/** NaN when either is. Beside a double every number counts as one (cel-go `compareIntDouble`), otherwise exactly. */
function compareNumbers(a: Numeric, b: Numeric): number {
  const isAboutDoubles = a instanceof Double || b instanceof Double;
  const [left, right] = isAboutDoubles ? [Number(plain(a)), Number(plain(b))] : [plain(a), plain(b)];
  if (left < right) return -1;
  if (left > right) return 1;
  // Not ===: a number and a bigint of the same amount are equal.
  return left >= right ? 0 : Number.NaN;
}

/** Negative, zero or positive; NaN when there is no order. @throws {CelError} for types without order. */
export function compare(a: Value, b: Value): number {
  const [left, right] = [fromJson(a), fromJson(b)];
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right);
  const isTime =
    (left instanceof Timestamp && right instanceof Timestamp) ||
    (left instanceof Duration && right instanceof Duration);
  if (isTime) return left.nanos < right.nanos ? -1 : Number(left.nanos > right.nanos);
  throw noOverload();
}

/** `a + b`. */
export function add(a: Value, b: Value): Value {
  if (isInt(a) && isInt(b)) return addInts(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (a instanceof Double && b instanceof Double) return new Double(a.value + b.value);
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value + b.value);
  if (Array.isArray(a) && Array.isArray(b)) return [...(a as Value[]), ...(b as Value[])];
  if (a instanceof Uint8Array && b instanceof Uint8Array) return joinBytes(a, b);
  if (a instanceof Timestamp && b instanceof Duration) return timestampOf(a.nanos + b.nanos);
  if (a instanceof Duration && b instanceof Timestamp) return timestampOf(a.nanos + b.nanos);
  if (a instanceof Duration && b instanceof Duration) return durationOf(a.nanos + b.nanos);
  throw noOverload();
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** `a - b`. */
export function subtract(a: Value, b: Value): Value {
  if (isInt(a) && isInt(b)) return subtractInts(a, b);
  if (a instanceof Double && b instanceof Double) return new Double(a.value - b.value);
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value - b.value);
  if (a instanceof Timestamp && b instanceof Timestamp) return durationOf(a.nanos - b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return timestampOf(a.nanos - b.nanos);
  if (a instanceof Duration && b instanceof Duration) return durationOf(a.nanos - b.nanos);
  throw noOverload();
}

/** `a * b`. */
export function multiply(a: Value, b: Value): Value {
  if (isInt(a) && isInt(b)) return multiplyInts(a, b);
  if (a instanceof Double && b instanceof Double) return new Double(a.value * b.value);
  if (a instanceof Uint && b instanceof Uint) return toUint(a.value * b.value);
  throw noOverload();
}

/** `a / b`; of ints towards zero. */
export function divide(a: Value, b: Value): Value {
  if (isInt(a) && isInt(b)) {
    if (b === 0) throw new CelError('division by zero');
    return toInt(BigInt(a) / BigInt(b));
  }
  if (a instanceof Double && b instanceof Double) return new Double(a.value / b.value);
  if (a instanceof Uint && b instanceof Uint) {
    if (b.value === 0n) throw new CelError('division by zero');
    return new Uint(a.value / b.value);
  }
  throw noOverload();
}

/** `a % b`, with the sign of `a`. */
export function modulo(a: Value, b: Value): Value {
  if (isInt(a) && isInt(b)) {
    if (b === 0) throw new CelError('modulus by zero');
    return toInt(BigInt(a) % BigInt(b));
  }
  if (a instanceof Uint && b instanceof Uint) {
    if (b.value === 0n) throw new CelError('modulus by zero');
    return new Uint(a.value % b.value);
  }
  throw noOverload();
}

/** `-a`. */
export function negate(a: Value): Value {
  if (isInt(a)) return a === 0 ? 0 : toInt(-BigInt(a));
  if (a instanceof Double) return new Double(-a.value);
  if (a instanceof Duration) return durationOf(-a.nanos);
  throw noOverload();
}

/** Sum of two ints. */
export function addInts(a: Value, b: Value): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toInt(wide(a) + wide(b));
}

/** Difference of two ints. */
export function subtractInts(a: Value, b: Value): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toInt(wide(a) - wide(b));
}

/** Product of two ints. */
export function multiplyInts(a: Value, b: Value): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Not -0, which an int does not have.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return toInt(wide(a) * wide(b));
}

function wide(value: Value): bigint {
  if (!isInt(value)) throw noOverload();
  return BigInt(value);
}

/** `container[index]`. */
export function indexInto(container: Value, index: Value): Value {
  if (Array.isArray(container)) return itemAt(container, index);
  if (!isMap(container)) throw noOverload();
  const found = lookUp(container, index);
  if (found === undefined) throw noSuchKey(index);
  return found;
}

/** An item of a list. Amounts of any numeric type are positions, if whole. */
export function itemAt(list: readonly Value[], index: Value): Value {
  const position = positionOf(index);
  if (position === undefined) throw noOverload();
  if (position < 0 || position >= list.length) throw new CelError(`index out of bounds: ${position}`);
  return fromJson(list[Number(position)]);
}

function positionOf(index: Value): number | bigint | undefined {
  if (isInt(index)) return index;
  if (index instanceof Uint) return index.value;
  return index instanceof Double && Number.isInteger(index.value) ? index.value : undefined;
}

/** Like `indexInto`, but `undefined` where there is nothing. */
export function findIn(container: Value, index: Value): Value {
  if (Array.isArray(container)) {
    const position = positionOf(index);
    if (position === undefined) throw noOverload();
    return position >= 0 && position < container.length ? fromJson(container[Number(position)]) : undefined;
  }
  if (!isMap(container)) throw noOverload();
  return lookUp(container, index);
}

/** The error for a key that is not there. */
export function noSuchKey(key: Value): CelError {
  return new CelError(`no such key: ${typeof key === 'string' ? key : showKey(key)}`);
}

function showKey(key: Value): string {
  if (key instanceof Uint || key instanceof Double) return String(key.value);
  return String(key);
}

/** `item in container`. */
export function isIn(item: Value, container: Value): boolean {
  if (Array.isArray(container)) return container.some((other) => equals(item, other));
  if (isMap(container)) return lookUp(container, item) !== undefined;
  throw noOverload();
}

/** Size for the cost of a comparison: 1 for values without one. */
export function sizeForCost(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return isMap(value) && !isRawNumber(value) ? sizeOfMap(value) : 1;
}
