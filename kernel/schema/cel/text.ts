import { codePointCount } from '../formats.ts';
import { CelError, type Value } from './values.ts';

/** Texts as CEL sees them: sequences of code points, not of UTF-16 units. */

const surrogates = /[\ud800-\udfff]/;

/** Number of code points. */
export function sizeOfText(text: string): number {
  return surrogates.test(text) ? codePointCount(text) : text.length;
}

/** The code points from `start` to before `end`. */
export function sliceText(text: string, start: number, end: number): string {
  return surrogates.test(text) ? Array.from(text).slice(start, end).join('') : text.slice(start, end);
}

/** The UTF-16 index of a code point. */
export function unitIndex(text: string, index: number): number {
  return surrogates.test(text) ? Array.from(text).slice(0, index).join('').length : index;
}

/** The code point at which the UTF-16 index is. */
export function pointIndex(text: string, unit: number): number {
  return unit <= 0 ? unit : sizeOfText(text.slice(0, unit));
}

/** Negative, zero or positive; by code point, which is the order of UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!surrogates.test(a) && !surrogates.test(b)) return a < b ? -1 : 1;
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Negative, zero or positive, byte by byte. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** @throws {CelError} when the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string', { cause });
  }
}

/** UTF-8 bytes of a text. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Reads base64. @returns the text itself if it is none: validation refuses it elsewhere. */
export function decodeBase64(text: string): Value {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return text;
  }
}

/** Shortest decimal form of a number, as Go prints it with `%v` and CEL's `string()` does. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 21) return decimalForm(value);
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const magnitude = power.slice(1).padStart(2, '0');
  return `${digits}e${power.startsWith('-') ? '-' : '+'}${magnitude}`;
}

function decimalForm(value: number): string {
  const text = String(value);
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = found;
  const digits = first + rest;
  const point = Number(power) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}
