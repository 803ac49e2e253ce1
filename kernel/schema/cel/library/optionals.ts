import { declare, type Overload } from '../function.ts';
import {
  CelError,
  Double,
  Duration,
  isMap,
  Message,
  none,
  Optional,
  sizeOfMap,
  Timestamp,
  Uint,
  type Value,
} from '../values.ts';

/** Values that may be absent (cel-go `cel/library.go`). The macros of them are in `macros.ts`. */

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0) return true;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  // A time is zero at the beginning of the year 1.
  if (value instanceof Timestamp) return value.nanos === -62_135_596_800_000_000_000n;
  if (value instanceof Optional) return value.value === undefined;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Message) return value.fields.size === 0;
  return isMap(value) && sizeOfMap(value) === 0;
}

function present({ value }: Optional): Value {
  if (value === undefined) throw new CelError('optional.none() dereference');
  return value;
}

function unwrap(list: readonly Value[]): readonly Value[] {
  return list.flatMap((item) => (item instanceof Optional && item.value !== undefined ? [item.value] : []));
}

function end(list: readonly Value[], index: 0 | -1): Optional {
  return list.length === 0 ? none : new Optional(list.at(index));
}

/** The library. */
export const optionalsLibrary: readonly Overload[] = [
  ...declare('optional.of', { 'A -> optional(A)': (value: Value) => new Optional(value) }),
  ...declare('optional.ofNonZeroValue', {
    'A -> optional(A)': (value: Value) => (isZero(value) ? none : new Optional(value)),
  }),
  ...declare('optional.none', { '-> optional(A)': () => none }),
  ...declare('optional.unwrap', { 'list(optional(A)) -> list(A)': unwrap }),
  ...declare('unwrapOpt', { 'self: list(optional(A)) -> list(A)': unwrap }),
  ...declare('hasValue', { 'self: optional(A) -> bool': ({ value }: Optional) => value !== undefined }),
  ...declare('value', { 'self: optional(A) -> A': present }),
  ...declare('or', {
    'self: optional(A), optional(A) -> optional(A)': (a: Optional, b: Optional) => (a.value === undefined ? b : a),
  }),
  ...declare('orValue', {
    'self: optional(A), A -> A': (a: Optional, b: Value) => (a.value === undefined ? b : a.value),
  }),
  ...declare('first', { 'self: list(A) -> optional(A)': (list: readonly Value[]) => end(list, 0) }),
  ...declare('last', { 'self: list(A) -> optional(A)': (list: readonly Value[]) => end(list, -1) }),
];
