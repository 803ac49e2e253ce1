import { anything, foldCase, invert, lastCodePoint, normalize, propertyRanges, type Ranges, single } from './ranges.ts';

/**
 * Regular expressions in the syntax of RE2 (github.com/google/re2/wiki/Syntax), which CEL, Kubernetes and Go use: no
 * back references and no look-around, so that every one can be matched in linear time.
 */
export type Node =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | {
      readonly kind: 'repeat';
      readonly part: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'assertion'; readonly assertion: Assertion };

/** Conditions on a place between characters. */
export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordEdge' | 'noWordEdge';

/** Most repetitions that may be written (RE2 `maxRepeat`), and most that nested ones come to. */
const repeatMax = 1000;
const depthMax = 200;
/** Longest expression, UTF-16 units. */
const sourceLengthMax = 10_000;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

interface Reader {
  readonly source: string;
  at: number;
  flags: Flags;
  depth: number;
}

/** Reads an expression. @throws {SyntaxError} saying what RE2 does not allow. */
export function parsePattern(source: string): Node {
  if (source.length > sourceLengthMax) throw new SyntaxError(`expression is longer than ${sourceLengthMax} characters`);
  const reader: Reader = { source, at: 0, flags: { i: false, m: false, s: false, U: false }, depth: 0 };
  const node = parseChoice(reader);
  if (reader.at < source.length) throw new SyntaxError('unexpected ): `' + source + '`');
  if (repetitions(node) > repeatMax) throw new SyntaxError('invalid repeat count: nested repetitions come to too many');
  return node;
}

function repetitions(node: Node): number {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return 1;
    case 'sequence':
    case 'choice':
      return node.parts.reduce((most, part) => Math.max(most, repetitions(part)), 1);
    case 'repeat': {
      const times = Number.isFinite(node.max) ? node.max : node.min;
      return Math.max(1, times) * repetitions(node.part);
    }
  }
}

function look(reader: Reader): string {
  return reader.source.slice(reader.at, reader.at + 1);
}

function takePoint(reader: Reader): number {
  const point = reader.source.codePointAt(reader.at);
  if (point === undefined) throw new SyntaxError('unexpected end of expression');
  reader.at += point > 0xffff ? 2 : 1;
  return point;
}

function parseChoice(reader: Reader): Node {
  reader.depth++;
  if (reader.depth > depthMax) throw new SyntaxError('expression nests too deeply');
  const parts = [parseSequence(reader)];
  while (look(reader) === '|') {
    reader.at++;
    parts.push(parseSequence(reader));
  }
  reader.depth--;
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts };
}

function parseSequence(reader: Reader): Node {
  const parts: Node[] = [];
  while (reader.at < reader.source.length && look(reader) !== '|' && look(reader) !== ')') {
    const part = reader.source.startsWith('\\Q', reader.at) ? parseQuoted(reader, parts) : parseAtom(reader);
    if (part !== undefined) parts.push(parseRepeats(reader, part));
  }
  return { kind: 'sequence', parts };
}

const counted = /\{(\d{1,5})(?:(,)(\d{0,5}))?\}/y;

function parseRepeats(reader: Reader, atom: Node): Node {
  let node = atom;
  for (let count = 0; ; count++) {
    const range = repeatRange(reader);
    if (range === undefined) return node;
    if (count > 0) throw new SyntaxError('invalid nested repetition operator');
    const isMarked = look(reader) === '?';
    if (isMarked) reader.at++;
    node = { kind: 'repeat', part: node, ...range, isLazy: isMarked !== reader.flags.U };
  }
}

function repeatRange(reader: Reader): { readonly min: number; readonly max: number } | undefined {
  const sign = look(reader);
  if (sign === '*' || sign === '+' || sign === '?') {
    reader.at++;
    return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
  }
  if (sign !== '{') return undefined;
  counted.lastIndex = reader.at;
  const found = counted.exec(reader.source);
  if (found === null) return undefined;
  reader.at += found[0].length;
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]);
  if (min > repeatMax || (Number.isFinite(max) && max > repeatMax) || max < min) {
    throw new SyntaxError(`invalid repeat count: ${found[0]}`);
  }
  return { min, max };
}

/** @returns `undefined` for what stands for nothing, such as flags. */
function parseAtom(reader: Reader): Node | undefined {
  const sign = look(reader);
  switch (sign) {
    case '(':
      return parseGroup(reader);
    case '[':
      return { kind: 'set', ranges: folded(reader, parseClass(reader)) };
    case '.':
      reader.at++;
      return { kind: 'set', ranges: reader.flags.s ? anything : invert(single(0x0a)) };
    case '^':
      reader.at++;
      return { kind: 'assertion', assertion: reader.flags.m ? 'lineStart' : 'textStart' };
    case '$':
      reader.at++;
      return { kind: 'assertion', assertion: reader.flags.m ? 'lineEnd' : 'textEnd' };
    case '*':
    case '+':
    case '?':
      throw new SyntaxError('missing argument to repetition operator: `' + sign + '`');
    case '\\':
      return parseEscape(reader);
    default:
      return { kind: 'set', ranges: folded(reader, single(takePoint(reader))) };
  }
}

function folded({ flags }: Reader, ranges: Ranges): Ranges {
  return flags.i ? foldCase(ranges) : ranges;
}

const groupStart = /\((?:\?(?:P?<([A-Za-z_]\w*)>|([imsU]*)(?:-([imsU]+))?([:)])))?/y;

function parseGroup(reader: Reader): Node | undefined {
  groupStart.lastIndex = reader.at;
  const found = groupStart.exec(reader.source);
  const [whole = '', , on, off = '', close] = found ?? [];
  if (found === null || (whole === '(' && reader.source[reader.at + 1] === '?')) {
    throw new SyntaxError(
      'invalid or unsupported Perl syntax: `' + reader.source.slice(reader.at, reader.at + 3) + '`',
    );
  }
  reader.at += whole.length;
  const outer = reader.flags;
  if (on !== undefined) reader.flags = withFlags(outer, on, off);
  if (close === ')') return undefined;
  const node = parseChoice(reader);
  if (look(reader) !== ')') throw new SyntaxError('missing closing ): `' + reader.source + '`');
  reader.at++;
  reader.flags = outer;
  return node;
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const changed: Record<string, boolean> = {};
  for (const flag of on) changed[flag] = true;
  for (const flag of off) changed[flag] = false;
  return { ...flags, ...changed };
}

const digits = normalize([[0x30, 0x39]]);
const spaces = normalize([0x09, 0x0a, 0x0c, 0x0d, 0x20].map((point) => [point, point]));
const wordCharacters = normalize([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]);
const perlClasses: Readonly<Record<string, Ranges>> = {
  d: digits,
  D: invert(digits),
  s: spaces,
  S: invert(spaces),
  w: wordCharacters,
  W: invert(wordCharacters),
};
const assertions: Readonly<Record<string, Assertion>> = {
  A: 'textStart',
  z: 'textEnd',
  b: 'wordEdge',
  B: 'noWordEdge',
};
const controls: Readonly<Record<string, number>> = { a: 0x07, f: 0x0c, t: 0x09, n: 0x0a, r: 0x0d, v: 0x0b };

function parseEscape(reader: Reader): Node {
  const letter = reader.source[reader.at + 1] ?? '';
  const assertion = Object.hasOwn(assertions, letter) ? assertions[letter] : undefined;
  if (assertion !== undefined) {
    reader.at += 2;
    return { kind: 'assertion', assertion };
  }
  return { kind: 'set', ranges: folded(reader, parseClassEscape(reader)) };
}

/** Adds the characters up to `\E` but the last one, which a repetition behind it is about. @returns the last one. */
function parseQuoted(reader: Reader, parts: Node[]): Node | undefined {
  const end = reader.source.indexOf('\\E', reader.at + 2);
  const text = reader.source.slice(reader.at + 2, end < 0 ? undefined : end);
  reader.at = end < 0 ? reader.source.length : end + 2;
  const quoted = Array.from(text, (character): Node => {
    return { kind: 'set', ranges: folded(reader, single(character.codePointAt(0) ?? 0)) };
  });
  parts.push(...quoted.slice(0, -1));
  return quoted.at(-1);
}

const property = /\\([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/y;
const hexadecimal = /\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/y;
const octal = /\\([0-7]{3}|0)/y;

/** An escape that stands for code points, inside of a class or not. */
function parseClassEscape(reader: Reader): Ranges {
  const letter = reader.source[reader.at + 1] ?? '';
  const perl = Object.hasOwn(perlClasses, letter) ? perlClasses[letter] : undefined;
  const control = Object.hasOwn(controls, letter) ? controls[letter] : undefined;
  if (perl !== undefined || control !== undefined) {
    reader.at += 2;
    return perl ?? single(control ?? 0);
  }
  if (letter === 'p' || letter === 'P') return parseProperty(reader);
  const point = escapedPoint(reader, hexadecimal, 16) ?? escapedPoint(reader, octal, 8);
  if (point !== undefined) return single(point);
  if (letter === '' || /[A-Za-z0-9]/.test(letter)) throw new SyntaxError('invalid escape sequence: `\\' + letter + '`');
  reader.at++;
  return single(takePoint(reader));
}

function escapedPoint(reader: Reader, pattern: RegExp, radix: number): number | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.source);
  if (found === null) return undefined;
  const point = Number.parseInt(found[1] ?? found[2] ?? '', radix);
  if (point > lastCodePoint) throw new SyntaxError('invalid escape sequence: `' + found[0] + '`');
  reader.at += found[0].length;
  return point;
}

function parseProperty(reader: Reader): Ranges {
  property.lastIndex = reader.at;
  const found = property.exec(reader.source);
  const ranges = found === null ? undefined : propertyRanges(found[3] ?? found[4] ?? '');
  if (found === null || ranges === undefined) {
    throw new SyntaxError('invalid character class range: `' + reader.source.slice(reader.at, reader.at + 8) + '`');
  }
  reader.at += found[0].length;
  return (found[1] === 'P') === (found[2] === '^') ? ranges : invert(ranges);
}

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '09AZaz',
  alpha: 'AZaz',
  ascii: '\u0000\u007f',
  blank: '\t\t  ',
  cntrl: '\u0000\u001f\u007f\u007f',
  digit: '09',
  graph: '!~',
  lower: 'az',
  print: ' ~',
  punct: '!/:@[`{~',
  space: '\t\r  ',
  upper: 'AZ',
  word: '09AZaz__',
  xdigit: '09AFaf',
};
const posix = /\[:(\^?)(\w+):\]/y;

function posixRanges(reader: Reader): Ranges | undefined {
  posix.lastIndex = reader.at;
  const found = posix.exec(reader.source);
  if (found === null) return undefined;
  const name = found[2] ?? '';
  const pairs = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
  if (pairs === undefined) throw new SyntaxError('invalid character class range: `' + found[0] + '`');
  reader.at += found[0].length;
  const ranges: [number, number][] = [];
  for (let index = 0; index < pairs.length; index += 2)
    ranges.push([pairs.charCodeAt(index), pairs.charCodeAt(index + 1)]);
  return found[1] === '^' ? invert(normalize(ranges)) : normalize(ranges);
}

function parseClass(reader: Reader): Ranges {
  const start = reader.at;
  reader.at++;
  const isNegated = look(reader) === '^';
  if (isNegated) reader.at++;
  const ranges: (readonly [number, number])[] = [];
  for (let count = 0; look(reader) !== ']' || count === 0; count++) {
    if (reader.at >= reader.source.length)
      throw new SyntaxError('missing closing ]: `' + reader.source.slice(start) + '`');
    const named = posixRanges(reader);
    const first = named ?? classItem(reader);
    const isRange = named === undefined && look(reader) === '-' && reader.source[reader.at + 1] !== ']';
    if (!isRange) {
      ranges.push(...first);
      continue;
    }
    reader.at++;
    const last = classItem(reader);
    const [from, to] = [first[0]?.[0] ?? 0, last[0]?.[1] ?? 0];
    const areSingle = [first, last].every((item) => item.length === 1 && item[0]?.[0] === item[0]?.[1]);
    if (!areSingle || to < from) {
      throw new SyntaxError('invalid character class range: `' + reader.source.slice(start, reader.at) + '`');
    }
    ranges.push([from, to]);
  }
  reader.at++;
  const all = folded(reader, normalize(ranges));
  return isNegated ? invert(all) : all;
}

function classItem(reader: Reader): Ranges {
  return look(reader) === '\\' ? parseClassEscape(reader) : single(takePoint(reader));
}
