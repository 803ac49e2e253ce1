import { parseType, type Type } from './types.ts';
import type { Value } from './values.ts';

/**
 * Functions and operators as libraries declare them: signatures with what they do, and what a call costs.
 */
export interface Overload {
  /** `size`, `_+_`, `math.greatest`. */
  readonly name: string;
  /** The signature as written, unique among overloads of the function. */
  readonly signature: string;
  /** `value.name(…)`: the value is the first of `params`. */
  readonly isMember: boolean;
  readonly params: readonly Type[];
  readonly result: Type;
  /** It has type parameters. */
  readonly isGeneric: boolean;
  readonly call: (...args: never) => Value;
  /** Absent: a call costs 1. */
  readonly cost?: CostModel;
}

/** What a call costs, before and when it happens. */
export interface CostModel {
  /** The cost of the call itself. Sizes: characters, bytes, items, entries; 1 for what has no size. */
  actual(args: readonly Value[], result: Value): number;
  /** Bounds of the same, and of the size of the result if it has one. */
  estimate(args: readonly SizedArg[]): CostEstimate;
}

/** A range of sizes or costs; the maximum is `Infinity` when unknown. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What is known of an argument before the call. */
export interface SizedArg {
  readonly type: Type;
  readonly size: Range;
  /** Of the items, if it is a list. */
  readonly itemSize: Range;
  /** Set if it is a literal integer. */
  readonly literal?: number;
}

/** Bounds of what a call costs. */
export interface CostEstimate {
  readonly cost: Range;
  readonly resultSize?: Range;
}

/** Overloads by name of the function. */
export type FunctionTable = ReadonlyMap<string, readonly Overload[]>;

/**
 * Declares overloads: `'size': [['string -> int', impl], …]`. A signature that begins with `self: ` is that of a function of
 * a value.
 */
export function declare(
  name: string,
  overloads: Readonly<Record<string, (...args: never) => Value>>,
  cost?: CostModel,
): readonly Overload[] {
  return Object.entries(overloads).map(([signature, call]) => {
    const isMember = signature.startsWith('self: ');
    const [params = '', result = ''] = signature.slice(isMember ? 6 : 0).split('->');
    return {
      name,
      signature,
      isMember,
      params: splitTypes(params).map(parseType),
      result: parseType(result),
      isGeneric: /(?:^|\W)[A-Z](?:\W|$)/.test(signature),
      call,
      ...(cost === undefined ? {} : { cost }),
    };
  });
}

/** Splits at the commas that are in no parentheses. */
function splitTypes(text: string): readonly string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(') depth++;
    else if (text[index] === ')') depth--;
    else if (text[index] === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  const last = text.slice(start);
  return last.trim() === '' ? parts : [...parts, last];
}

/** One table of several libraries. A later library adds overloads to functions of an earlier one. */
export function functionTable(libraries: readonly (readonly Overload[])[]): FunctionTable {
  const table = new Map<string, Overload[]>();
  for (const overload of libraries.flat()) {
    const known = table.get(overload.name);
    if (known === undefined) table.set(overload.name, [overload]);
    else known.push(overload);
  }
  return table;
}
