import type { CallExpr, Expr, FoldExpr } from './ast.ts';
import type { Checked } from './checker.ts';
import { foldCosts } from './emit-fold.ts';
import type { CostEstimate, Range, SizedArg } from './function.ts';
import { sizeOfText } from './text.ts';
import { optionalValue, type Type, types } from './types.ts';

/**
 * The cost an expression has at least and at most, from what schemas bound (cel-go `checker/cost.go`). Names, selections and
 * elements of what a variable declares have the sizes of their schema; literals have their own; nothing else is bounded.
 */

/** @returns bounds; the maximum is `Infinity` when something has no bound. */
export function estimateCost(checked: Checked, variables: ReadonlyMap<string, Type>): Range {
  const coster: Coster = { checked, variables, locals: [], sizes: new Map(), itemSizes: new Map() };
  return costOf(coster, checked.expr);
}

interface Coster {
  readonly checked: Checked;
  readonly variables: ReadonlyMap<string, Type>;
  readonly locals: { readonly name: string; readonly declared: Type | undefined; readonly size: Range | undefined }[];
  /** Sizes of results of calls. */
  readonly sizes: Map<Expr, Range>;
  readonly itemSizes: Map<Expr, Range>;
}

const unbounded: Range = { min: 0, max: Number.POSITIVE_INFINITY };

function fixed(amount: number): Range {
  return { min: amount, max: amount };
}

function sum(...ranges: readonly Range[]): Range {
  return {
    min: ranges.reduce((total, { min }) => total + min, 0),
    max: ranges.reduce((total, { max }) => total + max, 0),
  };
}

function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function product(a: Range, b: Range): Range {
  return { min: a.min * b.min, max: a.max === 0 || b.max === 0 ? 0 : a.max * b.max };
}

function scale({ min, max }: Range, factor: number): Range {
  return { min: Math.ceil(min * factor), max: Math.ceil(max * factor) };
}

function costOf(coster: Coster, expr: Expr): Range {
  switch (expr.kind) {
    case 'literal':
      return fixed(0);
    case 'ident':
      return fixed(1);
    case 'select':
      return costOfSelect(coster, expr);
    case 'call':
      return costOfCall(coster, expr);
    case 'list':
      return sum(fixed(10), ...expr.items.map(({ value }) => costOf(coster, value)));
    case 'map':
      return sum(fixed(30), ...expr.entries.flatMap(({ key, value }) => [costOf(coster, key), costOf(coster, value)]));
    case 'struct':
      return sum(fixed(40), ...expr.fields.map(({ value }) => costOf(coster, value)));
    case 'fold':
      return costOfFold(coster, expr);
    case 'bind': {
      const value = costOf(coster, expr.value);
      const isValue = expr.bind === 'value';
      const local = isValue
        ? { name: expr.name, declared: declaredType(coster, expr.value), size: sizeOf(coster, expr.value) }
        : { name: expr.name, declared: undefined, size: undefined };
      const body = withLocals(coster, [local], () => costOf(coster, expr.body));
      coster.sizes.set(expr, withLocals(coster, [local], () => sizeOf(coster, expr.body)) ?? unbounded);
      // Upstream an optional body is a ternary around tests of the value.
      return isValue ? sum(fixed(10), value, body) : sum(fixed(13), value, { min: 0, max: body.max });
    }
  }
}

function costOfSelect(coster: Coster, expr: Extract<Expr, { kind: 'select' }>): Range {
  if (coster.checked.names.has(expr)) return fixed(1);
  const operand = costOf(coster, expr.operand);
  const { kind } = typeOf(coster, expr.operand);
  // Presence is free, and so is what has no type (cel-go counts neither).
  return expr.isTest || (kind !== 'map' && kind !== 'object') ? operand : sum(operand, fixed(1));
}

function typeOf({ checked }: Coster, expr: Expr): Type {
  return checked.types.get(expr) ?? types.dyn;
}

function withLocals<T>(coster: Coster, locals: readonly Coster['locals'][number][], inner: () => T): T {
  coster.locals.push(...locals);
  const result = inner();
  coster.locals.length -= locals.length;
  return result;
}

/** The type a schema declares for what the expression leads to, `undefined` for anything computed. */
function declaredType(coster: Coster, expr: Expr): Type | undefined {
  const name = expr.kind === 'ident' ? expr.name : coster.checked.names.get(expr);
  if (name !== undefined) {
    const local = coster.locals.findLast((one) => one.name === name);
    return local === undefined ? coster.variables.get(coster.checked.names.get(expr) ?? name) : local.declared;
  }
  // Presence is a truth value, not the field.
  if (expr.kind === 'select')
    return expr.isTest ? undefined : fieldType(declaredType(coster, expr.operand), expr.field);
  if (expr.kind !== 'call' || expr.args[0] === undefined) return undefined;
  const container = declaredType(coster, expr.args[0]);
  const inner = container?.kind === 'opaque' ? container.args[0] : container;
  if (expr.name === '_[_]' || expr.name === '_[?_]') return itemType(coster, inner, expr.args[0]);
  const field = expr.args[1];
  return expr.name === '_?._' && field?.kind === 'literal' && typeof field.value === 'string'
    ? fieldType(inner, field.value)
    : undefined;
}

/** Items of something computed have the sizes of the whole value (upstream: they start where `self` does). */
function itemType(coster: Coster, declared: Type | undefined, container: Expr): Type | undefined {
  if (declared !== undefined) return declared.args.at(-1);
  const isSized = coster.itemSizes.has(container) || container.kind === 'list' || container.kind === 'map';
  return isSized ? undefined : coster.variables.get('self');
}

function fieldType(type: Type | undefined, field: string): Type | undefined {
  // Upstream does not look into maps this way, only by index.
  return type?.fields?.get(field)?.type;
}

const scalars = new Set(['bool', 'int', 'uint', 'double', 'timestamp', 'duration', 'type']);

function sizeOf(coster: Coster, expr: Expr): Range | undefined {
  const known = coster.sizes.get(expr);
  if (known !== undefined) return known;
  if (expr.kind === 'literal') return fixed(literalSize(expr.value));
  if (expr.kind === 'list') return fixed(expr.items.length);
  if (expr.kind === 'map') return fixed(expr.entries.length);
  const sizeMax = declaredType(coster, expr)?.sizeMax;
  if (sizeMax !== undefined) return { min: 0, max: sizeMax };
  if (scalars.has(typeOf(coster, expr).kind)) return fixed(1);
  return expr.kind === 'ident' ? coster.locals.findLast(({ name }) => name === expr.name)?.size : undefined;
}

function literalSize(value: unknown): number {
  if (typeof value === 'string') return sizeOfText(value);
  return value instanceof Uint8Array ? value.length : 1;
}

function sizeOrUnbounded(coster: Coster, expr: Expr): Range {
  return sizeOf(coster, expr) ?? unbounded;
}

/** Of the items of a list. */
function itemSizeOf(coster: Coster, expr: Expr): Range {
  const known = coster.itemSizes.get(expr);
  if (known !== undefined) return known;
  if (expr.kind === 'list') {
    return expr.items.length === 0
      ? fixed(0)
      : expr.items.map(({ value }) => sizeOrUnbounded(coster, value)).reduce(union);
  }
  const item = declaredType(coster, expr)?.args.at(-1) ?? typeOf(coster, expr).args.at(-1);
  if (item?.sizeMax !== undefined) return { min: 0, max: item.sizeMax };
  return item !== undefined && scalars.has(item.kind) ? fixed(1) : unbounded;
}

function costOfCall(coster: Coster, call: CallExpr): Range {
  const isMember = call.target !== undefined && !coster.checked.names.has(call);
  const parts = isMember && call.target !== undefined ? [call.target, ...call.args] : call.args;
  const costs = parts.map((part) => costOf(coster, part));
  const special = costOfOperator(coster, call, costs);
  if (special !== undefined) return special;
  const args = parts.map((part) => sizedArg(coster, part));
  const overloads = coster.checked.overloads.get(call) ?? [];
  const estimates = overloads.map(({ cost }): CostEstimate => cost?.estimate(args) ?? { cost: fixed(1) });
  const [first = { cost: fixed(1) }, ...rest] = estimates;
  const all = rest.reduce((a, b) => ({ cost: union(a.cost, b.cost) }), first);
  const sizes = estimates.flatMap(({ resultSize }) => (resultSize === undefined ? [] : [resultSize]));
  if (sizes.length > 0) coster.sizes.set(call, sizes.reduce(union));
  if (call.name === 'dyn' && parts[0] !== undefined) coster.sizes.set(call, sizeOrUnbounded(coster, parts[0]));
  return sum(all.cost, ...costs);
}

function sizedArg(coster: Coster, expr: Expr): SizedArg {
  const literal = expr.kind === 'literal' && typeof expr.value === 'number' ? { literal: expr.value } : {};
  return {
    type: typeOf(coster, expr),
    size: sizeOrUnbounded(coster, expr),
    itemSize: itemSizeOf(coster, expr),
    ...literal,
  };
}

const comparisons = new Set(['_<_', '_<=_', '_>_', '_>=_']);

function costOfOperator(coster: Coster, call: CallExpr, costs: readonly Range[]): Range | undefined {
  const { name, args } = call;
  const [first, second, third] = args;
  const [a = fixed(0), b = fixed(0), c = fixed(0)] = costs;
  if (call.target !== undefined || first === undefined || second === undefined) return undefined;
  if (name === '_&&_' || name === '_||_') return { min: a.min, max: a.max + b.max };
  if (third !== undefined) {
    if (name !== '_?_:_') return undefined;
    coster.sizes.set(call, union(sizeOrUnbounded(coster, second), sizeOrUnbounded(coster, third)));
    return sum(a, union(b, c));
  }
  return costOfBinary(coster, call, { parts: [first, second], costs: [a, b] });
}

interface Binary {
  readonly parts: readonly [Expr, Expr];
  readonly costs: readonly [Range, Range];
}

function costOfBinary(
  coster: Coster,
  call: CallExpr,
  { parts: [first, second], costs: [a, b] }: Binary,
): Range | undefined {
  const { name } = call;
  if (name === '_==_' || name === '_!=_' || (comparisons.has(name) && isSized(typeOf(coster, first)))) {
    if (areOpaque(coster, [first, second])) return sum(fixed(1), a, b);
    const max = Math.min(sizeOrUnbounded(coster, first).max, sizeOrUnbounded(coster, second).max);
    return sum(scale({ min: max > 0 ? 1 : 0, max }, 0.1), a, b);
  }
  if (name === '@in' && typeOf(coster, second).kind === 'list') {
    return sum(sizeOrUnbounded(coster, second), a, b);
  }
  if (name === '_+_' && ['string', 'bytes', 'list'].includes(typeOf(coster, first).kind)) {
    const size = sum(sizeOrUnbounded(coster, first), sizeOrUnbounded(coster, second));
    coster.sizes.set(call, size);
    const isList = typeOf(coster, first).kind === 'list';
    return sum(isList ? fixed(1) : scale(size, 0.1), a, b);
  }
  return undefined;
}

/** Addresses, quantities, versions: as good as scalars. */
function areOpaque(coster: Coster, parts: readonly Expr[]): boolean {
  return parts.every((part) => {
    const type = typeOf(coster, part);
    return type.kind === 'opaque' && optionalValue(type) === undefined && type.name !== 'kubernetes.URL';
  });
}

function isSized({ kind }: Type): boolean {
  return kind === 'string' || kind === 'bytes';
}

function costOfFold(coster: Coster, fold: FoldExpr): Range {
  const range = costOf(coster, fold.range);
  const count = sizeOrUnbounded(coster, fold.range);
  const { once, step, kept, dropped } = foldCosts[fold.fold];
  const predicate = (): Range => (fold.predicate === undefined ? fixed(0) : costOf(coster, fold.predicate));
  const transform = (): Range => (fold.transform === undefined ? fixed(0) : costOf(coster, fold.transform));
  const each = withLocals(coster, foldLocals(coster, fold), () => {
    const keeping = sum(fixed(kept), transform());
    const isQuantifier = fold.fold === 'all' || fold.fold === 'exists';
    if (isQuantifier) {
      // The accumulator decides alone, at the least.
      return { min: step, max: step + predicate().max };
    }
    return fold.predicate === undefined
      ? sum(fixed(step), keeping)
      : sum(fixed(step), predicate(), union(keeping, fixed(dropped)));
  });
  const isScalar = ['all', 'exists', 'existsOne'].includes(fold.fold);
  if (!isScalar) {
    coster.sizes.set(fold, { min: fold.predicate === undefined ? count.min : 0, max: count.max });
    coster.itemSizes.set(fold, foldItemSize(coster, fold));
  }
  return sum(fixed(once), range, product(count, each));
}

function foldItemSize(coster: Coster, fold: FoldExpr): Range {
  if (fold.fold === 'filter') return itemSizeOf(coster, fold.range);
  const { transform } = fold;
  if (transform === undefined) return unbounded;
  return withLocals(coster, foldLocals(coster, fold), () => sizeOrUnbounded(coster, transform));
}

function foldLocals(coster: Coster, { range, first, second }: FoldExpr): readonly Coster['locals'][number][] {
  const declared = declaredType(coster, range);
  const item = declared === undefined ? coster.variables.get('self') : declared.args.at(-1);
  const isMap = typeOf(coster, range).kind === 'map';
  const key = { name: first, declared: declared?.kind === 'map' ? declared.args[0] : undefined, size: undefined };
  const value = { declared: item, size: itemSizeOf(coster, range) };
  if (second !== undefined) {
    const index = isMap ? key : { name: first, declared: undefined, size: fixed(1) };
    return [index, { name: second, ...value }];
  }
  return [isMap ? key : { name: first, ...value }];
}
