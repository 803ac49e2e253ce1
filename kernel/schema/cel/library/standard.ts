import { errorText } from '../../../meta/errors.ts';
import { declare, type Overload } from '../function.ts';
import { LinearRegexp } from '../../regexp/regexp.ts';
import { decodeText, encodeText, formatDouble, sizeOfText } from '../text.ts';
import {
  durationIn,
  durationOf,
  formatDuration,
  formatTimestamp,
  inZone,
  millisecondsOf,
  parseDuration,
  parseTimestamp,
  timestampOf,
} from '../time.ts';
import {
  CelError,
  Double,
  type Duration,
  type Timestamp,
  isMap,
  normalizeInt,
  noOverload,
  sizeOfMap,
  toInt,
  toUint,
  typeNameOf,
  TypeValue,
  Uint,
  type Value,
} from '../values.ts';
import { affixCost, containsCost, decodeCost, encodeCost, matchCost } from './costs.ts';

/** The operators and functions of cel-spec `doc/langdef.md`. Operators are only declared: generated code knows them. */

function operator(name: string, ...signatures: readonly string[]): readonly Overload[] {
  const unreachable = () => {
    throw noOverload();
  };
  return declare(name, Object.fromEntries(signatures.map((signature) => [signature, unreachable])));
}

const ordered = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const mixed = ['int, double', 'double, int', 'int, uint', 'uint, int', 'double, uint', 'uint, double'];
const numbers = ['int', 'uint', 'double'];

const operators: readonly Overload[] = [
  ...['_<_', '_<=_', '_>_', '_>=_'].flatMap((name) =>
    operator(name, ...ordered.map((type) => `${type}, ${type} -> bool`), ...mixed.map((pair) => `${pair} -> bool`)),
  ),
  ...operator('_==_', 'A, A -> bool'),
  ...operator('_!=_', 'A, A -> bool'),
  ...operator(
    '_+_',
    ...[...numbers, 'string', 'bytes', 'duration'].map((type) => `${type}, ${type} -> ${type}`),
    'list(A), list(A) -> list(A)',
    'timestamp, duration -> timestamp',
    'duration, timestamp -> timestamp',
  ),
  ...operator(
    '_-_',
    ...[...numbers, 'duration'].map((type) => `${type}, ${type} -> ${type}`),
    'timestamp, timestamp -> duration',
    'timestamp, duration -> timestamp',
  ),
  ...operator('_*_', ...numbers.map((type) => `${type}, ${type} -> ${type}`)),
  ...operator('_/_', ...numbers.map((type) => `${type}, ${type} -> ${type}`)),
  ...operator('_%_', 'int, int -> int', 'uint, uint -> uint'),
  ...operator('-_', 'int -> int', 'double -> double'),
  ...operator('!_', 'bool -> bool'),
  ...operator('_&&_', 'bool, bool -> bool'),
  ...operator('_||_', 'bool, bool -> bool'),
  ...operator('_?_:_', 'bool, A, A -> A'),
  ...operator('@in', 'A, list(A) -> bool', 'A, map(A, B) -> bool'),
  ...operator(
    '_[_]',
    'list(A), int -> A',
    'map(A, B), A -> B',
    'optional(list(A)), int -> optional(A)',
    'optional(map(A, B)), A -> optional(B)',
  ),
  ...operator(
    '_[?_]',
    'list(A), int -> optional(A)',
    'map(A, B), A -> optional(B)',
    'optional(list(A)), int -> optional(A)',
    'optional(map(A, B)), A -> optional(B)',
  ),
];

function sizeOf(value: Value): number {
  if (typeof value === 'string') return sizeOfText(value);
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (!isMap(value)) throw noOverload();
  return sizeOfMap(value);
}

const sized = ['string -> int', 'bytes -> int', 'list(A) -> int', 'map(A, B) -> int'];

function intOfDouble({ value }: Double): number | bigint {
  // The bounds themselves are refused as well: doubles cannot tell them from what is beyond.
  if (!(value > -(2 ** 63) && value < 2 ** 63)) throw new CelError('integer overflow');
  return normalizeInt(BigInt(Math.trunc(value)));
}

function uintOfDouble({ value }: Double): Uint {
  if (!(value >= 0 && value < 2 ** 64)) throw new CelError('unsigned integer overflow');
  return new Uint(BigInt(Math.trunc(value)));
}

function intOfText(text: string): number | bigint {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new CelError(`cannot convert string to int: ${text}`);
  return toInt(BigInt(text.replace(/^\+/, '')), `cannot convert string to int: ${text}`);
}

function uintOfText(text: string): Uint {
  if (!/^\d{1,20}$/.test(text)) throw new CelError(`cannot convert string to uint: ${text}`);
  return toUint(BigInt(text), `cannot convert string to uint: ${text}`);
}

function doubleOfText(text: string): Double {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return new Double(Number(text));
  const special = /^(?<sign>[+-]?)(?:(?<nan>nan)|inf(?:inity)?)$/i.exec(text);
  if (special === null) throw new CelError(`cannot convert string to double: ${text}`);
  if (special.groups?.['nan'] !== undefined) return new Double(Number.NaN);
  return new Double(special.groups?.['sign'] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}

const truths = new Map(
  [
    [true, ['1', 't', 'T', 'true', 'TRUE', 'True']],
    [false, ['0', 'f', 'F', 'false', 'FALSE', 'False']],
  ].flatMap(([value, texts]) => (texts as string[]).map((text) => [text, value as boolean] as const)),
);

function boolOfText(text: string): boolean {
  const value = truths.get(text);
  if (value === undefined) throw new CelError(`cannot convert string to bool: ${text}`);
  return value;
}

function timestampOfText(text: string): Timestamp {
  const value = parseTimestamp(text);
  if (value === undefined) throw new CelError(`cannot convert string to timestamp: ${JSON.stringify(text)}`);
  return value;
}

function durationOfText(text: string): Duration {
  const value = parseDuration(text);
  if (value === undefined) throw new CelError(`cannot convert string to duration: ${JSON.stringify(text)}`);
  return value;
}

const same = (value: never): Value => value;

const conversions: readonly Overload[] = [
  ...declare('dyn', { 'A -> dyn': same }),
  ...declare('type', { 'A -> type(A)': (value: Value) => new TypeValue(typeNameOf(value)) }),
  ...declare('bool', { 'bool -> bool': same, 'string -> bool': boolOfText }),
  ...declare('int', {
    'int -> int': same,
    'uint -> int': ({ value }: Uint) => toInt(value),
    'double -> int': intOfDouble,
    'string -> int': intOfText,
    'timestamp -> int': ({ nanos }: Timestamp) =>
      normalizeInt(BigInt.asIntN(64, (nanos - posMod(nanos)) / 1_000_000_000n)),
    'duration -> int': ({ nanos }: Duration) => normalizeInt(nanos),
  }),
  ...declare('uint', {
    'uint -> uint': same,
    'int -> uint': (value: number | bigint) => toUint(BigInt(value)),
    'double -> uint': uintOfDouble,
    'string -> uint': uintOfText,
  }),
  ...declare('double', {
    'double -> double': same,
    'int -> double': (value: number | bigint) => new Double(Number(value)),
    'uint -> double': ({ value }: Uint) => new Double(Number(value)),
    'string -> double': doubleOfText,
  }),
  ...declare('string', {
    'string -> string': same,
    'bool -> string': String,
    'int -> string': String,
    'uint -> string': ({ value }: Uint) => String(value),
    'double -> string': ({ value }: Double) => formatDouble(value),
    'timestamp -> string': formatTimestamp,
    'duration -> string': formatDuration,
  }),
  ...declare('string', { 'bytes -> string': decodeText }, decodeCost),
  ...declare('bytes', { 'bytes -> bytes': same }),
  ...declare('bytes', { 'string -> bytes': encodeText }, encodeCost),
  ...declare('timestamp', {
    'timestamp -> timestamp': same,
    'string -> timestamp': timestampOfText,
    'int -> timestamp': (seconds: number | bigint) => timestampOf(BigInt(seconds) * 1_000_000_000n),
  }),
  ...declare('duration', {
    'duration -> duration': same,
    'string -> duration': durationOfText,
    'int -> duration': (nanos: number | bigint) => durationOf(BigInt(nanos)),
  }),
];

function posMod(nanos: bigint): bigint {
  const rest = nanos % 1_000_000_000n;
  return rest < 0n ? rest + 1_000_000_000n : rest;
}

/** Parts of a timestamp, of the date in its zone. */
const parts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
};

const times: readonly Overload[] = [
  ...Object.entries(parts).flatMap(([name, part]) =>
    declare(name, {
      'self: timestamp -> int': (time: Timestamp) => part(inZone(time, '')),
      'self: timestamp, string -> int': (time: Timestamp, zone: string) => part(inZone(time, zone)),
    }),
  ),
  ...declare('getMilliseconds', {
    'self: timestamp -> int': millisecondsOf,
    'self: timestamp, string -> int': millisecondsOf,
    'self: duration -> int': millisecondsOf,
  }),
  ...declare('getHours', { 'self: duration -> int': (value: Duration) => durationIn(value, 'h') }),
  ...declare('getMinutes', { 'self: duration -> int': (value: Duration) => durationIn(value, 'm') }),
  ...declare('getSeconds', { 'self: duration -> int': (value: Duration) => durationIn(value, 's') }),
];

const compiled = new Map<string, LinearRegexp>();
/** Most regular expressions kept. They come from users. */
const compiledMax = 500;

/** A regular expression in RE2 syntax. @throws {CelError} if it is none. */
export function patternOf(source: string): LinearRegexp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  try {
    const expression = new LinearRegexp(source);
    if (compiled.size >= compiledMax) compiled.clear();
    compiled.set(source, expression);
    return expression;
  } catch (cause) {
    throw new CelError(`error parsing regexp: ${errorText(cause)}`, { cause });
  }
}

const matches = (text: string, pattern: string) => patternOf(pattern).test(text);

/** The standard library. */
export const standardLibrary: readonly Overload[] = [
  ...operators,
  ...declare('size', Object.fromEntries(sized.flatMap((one) => [one, `self: ${one}`]).map((one) => [one, sizeOf]))),
  ...conversions,
  ...times,
  ...declare(
    'contains',
    { 'self: string, string -> bool': (text: string, part: string) => text.includes(part) },
    containsCost,
  ),
  ...declare(
    'startsWith',
    { 'self: string, string -> bool': (text: string, part: string) => text.startsWith(part) },
    affixCost,
  ),
  ...declare(
    'endsWith',
    { 'self: string, string -> bool': (text: string, part: string) => text.endsWith(part) },
    affixCost,
  ),
  ...declare('matches', { 'string, string -> bool': matches, 'self: string, string -> bool': matches }, matchCost),
];
