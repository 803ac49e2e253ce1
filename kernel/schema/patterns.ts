/** Longest pattern, characters. */
const patternLengthMax = 4096;

/** Longest text held against a pattern, characters; bounds the time a backtracking engine can take. */
export const patternTextLengthMax = 16_384;

/** Character classes of POSIX, which RE2 knows and JavaScript does not. */
const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/**
 * A pattern as schemas write it (Go's RE2 syntax) as a regular expression. Translated: flags in front, `\A`, `\z`,
 * `(?P<name>…)`, `\pL`, `\x{…}` and POSIX classes. Unicode mode is used only where the pattern needs it: without it V8 can
 * change to its linear-time engine (--enable-experimental-regexp-engine-on-excessive-backtracks).
 * @throws {SyntaxError} when it is longer than 4096 characters or JavaScript cannot read it.
 */
export function compilePattern(pattern: string): RegExp {
  if (pattern.length > patternLengthMax) {
    throw new SyntaxError(`Cannot compile a pattern of ${pattern.length} characters: limit is ${patternLengthMax}`);
  }
  const [, flags = '', rest = ''] = /^(?:\(\?([imsU]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  if (flags.includes('U')) throw new SyntaxError(`Cannot compile pattern "${pattern}": flag "U" is not supported`);
  const source = rest
    .replaceAll(/\\[pP][A-Z]|\\x\{|\\[\s\S]|\(\?P</g, translateEscape)
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole);
  const needsUnicode = /\\[pP]\{|\\u\{|[\ud800-\udfff]/.test(source);
  return new RegExp(source, needsUnicode ? `${flags}u` : flags);
}

function translateEscape(found: string): string {
  if (found === '(?P<') return '(?<';
  if (found === '\\A') return '^';
  if (found === '\\z') return '$';
  if (found === '\\x{') return '\\u{';
  return /^\\[pP][A-Z]$/.test(found) ? `${found.slice(0, 2)}{${found.slice(2)}}` : found;
}
