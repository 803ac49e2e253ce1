import type { Issue } from './ast.ts';
import { Double, type Literal, toInt, toUint, type Uint } from './values.ts';

/** A word of an expression. `punctuation` covers operators and the words `in`, `true`, `false` and `null`. */
export interface Token {
  readonly kind: 'punctuation' | 'identifier' | 'escaped' | 'literal' | 'end';
  readonly text: string;
  readonly at: number;
  /** Of a literal. */
  readonly value?: Literal;
}

const whitespace = /[\t\n\f\r ]+|\/\/[^\n]*/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const escaped = /`[A-Za-z0-9_.\-/ ]+`/y;
const fraction = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const whole = /(?:0[xX][0-9a-fA-F]+|\d+)[uU]?/y;
const punctuation = /==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y;
const escape = String.raw`\\(?:[abfnrtv"'\\?\u0060]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
const plainText = new RegExp(
  String.raw`(?:[bB]?)(?:"""(?:${escape}|[^\\])*?"""|'''(?:${escape}|[^\\])*?'''|"(?:${escape}|[^\\"\n\r])*"|'(?:${escape}|[^\\'\n\r])*')`,
  'y',
);
const rawText = /(?:[bB]?[rR]|[rR][bB])(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')/y;

/** Most issues of one text; nobody reads more, and each shows its line. */
const issuesMax = 20;

/** Words that are no identifiers: the grammar gives them a meaning of their own. */
const wordTokens = new Set(['in', 'true', 'false', 'null']);

/** Splits an expression into words; what is none is reported and left out, as cel-go's lexer does. */
export function tokenize(source: string): { readonly tokens: readonly Token[]; readonly issues: readonly Issue[] } {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  let at = 0;
  while (at < source.length) {
    const blank = matchAt(whitespace, source, at);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = tokenAt(source, at, issues);
    if (token === undefined) {
      const odd = String.fromCodePoint(source.codePointAt(at) ?? 0);
      issues.push({ at, message: `Syntax error: token recognition error at: '${odd}'` });
      if (issues.length >= issuesMax) break;
      at += odd.length;
    } else {
      tokens.push(token);
      at += token.text.length;
    }
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length });
  return { tokens, issues };
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function tokenAt(source: string, at: number, issues: Issue[]): Token | undefined {
  const quoted = matchAt(rawText, source, at) ?? matchAt(plainText, source, at);
  if (quoted !== undefined) return quotedToken(quoted, at, issues);
  const word = matchAt(identifier, source, at);
  if (word !== undefined) return { kind: wordTokens.has(word) ? 'punctuation' : 'identifier', text: word, at };
  const decimal = matchAt(fraction, source, at);
  if (decimal !== undefined) {
    const value = Number(decimal);
    if (!Number.isFinite(value)) issues.push({ at, message: 'invalid double literal' });
    return { kind: 'literal', text: decimal, at, value: new Double(value) };
  }
  const digits = matchAt(whole, source, at);
  if (digits !== undefined) return { kind: 'literal', text: digits, at };
  const name = matchAt(escaped, source, at);
  if (name !== undefined) return { kind: 'escaped', text: name, at };
  const sign = matchAt(punctuation, source, at);
  return sign === undefined ? undefined : { kind: 'punctuation', text: sign, at };
}

/** The value of a whole number, or what is wrong with it; the sign in front of it belongs to the literal. */
export function wholeNumber(text: string, isNegative: boolean): number | bigint | Uint | string {
  const isUnsigned = /[uU]$/.test(text);
  const digits = BigInt(isUnsigned ? text.slice(0, -1) : text);
  const limit = isUnsigned ? 2n ** 64n : isNegative ? 2n ** 63n + 1n : 2n ** 63n;
  if (digits >= limit) return `invalid ${isUnsigned ? 'uint' : 'int'} literal`;
  return isUnsigned ? toUint(digits) : toInt(isNegative ? -digits : digits);
}

function quotedToken(text: string, at: number, issues: Issue[]): Token {
  const prefix = (/^[a-zA-Z]*/.exec(text)?.[0] ?? '').toLowerCase();
  const quote = /^(?:"""|''')/.test(text.slice(prefix.length)) ? 3 : 1;
  const body = text.slice(prefix.length + quote, -quote);
  const isBytes = prefix.includes('b');
  if (isBytes && !prefix.includes('r') && /^(?:[^\\]|\\[^uU])*\\[uU]/.test(body)) {
    issues.push({ at, message: 'unable to unescape string' });
  }
  const value = prefix.includes('r') ? (isBytes ? utf8.encode(body) : body) : unescape(body, isBytes);
  if (value === undefined) issues.push({ at, message: 'invalid unicode code point' });
  return { kind: 'literal', text, at, value: value ?? '' };
}

const utf8 = new TextEncoder();
const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** In bytes, numeric escapes are single bytes. @returns `undefined` for code points that do not exist. */
function unescape(body: string, isBytes: boolean): string | Uint8Array | undefined {
  const parts: (string | number)[] = [];
  let last = 0;
  for (const found of body.matchAll(
    /\\(?:[xX]([0-9a-fA-F]{2})|[uU]([0-9a-fA-F]{8}|[0-9a-fA-F]{4})|([0-3][0-7]{2})|(.))/gs,
  )) {
    const [whole_, hex, unicode, octal, simple = ''] = found;
    parts.push(body.slice(last, found.index));
    last = found.index + whole_.length;
    const digits = hex ?? unicode;
    if (digits !== undefined) parts.push(Number.parseInt(digits, 16));
    else if (octal !== undefined) parts.push(Number.parseInt(octal, 8));
    else parts.push(simpleEscapes[simple] ?? simple);
  }
  parts.push(body.slice(last));
  if (!isBytes) {
    const isOdd = parts.some(
      (part) => typeof part === 'number' && (part > 0x10_ffff || (part >= 0xd800 && part <= 0xdfff)),
    );
    if (isOdd) return undefined;
    return parts.map((part) => (typeof part === 'number' ? String.fromCodePoint(part) : part)).join('');
  }
  const chunks = parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : utf8.encode(part)));
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
