import { ApiError } from './errors.ts';
import type { LabelOperator, LabelRequirement } from './selectors.ts';

/** Grammar of label selectors, token by token as apimachinery `labels.Parser` reads it, so that errors match too. */

interface Token {
  readonly kind: 'word' | 'symbol' | 'end' | 'error';
  readonly text: string;
}

const binaryOperators: Readonly<Record<string, LabelOperator | undefined>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/** Requirements in the order written, values not yet checked. @throws {ApiError} `BadRequest`. */
export function parseRequirements(text: string): readonly LabelRequirement[] {
  const tokens = new Tokens(text);
  const requirements: LabelRequirement[] = [];
  while (tokens.peek().kind !== 'end') {
    const { kind, text: found } = tokens.peek();
    if (kind !== 'word' && found !== '!') fail(`found '${found}', expected: !, identifier, or 'end of string'`);
    requirements.push(parseRequirement(tokens));
    const separator = tokens.take();
    if (separator.kind === 'end') break;
    if (separator.text !== ',') fail(`found '${separator.text}', expected: ',' or 'end of string'`);
    const next = tokens.peek();
    if (next.kind !== 'word' && next.text !== '!') fail(`found '${next.text}', expected: identifier after ','`);
  }
  return requirements;
}

function parseRequirement(tokens: Tokens): LabelRequirement {
  const isNegated = tokens.peek().text === '!' && tokens.peek().kind === 'symbol';
  if (isNegated) tokens.take();
  const { kind, text: key } = tokens.take();
  if (kind !== 'word') failRequirement(`found '${key}', expected: identifier`);
  if (isNegated) return { key, operator: '!', values: [] };
  const after = tokens.peek();
  if (after.kind === 'end' || after.text === ',') return { key, operator: 'exists', values: [] };
  tokens.take();
  const operator = binaryOperators[after.text];
  if (operator === undefined) failRequirement(`found '${after.text}', expected: in, notin, =, ==, !=, gt, lt`);
  const isSet = operator === 'in' || operator === 'notin';
  return { key, operator, values: isSet ? parseValues(tokens) : [parseExactValue(tokens)] };
}

function parseExactValue(tokens: Tokens): string {
  const next = tokens.peek();
  if (next.kind === 'end' || next.text === ',') return '';
  if (next.kind !== 'word') failRequirement(`found '${next.text}', expected: identifier`);
  return tokens.take().text;
}

/** `(a, b)`; an empty place (`(a,)`, `()`) is the empty value. */
function parseValues(tokens: Tokens): readonly string[] {
  const open = tokens.take();
  if (open.text !== '(') failRequirement(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  if (tokens.peek().text === ')') {
    tokens.take();
    return [''];
  }
  for (;;) {
    const place = tokens.peek();
    if (place.kind === 'word') values.add(tokens.take().text);
    else if (place.text === ',' || place.text === ')') values.add('');
    else failRequirement(`found '${place.text}', expected: ',', ')' or identifier`);
    const separator = tokens.take();
    if (separator.text === ')' && separator.kind === 'symbol') return [...values].sort();
    if (separator.text !== ',') failRequirement(`found '${separator.text}', expected: ',' or ')'`);
  }
}

/** The tokens of one text, read lazily. */
class Tokens {
  readonly #text: string;
  readonly #pattern = /[ \t\r\n]*(?<word>[^=!(),<> \t\r\n]+)|[ \t\r\n]*(?<symbol>==|!=|[=!(),<>])/gy;
  #next: Token | undefined;

  constructor(text: string) {
    this.#text = text.trimEnd();
  }

  peek(): Token {
    this.#next ??= this.#read();
    return this.#next;
  }

  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    return token;
  }

  #read(): Token {
    if (this.#pattern.lastIndex >= this.#text.length) return { kind: 'end', text: '' };
    const groups = this.#pattern.exec(this.#text)?.groups;
    if (groups?.['word'] !== undefined) return { kind: 'word', text: groups['word'] };
    return groups?.['symbol'] === undefined ? { kind: 'error', text: '' } : { kind: 'symbol', text: groups['symbol'] };
  }
}

function failRequirement(message: string): never {
  return fail(`unable to parse requirement: ${message}`);
}

function fail(message: string): never {
  throw new ApiError('BadRequest', message);
}
