import type { Expr, Issue, MapEntry, StructField } from './ast.ts';
import { type Token, tokenize, wholeNumber } from './lexer.ts';
import { expandMacro } from './macros.ts';
import { Double, type Literal } from './values.ts';

/** Longest expression, UTF-16 units (cel-go `expressionSizeCodePointLimit`). */
const sourceLengthMax = 100_000;
/** Deepest nesting (cel-go `maxRecursionDepth`). */
const depthMax = 250;

/** An expression that was read, or what is wrong with its text. */
export type Parsed = { readonly expr: Expr; readonly issues?: never } | { readonly issues: readonly Issue[] };

/**
 * Reads an expression: the grammar of cel-spec `doc/langdef.md` with optional syntax and escaped field names. The texts of
 * issues are those of cel-go; only the first syntax error is reported, since what follows one is guesswork.
 */
export function parse(source: string): Parsed {
  if (source.length > sourceLengthMax) {
    const message = `expression code point size exceeds limit: size: ${source.length}, limit ${sourceLengthMax}`;
    return { issues: [{ at: 0, message }] };
  }
  const { tokens, issues } = tokenize(source);
  const parser: Parser = { tokens, issues: [...issues], index: 0, depth: 0 };
  try {
    const expr = parseExpr(parser);
    if (peek(parser).kind !== 'end') fail(parser, '<EOF>', (next) => next.kind === 'end');
    return parser.issues.length === 0 ? { expr } : { issues: inOrder(parser.issues) };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    parser.issues.push(error.issue);
    return { issues: inOrder(parser.issues) };
  }
}

function inOrder(issues: readonly Issue[]): readonly Issue[] {
  return issues.toSorted((a, b) => a.at - b.at);
}

/** State of one parse. */
interface Parser {
  readonly tokens: readonly Token[];
  readonly issues: Issue[];
  index: number;
  depth: number;
}

/** Leaves the parser; never seen outside. */
class SyntaxFault extends Error {
  readonly issue: Issue;

  constructor(issue: Issue) {
    super(issue.message);
    this.issue = issue;
  }
}

const operandStarts =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const operandSigns = new Set(['[', '{', '(', '.', '-', '!', 'true', 'false', 'null']);

function startsOperand({ kind, text }: Token): boolean {
  return kind === 'literal' || kind === 'identifier' || (kind === 'punctuation' && operandSigns.has(text));
}

/** @param wanted what could stand here. @param fits tells whether leaving the word out would do (ANTLR's recovery). */
function fail(parser: Parser, wanted: string, fits: (next: Token) => boolean): never {
  const token = peek(parser);
  const next = parser.tokens[parser.index + 1];
  const isExtra = token.kind !== 'end' && next !== undefined && fits(next);
  const what = `${isExtra ? 'extraneous' : 'mismatched'} input '${token.text}' expecting ${wanted}`;
  throw new SyntaxFault({ at: token.at, message: `Syntax error: ${what}` });
}

function peek(parser: Parser): Token {
  // The last token is the end, and nothing reads past it.
  return parser.tokens[Math.min(parser.index, parser.tokens.length - 1)] as Token;
}

function take(parser: Parser): Token {
  const token = peek(parser);
  parser.index++;
  return token;
}

function isAt(parser: Parser, text: string): boolean {
  const token = peek(parser);
  return token.kind === 'punctuation' && token.text === text;
}

/** Takes the sign if it is next. */
function accept(parser: Parser, text: string): Token | undefined {
  return isAt(parser, text) ? take(parser) : undefined;
}

function expect(parser: Parser, text: string): Token {
  return accept(parser, text) ?? fail(parser, `'${text}'`, (next) => next.text === text);
}

function nested<T>(parser: Parser, read: () => T): T {
  parser.depth++;
  if (parser.depth > depthMax) {
    throw new SyntaxFault({ at: peek(parser).at, message: `expression recursion limit exceeded: ${depthMax}` });
  }
  const result = read();
  parser.depth--;
  return result;
}

function parseExpr(parser: Parser): Expr {
  return nested(parser, () => {
    const condition = parseBinary(parser, 0);
    const mark = accept(parser, '?');
    if (mark === undefined) return condition;
    const whenTrue = parseBinary(parser, 0); // the grammar has no ternary here
    expect(parser, ':');
    const whenFalse = parseExpr(parser);
    return { kind: 'call', name: '_?_:_', args: [condition, whenTrue, whenFalse], at: mark.at };
  });
}

/** Binary operators, weakest first. All relations bind alike: `a < b == c` is `(a < b) == c`. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['<', '<=', '>', '>=', '==', '!=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];

function parseBinary(parser: Parser, level: number): Expr {
  const signs = levels[level];
  if (signs === undefined) return parseUnary(parser);
  let left = parseBinary(parser, level + 1);
  let chain = 0;
  while (peek(parser).kind === 'punctuation' && signs.includes(peek(parser).text)) {
    const { text, at } = take(parser);
    // A long chain makes a deep tree, which everything that walks it must bear.
    if (++chain > depthMax * 4) throw new SyntaxFault({ at, message: 'max recursion depth exceeded' });
    const right = parseBinary(parser, level + 1);
    left = { kind: 'call', name: text === 'in' ? '@in' : `_${text}_`, args: [left, right], at };
  }
  return left;
}

/** Signs in pairs cancel each other, as in cel-go. */
function parseUnary(parser: Parser): Expr {
  const first = peek(parser);
  if (first.kind !== 'punctuation' || (first.text !== '!' && first.text !== '-')) return parseMember(parser);
  let count = 0;
  while (isAt(parser, first.text)) {
    if (first.text === '-' && isNumber(parser.tokens[parser.index + 1])) break;
    take(parser);
    count++;
  }
  const operand = parseMember(parser);
  return count % 2 === 0 ? operand : { kind: 'call', name: `${first.text}_`, args: [operand], at: first.at };
}

function isNumber(token: Token | undefined): boolean {
  return token?.kind === 'literal' && /^[.\d]/.test(token.text);
}

function parseMember(parser: Parser): Expr {
  let expr = parsePrimary(parser);
  for (let chain = 0; ; chain++) {
    if (chain > depthMax * 4) throw new SyntaxFault({ at: peek(parser).at, message: 'max recursion depth exceeded' });
    const dot = accept(parser, '.');
    const bracket = dot === undefined ? accept(parser, '[') : undefined;
    if (dot !== undefined) expr = parseSelection(parser, expr, dot.at);
    else if (bracket !== undefined) {
      const name = accept(parser, '?') === undefined ? '_[_]' : '_[?_]';
      const index = parseExpr(parser);
      expect(parser, ']');
      expr = { kind: 'call', name, args: [expr, index], at: bracket.at };
    } else return expr;
  }
}

function parseSelection(parser: Parser, operand: Expr, at: number): Expr {
  const isOptional = accept(parser, '?') !== undefined;
  const { kind, text } = peek(parser);
  if (kind !== 'identifier' && kind !== 'escaped')
    fail(parser, 'IDENTIFIER', ({ kind: next }) => next === 'identifier');
  take(parser);
  const field = kind === 'escaped' ? text.slice(1, -1) : text;
  if (isOptional) {
    return { kind: 'call', name: '_?._', args: [operand, { kind: 'literal', value: field, at }], at };
  }
  const paren = kind === 'identifier' ? accept(parser, '(') : undefined;
  if (paren === undefined) return { kind: 'select', operand, field, isTest: false, at };
  const args = parseList(parser, ')');
  return called(parser, { kind: 'call', name: field, target: operand, args, at: paren.at });
}

function called(parser: Parser, call: Extract<Expr, { kind: 'call' }>): Expr {
  const expanded = expandMacro(call);
  if (expanded === undefined) return call;
  if (!('message' in expanded)) return expanded;
  parser.issues.push(expanded);
  return call;
}

/** Expressions up to the closing sign. */
function parseList(parser: Parser, close: ')' | ']'): readonly Expr[] {
  const items: Expr[] = [];
  while (!isAt(parser, close)) {
    items.push(parseExpr(parser));
    if (accept(parser, ',') === undefined) break;
    if (close === ')' && isAt(parser, close)) fail(parser, operandStarts, startsOperand);
  }
  expect(parser, close);
  return items;
}

const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

function parsePrimary(parser: Parser): Expr {
  const token = peek(parser);
  const { kind, text, at } = token;
  if (kind === 'literal') return parseLiteral(parser, false);
  if (kind === 'identifier') return parseName(parser, '');
  if (kind !== 'punctuation') fail(parser, operandStarts, startsOperand);
  switch (text) {
    case '-':
      if (!isNumber(parser.tokens[parser.index + 1])) break;
      take(parser);
      return parseLiteral(parser, true, at);
    case '(': {
      take(parser);
      const expr = parseExpr(parser);
      expect(parser, ')');
      return expr;
    }
    case '[':
      return parseListLiteral(parser);
    case '{':
      return parseMapLiteral(parser);
    case '.':
      take(parser);
      if (peek(parser).kind !== 'identifier') fail(parser, 'IDENTIFIER', (next) => next.kind === 'identifier');
      return parseName(parser, '.');
    case 'true':
    case 'false':
      take(parser);
      return { kind: 'literal', value: text === 'true', at };
    case 'null':
      take(parser);
      return { kind: 'literal', value: null, at };
    default:
  }
  return fail(parser, operandStarts, startsOperand);
}

function parseLiteral(parser: Parser, isNegative: boolean, at = peek(parser).at): Expr {
  const { text, value } = take(parser);
  if (value !== undefined) return { kind: 'literal', value: isNegative ? negated(value) : value, at };
  const number = wholeNumber(text, isNegative);
  if (typeof number === 'string') {
    parser.issues.push({ at, message: number });
    return { kind: 'literal', value: 0, at };
  }
  return { kind: 'literal', value: number, at };
}

function negated(value: Literal): Literal {
  return value instanceof Double ? new Double(-value.value) : value;
}

/** An identifier, a call, or `Type{…}` whose name may have dots. */
function parseName(parser: Parser, dot: '' | '.'): Expr {
  const { text, at } = take(parser);
  const paren = accept(parser, '(');
  if (paren !== undefined) {
    const args = parseList(parser, ')');
    return called(parser, { kind: 'call', name: `${dot}${text}`, args, at: paren.at });
  }
  const struct = structName(parser, dot + text);
  if (struct !== undefined) return parseStruct(parser, struct);
  if (reserved.has(text)) parser.issues.push({ at, message: `reserved identifier: ${text}` });
  return { kind: 'ident', name: dot + text, at };
}

/** The name in front of a brace, with the words up to there taken; nothing is taken if there is no brace. */
function structName(parser: Parser, first: string): string | undefined {
  let [name, ahead] = [first, parser.index];
  const textAt = (index: number) => parser.tokens[index]?.text;
  while (textAt(ahead) === '.' && parser.tokens[ahead + 1]?.kind === 'identifier') {
    name += `.${textAt(ahead + 1)}`;
    ahead += 2;
  }
  if (textAt(ahead) !== '{' || parser.tokens[ahead]?.kind !== 'punctuation') return undefined;
  parser.index = ahead;
  return name;
}

function parseStruct(parser: Parser, name: string): Expr {
  const { at } = expect(parser, '{');
  const fields: StructField[] = [];
  while (!isAt(parser, '}')) {
    const isOptional = accept(parser, '?') !== undefined;
    const { kind, text } = peek(parser);
    if (kind !== 'identifier' && kind !== 'escaped') {
      fail(parser, "{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}", (next) => next.kind === 'identifier');
    }
    take(parser);
    const colon = expect(parser, ':');
    const field = kind === 'escaped' ? text.slice(1, -1) : text;
    fields.push({ name: field, value: parseExpr(parser), isOptional, at: colon.at });
    if (accept(parser, ',') === undefined) break;
  }
  expect(parser, '}');
  return { kind: 'struct', name, fields, at };
}

function parseListLiteral(parser: Parser): Expr {
  const { at } = expect(parser, '[');
  const items: { value: Expr; isOptional: boolean }[] = [];
  while (!isAt(parser, ']')) {
    const isOptional = accept(parser, '?') !== undefined;
    items.push({ value: parseExpr(parser), isOptional });
    if (accept(parser, ',') === undefined) break;
  }
  expect(parser, ']');
  return { kind: 'list', items, at };
}

function parseMapLiteral(parser: Parser): Expr {
  const { at } = expect(parser, '{');
  const entries: MapEntry[] = [];
  while (!isAt(parser, '}')) {
    const isOptional = accept(parser, '?') !== undefined;
    const key = parseExpr(parser);
    expect(parser, ':');
    entries.push({ key, value: parseExpr(parser), isOptional });
    if (accept(parser, ',') === undefined) break;
  }
  expect(parser, '}');
  return { kind: 'map', entries, at };
}
