import { ApiError } from './errors.ts';
import { toNumber } from './json.ts';
import { isJsonObject } from './object.ts';
import type { Json } from './object.ts';

/**
 * The part of Kubernetes JSONPath (client-go `util/jsonpath`) that printer columns, selectable fields and scale paths
 * use: fields, `['quoted']` fields, `[0]`, `[-1]`, `[0:2]`, `[*]`, `.*` and `[?(@.type=="Ready")]`.
 */

/** Reads what a path points at: one value per match, none where something is absent. */
export type FieldReader = (object: unknown) => readonly Json[];

/** From the values a step starts with to those it leads to. */
type Step = (values: readonly Json[]) => readonly Json[];

/** Longest path accepted. */
const pathLengthMax = 1024;

/**
 * Compiles `.spec.replicas`, `spec.replicas`, `{.spec.replicas}` or `$.spec.replicas`. A backslash takes the next
 * character of a field as it is: `.metadata.labels.app\.kubernetes\.io/name`.
 * @throws {ApiError} `BadRequest` for anything else, naming the place.
 */
export function compilePath(text: string): FieldReader {
  const steps = new PathParser(text).parse();
  return (object) => {
    let values: readonly Json[] = [object as Json];
    for (const step of steps) values = step(values);
    return values;
  };
}

/** The first match of a path as a column shows it: objects and lists as JSON; `undefined` when absent or null. */
export function readColumn(reader: FieldReader, object: unknown): string | number | boolean | undefined {
  const [value = null] = reader(object);
  if (value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

/** Splits a path into steps, once. */
class PathParser {
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    if (text.length > pathLengthMax)
      throw new ApiError('BadRequest', `Cannot read path of ${text.length} characters: limit is ${pathLengthMax}`);
    this.#text = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  }

  parse(): readonly Step[] {
    const steps: Step[] = [];
    if (this.#text[0] === '$') this.#index++;
    while (this.#index < this.#text.length) steps.push(this.#parseStep(steps.length === 0));
    return steps;
  }

  #parseStep(isFirst: boolean): Step {
    if (this.#text[this.#index] === '[') return this.#parseBracket();
    if (this.#text[this.#index] === '.') {
      this.#index++;
      if (this.#text[this.#index] === '[') return this.#parseBracket();
      if (this.#index === this.#text.length && isFirst) return (values) => values; // `.` is the object itself
    } else if (!isFirst) {
      throw this.#fail('expected "." or "["');
    }
    const name = this.#parseName();
    return name === '*' ? allChildren : fieldStep([name]);
  }

  #parseName(): string {
    let name = '';
    while (this.#index < this.#text.length && !'.['.includes(this.#text[this.#index] as string)) {
      if (this.#text[this.#index] === '\\') this.#index++;
      name += this.#text[this.#index++] ?? '';
    }
    if (name === '') throw this.#fail('expected the name of a field');
    return name;
  }

  #parseBracket(): Step {
    const start = this.#index + 1;
    const end = closingBracket(this.#text, start);
    if (end < 0) throw this.#fail('"[" is not closed');
    const step = bracketStep(this.#text.slice(start, end).trim());
    if (step === undefined) throw this.#fail(`"[${this.#text.slice(start, end)}]" is not understood`);
    this.#index = end + 1;
    return step;
  }

  #fail(why: string): ApiError {
    return new ApiError('BadRequest', `Cannot read path "${this.#text}": ${why} at ${this.#index}`);
  }
}

/** Index of the `]` that closes a bracket, leaving out quoted text and brackets within; negative if there is none. */
function closingBracket(text: string, start: number): number {
  let depth = 1;
  let quote = '';
  for (let index = start; index < text.length; index++) {
    const character = text[index] as string;
    if (quote !== '') {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if (character === '[') depth++;
    else if (character === ']' && --depth === 0) return index;
  }
  return -1;
}

function bracketStep(inside: string): Step | undefined {
  if (inside === '*') return allChildren;
  if (/^-?\d+$/.test(inside)) return indexStep(Number(inside));
  const slice = /^(?<from>-?\d+)?:(?<to>-?\d+)?$/.exec(inside);
  if (slice !== null) return sliceStep(slice.groups?.['from'], slice.groups?.['to']);
  const filter = /^\?\((?<condition>.*)\)$/s.exec(inside)?.groups?.['condition'];
  if (filter !== undefined) return filterStep(filter.trim());
  const names = /^(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")(?:\s*,\s*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"))*$/s.test(
    inside,
  );
  return names ? fieldStep((inside.match(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/gs) ?? []).map(unquote)) : undefined;
}

const allChildren: Step = (values) =>
  values.flatMap((value): readonly Json[] => {
    if (Array.isArray(value)) return value as readonly Json[];
    return isJsonObject(value) ? Object.values(value) : [];
  });

function fieldStep(names: readonly string[]): Step {
  return (values) => {
    const found: Json[] = [];
    for (const value of values) {
      for (const name of names) {
        const field = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
        if (field !== undefined) found.push(field);
      }
    }
    return found;
  };
}

function indexStep(index: number): Step {
  return (values) =>
    values.flatMap((value) => {
      const item = Array.isArray(value) ? (value.at(index) as Json | undefined) : undefined;
      return item === undefined ? [] : [item];
    });
}

function sliceStep(from: string | undefined, to: string | undefined): Step {
  const end = to === undefined ? undefined : Number(to);
  return (values) =>
    values.flatMap((value) => (Array.isArray(value) ? (value.slice(Number(from ?? 0), end) as readonly Json[]) : []));
}

/** What an operator asks of the order of two values: negative, zero or positive; NaN where they have none. */
const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
};

function compareScalars(left: Json, right: Json): number {
  if (left === right) return 0;
  const isOrdered =
    (typeof left === 'string' && typeof right === 'string') || (typeof left === 'number' && typeof right === 'number');
  if (!isOrdered) return Number.NaN;
  return left < right ? -1 : 1;
}

/** `@.type=="Ready"`, or `@.type` for items that have it. */
function filterStep(condition: string): Step | undefined {
  const parts =
    /^@(?<path>(?:\.|\[)(?:"[^"]*"|'[^']*'|[^"'=!<>])*?)\s*(?:(?<operator>==|!=|<=|>=|<|>)\s*(?<literal>.+))?$/s.exec(
      condition,
    );
  if (parts?.groups === undefined) return undefined;
  const { path = '', operator, literal } = parts.groups;
  const read = compilePath(path);
  if (operator === undefined) return keepItems((item) => read(item).length > 0);
  const wanted = parseLiteral(literal ?? '');
  const compare = comparisons[operator];
  if (wanted === undefined || compare === undefined) return undefined;
  return keepItems((item) => read(item).some((value) => compare(compareScalars(toNumber(value) ?? value, wanted))));
}

function keepItems(holds: (item: Json) => boolean): Step {
  return (values) => allChildren(values).filter(holds);
}

function parseLiteral(text: string): Json | undefined {
  if (/^(?:'.*'|".*")$/s.test(text)) return unquote(text);
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null' || text === 'nil') return null;
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}
