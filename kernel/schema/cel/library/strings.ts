import { declare, type Overload } from '../function.ts';
import { pointIndex, sizeOfText, sliceText, unitIndex } from '../text.ts';
import { CelError, noOverload, type Value } from '../values.ts';
import { deepTraversalCost, formatCost, joinCost, quoteCost, replaceCost, splitCost, traversalCost } from './costs.ts';
import { formatText } from './format-text.ts';

/** Functions on texts (cel-go `ext/strings.go`). Positions count code points. */

type Int = number | bigint;

function charAt(text: string, index: Int): string {
  const size = sizeOfText(text);
  if (index < 0 || index > size) throw new CelError(`index out of range: ${index}`);
  return sliceText(text, Number(index), Number(index) + 1);
}

function substring(text: string, start: Int, end: Int = sizeOfText(text)): string {
  const size = sizeOfText(text);
  if (start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0 || start > size) throw new CelError(`index out of range: ${start}`);
  if (end < 0 || end > size) throw new CelError(`index out of range: ${end}`);
  return sliceText(text, Number(start), Number(end));
}

function indexOf(text: string, part: string, from: Int = 0): number {
  const size = sizeOfText(text);
  if (from < 0 || from > size) throw new CelError(`index out of range: ${from}`);
  if (part === '') return Number(from);
  return pointIndex(text, text.indexOf(part, unitIndex(text, Number(from))));
}

function lastIndexOf(text: string, part: string, from: Int = sizeOfText(text)): number {
  const size = sizeOfText(text);
  if (from < 0 || from > size) throw new CelError(`index out of range: ${from}`);
  if (part === '') return Number(from);
  return pointIndex(text, text.lastIndexOf(part, unitIndex(text, Number(from))));
}

function replace(text: string, part: string, by: string, limit: Int = -1): string {
  if (limit < 0) return text.replaceAll(part, () => by);
  let count = Number(limit);
  return text.replaceAll(part, (found) => (count-- > 0 ? by : found));
}

function split(text: string, separator: string, limit: Int = -1): readonly string[] {
  if (limit === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

function joinTexts(list: readonly Value[], separator = ''): string {
  if (!list.every((item) => typeof item === 'string')) throw noOverload();
  return list.join(separator);
}

/** What Go's `unicode.IsSpace` and CEL call blank. */
const blank = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const blankEnds = new RegExp(`^${blank}|${blank}$`, 'g');

const quotes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  const body = text.toWellFormed().replaceAll(/[\p{Cc}\\"]/gu, (found) => quotes[found] ?? found);
  return `"${body}"`;
}

/** The library. */
export const stringsLibrary: readonly Overload[] = [
  ...declare('charAt', { 'self: string, int -> string': charAt }),
  ...declare(
    'substring',
    { 'self: string, int -> string': substring, 'self: string, int, int -> string': substring },
    traversalCost(0, { keepsSize: true }),
  ),
  ...declare(
    'indexOf',
    { 'self: string, string -> int': indexOf, 'self: string, string, int -> int': indexOf },
    deepTraversalCost,
  ),
  ...declare(
    'lastIndexOf',
    { 'self: string, string -> int': lastIndexOf, 'self: string, string, int -> int': lastIndexOf },
    deepTraversalCost,
  ),
  ...declare(
    'lowerAscii',
    { 'self: string -> string': (text: string) => text.replaceAll(/[A-Z]+/g, (found) => found.toLowerCase()) },
    traversalCost(0, { keepsSize: true }),
  ),
  ...declare(
    'upperAscii',
    { 'self: string -> string': (text: string) => text.replaceAll(/[a-z]+/g, (found) => found.toUpperCase()) },
    traversalCost(0, { keepsSize: true }),
  ),
  ...declare(
    'trim',
    { 'self: string -> string': (text: string) => text.replaceAll(blankEnds, '') },
    traversalCost(0, { keepsSize: true }),
  ),
  ...declare(
    'reverse',
    { 'self: string -> string': (text: string) => Array.from(text).toReversed().join('') },
    traversalCost(0, { keepsSize: true }),
  ),
  ...declare(
    'replace',
    { 'self: string, string, string -> string': replace, 'self: string, string, string, int -> string': replace },
    replaceCost,
  ),
  ...declare(
    'split',
    { 'self: string, string -> list(string)': split, 'self: string, string, int -> list(string)': split },
    splitCost,
  ),
  ...declare(
    'join',
    { 'self: list(string) -> string': joinTexts, 'self: list(string), string -> string': joinTexts },
    joinCost,
  ),
  ...declare('strings.quote', { 'string -> string': quote }, quoteCost),
  ...declare('format', { 'self: string, list(dyn) -> string': formatText }, formatCost),
];
