import { formatDouble } from '../text.ts';
import { formatDuration, formatTimestamp } from '../time.ts';
import {
  CelError,
  Double,
  Duration,
  entriesOf,
  isInt,
  isMap,
  Timestamp,
  typeNameOf,
  TypeValue,
  Uint,
  type Value,
} from '../values.ts';

/** `'%s is %d'.format([name, count])` (cel-go `ext/formatting.go`). */

/** Most digits behind the point. */
const precisionMax = 1000;

/** Fills the clauses of a format text. @throws {CelError} where text and values do not fit. */
export function formatText(format: string, args: readonly Value[]): string {
  let used = 0;
  const text = format.replaceAll(
    /%(?:%|(?:\.(\d+))?([\s\S]?))/g,
    (found, precision: string | undefined, clause: string) => {
      if (found === '%%') return '%';
      if (clause === '') throw new CelError('unexpected end of string');
      if (precision !== undefined && Number(precision) > precisionMax) {
        throw new CelError(`precision specifier exceeds maximum of ${precisionMax}`);
      }
      if (used >= args.length) throw new CelError(`index ${used} out of range`);
      return formatClause(clause, args[used++], precision === undefined ? 6 : Number(precision));
    },
  );
  return text;
}

function formatClause(clause: string, value: Value, precision: number): string {
  switch (clause) {
    case 's':
      return formatAny(value);
    case 'd':
      return formatDecimal(value);
    case 'f':
      return fixed(value, precision);
    case 'e':
      return scientific(value, precision);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return whole(value, 'b', 'only integers and bools can be formatted as binary').toString(2);
    case 'o':
      return whole(value, 'o', 'octal clause can only be used on integers').toString(8);
    case 'x':
    case 'X': {
      const text = hexadecimal(value);
      return clause === 'X' ? text.toUpperCase() : text;
    }
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${clause}"`);
  }
}

function refuse(why: string, value: Value): CelError {
  return new CelError(`error during formatting: ${why}, was given ${typeNameOf(value)}`);
}

function whole(value: Value, _clause: string, why: string): bigint {
  if (isInt(value)) return BigInt(value);
  if (value instanceof Uint) return value.value;
  throw refuse(why, value);
}

function formatDecimal(value: Value): string {
  if (value instanceof Double && !Number.isFinite(value.value)) return special(value.value);
  return whole(value, 'd', 'decimal clause can only be used on integers').toString();
}

function special(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function toDouble(value: Value, why: string): number {
  if (value instanceof Double) return value.value;
  if (isInt(value)) return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw refuse(why, value);
}

function fixed(value: Value, precision: number): string {
  const amount = toDouble(value, 'fixed-point clause can only be used on doubles');
  if (!Number.isFinite(amount)) return special(amount);
  // JavaScript rounds ties up, Go to even digits.
  if (precision === 0 && Math.abs(amount % 1) === 0.5) return (2 * Math.round(amount / 2)).toFixed(0);
  const digits = Math.min(precision, 100);
  return amount.toFixed(digits) + '0'.repeat(precision - digits);
}

function scientific(value: Value, precision: number): string {
  const amount = toDouble(value, 'scientific clause can only be used on doubles');
  if (!Number.isFinite(amount)) return special(amount);
  return amount
    .toExponential(Math.min(precision, 100))
    .replace(/e([+-])(\d)$/, (_found, sign: string, digit: string) => `e${sign}0${digit}`);
}

function hexadecimal(value: Value): string {
  if (typeof value === 'string') return new TextEncoder().encode(value).toHex();
  if (value instanceof Uint8Array) return value.toHex();
  return whole(value, 'x', 'only integers, byte buffers, and strings can be formatted as hex').toString(16);
}

/** Like `string()`, also for lists and maps. */
function formatAny(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (isInt(value) || typeof value === 'boolean') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Double) return Number.isFinite(value.value) ? formatDouble(value.value) : special(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof TypeValue) return value.name;
  if (Array.isArray(value)) return `[${value.map(formatAny).join(', ')}]`;
  if (isMap(value)) {
    const entries = [...entriesOf(value)].map(([key, inner]) => [formatKey(key), formatAny(inner)] as const);
    return `{${entries
      .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([key, inner]) => `${key}: ${inner}`)
      .join(', ')}}`;
  }
  throw refuse(
    'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
    value,
  );
}

function formatKey(key: Value): string {
  return formatAny(key);
}
