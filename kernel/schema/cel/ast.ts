import type { Literal } from './values.ts';

/**
 * The tree of an expression. Operators are calls with the names of the specification (`_+_`, `_[_]`, `!_`), so that
 * one table of overloads speaks of operators and functions alike. Macros are nodes of their own.
 */
export type Expr =
  | LiteralExpr
  | IdentExpr
  | SelectExpr
  | CallExpr
  | ListExpr
  | MapExpr
  | StructExpr
  | FoldExpr
  | BindExpr;

/** What every node knows of its place. */
interface Place {
  /** Where the node is reported, as an offset in the text: an operator for a call of one, a dot for a selection. */
  readonly at: number;
}

/** A constant. */
export interface LiteralExpr extends Place {
  readonly kind: 'literal';
  readonly value: Literal;
}

/** A name. With a leading dot it is looked up in the outermost scope only. */
export interface IdentExpr extends Place {
  readonly kind: 'ident';
  readonly name: string;
}

/** `operand.field`, or `has(operand.field)`. */
export interface SelectExpr extends Place {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  readonly isTest: boolean;
}

/** A call of a function, of a function of a value, or of an operator. */
export interface CallExpr extends Place {
  readonly kind: 'call';
  readonly name: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}

/** `[a, ?b]`. */
export interface ListExpr extends Place {
  readonly kind: 'list';
  readonly items: readonly { readonly value: Expr; readonly isOptional: boolean }[];
}

/** `{key: value, ?key: value}`. */
export interface MapExpr extends Place {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

/** One entry of a map literal. */
export interface MapEntry {
  readonly key: Expr;
  readonly value: Expr;
  readonly isOptional: boolean;
}

/** `Type{field: value, ?field: value}`. */
export interface StructExpr extends Place {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly StructField[];
}

/** A field of a message literal; reported at its colon. */
export interface StructField extends Place {
  readonly name: string;
  readonly value: Expr;
  readonly isOptional: boolean;
}

/** Which loop a fold is. Two-variable forms have `second`. */
export type FoldKind =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry';

/** A macro that runs over a list or a map. */
export interface FoldExpr extends Place {
  readonly kind: 'fold';
  readonly fold: FoldKind;
  readonly range: Expr;
  /** The item of a list or the key of a map; with `second`, the index or the key. */
  readonly first: string;
  /** The item of a list or the value of a map. */
  readonly second?: string;
  /** Keeps an element, or is what has to hold for it. */
  readonly predicate?: Expr;
  /** What becomes of an element. */
  readonly transform?: Expr;
}

/**
 * `cel.bind(name, value, body)`, and the bodies of optional values: `optMap` and `optFlatMap` bind the value inside an
 * optional one and are none if there is none.
 */
export interface BindExpr extends Place {
  readonly kind: 'bind';
  readonly bind: 'value' | 'optMap' | 'optFlatMap';
  readonly name: string;
  readonly value: Expr;
  readonly body: Expr;
}

/** Something wrong with the text of an expression. */
export interface Issue {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
}

/** The nodes directly below, in order of evaluation. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list':
      return expr.items.map(({ value }) => value);
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'fold':
      return [expr.range, expr.predicate, expr.transform].filter((child) => child !== undefined);
    case 'bind':
      return [expr.value, expr.body];
  }
}

/** True if the expression or anything in it refers to the variable, shadowed names aside. */
export function mentions(expr: Expr, name: string): boolean {
  if (expr.kind === 'ident') return expr.name === name;
  if (expr.kind === 'bind' && expr.name === name) return mentions(expr.value, name);
  if (expr.kind === 'fold' && (expr.first === name || expr.second === name)) return mentions(expr.range, name);
  return childrenOf(expr).some((child) => mentions(child, name));
}

/** `ERROR: <input>:1:6: …` with the line and a mark below it, as cel-go prints issues. */
export function formatIssues(source: string, issues: readonly Issue[]): string {
  const lines = source.split('\n');
  return issues
    .map(({ at, message }) => {
      const before = source.slice(0, at).split('\n');
      const column = Array.from(before.at(-1) ?? '').length;
      const shown = (lines[before.length - 1] ?? '').replaceAll('\t', ' ');
      return `ERROR: <input>:${before.length}:${column + 1}: ${message}\n | ${shown}\n | ${'.'.repeat(column)}^`;
    })
    .join('\n');
}
