import { freshName } from '../codegen.ts';
import type { Expr, FoldExpr, FoldKind } from './ast.ts';
import {
  charge,
  closeBlock,
  converted,
  convertedScalar,
  type Emitted,
  type Emitter,
  isCertain,
  named,
  openBlock,
  typeOf,
} from './emitter.ts';
import { type Type, types } from './types.ts';

/**
 * Loops. Costs are those of what the macros are upstream (cel-go `parser/macro.go`): an accumulator that every step reads
 * and that lists are appended to.
 */

/** What a fold costs once, and each step besides its parts; `kept` only if the predicate holds, `dropped` if not. */
export interface FoldCost {
  readonly once: number;
  readonly step: number;
  readonly kept: number;
  readonly dropped: number;
}

/** By kind of fold. */
export const foldCosts: Readonly<Record<FoldKind, FoldCost>> = {
  all: { once: 1, step: 3, kept: 0, dropped: 0 },
  exists: { once: 1, step: 4, kept: 0, dropped: 0 },
  existsOne: { once: 2, step: 0, kept: 2, dropped: 1 },
  map: { once: 11, step: 0, kept: 12, dropped: 1 },
  filter: { once: 11, step: 0, kept: 13, dropped: 1 },
  transformList: { once: 11, step: 0, kept: 12, dropped: 1 },
  transformMap: { once: 31, step: 0, kept: 3, dropped: 1 },
  transformMapEntry: { once: 31, step: 0, kept: 2, dropped: 1 },
};

/**
 * The same when it runs: empty lists and maps to begin with are constants, and an accumulator that stays as it is is a branch
 * of a ternary; both are free then.
 */
const runCosts: Readonly<Record<FoldKind, Omit<FoldCost, 'dropped'>>> = {
  ...foldCosts,
  map: { once: 1, step: 0, kept: 12 },
  filter: { once: 1, step: 0, kept: 13 },
  transformList: { once: 1, step: 0, kept: 12 },
  transformMap: { once: 1, step: 0, kept: 3 },
  transformMapEntry: { once: 1, step: 0, kept: 2 },
};

/** Writes a loop. */
export function emitFold(emitter: Emitter, fold: FoldExpr): Emitted {
  const { lines } = emitter.code;
  const { once, step } = runCosts[fold.fold];
  charge(emitter, once);
  const range = emitter.emit(emitter, fold.range);
  const accumulator = freshName(emitter.code, 'a');
  lines.push(`let ${accumulator} = ${initial[fold.fold]};`);
  const error = freshName(emitter.code, 'e');
  if (fold.fold === 'all' || fold.fold === 'exists') lines.push(`let ${error};`);
  const loop = openLoop(emitter, fold, range);
  const outer = openBlock(emitter);
  charge(emitter, step);
  emitter.locals.push(...loop.locals);
  emitStep(emitter, fold, { accumulator, error, hasMore: loop.hasMore });
  emitter.locals.length -= loop.locals.length;
  // Charged and checked each time around, so that no loop outlives its budget.
  const { line, cost } = emitter.block;
  emitter.block.cost = 0;
  lines[line] = `spending.cost += ${cost}; if (spending.cost > spending.costMax) throw helpers.overspent();`;
  emitter.block.mayThrow = true;
  closeBlock(emitter, outer);
  lines.push('}');
  if (fold.fold === 'all') lines.push(`if (${accumulator} && ${error} !== undefined) throw ${error};`);
  if (fold.fold === 'exists') lines.push(`if (!${accumulator} && ${error} !== undefined) throw ${error};`);
  if (fold.fold === 'existsOne') return { js: `(${accumulator} === 1)`, isExact: true };
  const isBool = fold.fold === 'all' || fold.fold === 'exists';
  return { js: accumulator, isExact: isBool };
}

const initial: Readonly<Record<FoldKind, string>> = {
  all: 'true',
  exists: 'false',
  existsOne: '0',
  map: '[]',
  filter: '[]',
  transformList: '[]',
  transformMap: 'helpers.newMap()',
  transformMapEntry: 'helpers.newMap()',
};

interface Loop {
  /** True while there are elements behind this one. */
  readonly hasMore: string;
  readonly locals: readonly { readonly name: string; readonly value: Emitted }[];
}

function openLoop(emitter: Emitter, fold: FoldExpr, range: Emitted): Loop {
  const { lines } = emitter.code;
  const type = typeOf(emitter, fold.range);
  const [first, second] = [freshName(emitter.code, 'x'), freshName(emitter.code, 'y')];
  if (fold.second !== undefined) {
    const [key, value] =
      type.kind === 'list' ? [types.int, itemType(type)] : [keyType(type), type.args[1] ?? types.dyn];
    const pairs = named(emitter, 's', `helpers.pairs(${range.js})`, true);
    const [pair, index] = [freshName(emitter.code, 'p'), freshName(emitter.code, 'n')];
    lines.push(
      `for (let ${index} = 0; ${index} < ${pairs}.length; ${index}++) {`,
      `const ${pair} = ${pairs}[${index}];`,
    );
    lines.push(`const ${first} = ${pair}[0];`, `const ${second} = ${convertedScalar(emitter, value, `${pair}[1]`)};`);
    return {
      hasMore: `${index} < ${pairs}.length - 1`,
      locals: [
        { name: fold.first, value: { js: first, isExact: range.isExact && isCertain(key) } },
        { name: fold.second, value: { js: second, isExact: range.isExact && isCertain(value) } },
      ],
    };
  }
  const item = type.kind === 'list' ? itemType(type) : keyType(type);
  const elements = named(emitter, 's', `helpers.elements(${range.js})`, true);
  const index = freshName(emitter.code, 'n');
  lines.push(`for (let ${index} = 0; ${index} < ${elements}.length; ${index}++) {`);
  lines.push(`const ${first} = ${convertedScalar(emitter, item, `${elements}[${index}]`)};`);
  const isExact = range.isExact && isCertain(item);
  const hasMore = `${index} < ${elements}.length - 1`;
  return { hasMore, locals: [{ name: fold.first, value: { js: first, isExact } }] };
}

function itemType({ args }: Type): Type {
  return args[0] ?? types.dyn;
}

function keyType({ kind, args }: Type): Type {
  return kind === 'map' ? (args[0] ?? types.dyn) : types.dyn;
}

interface Step {
  readonly accumulator: string;
  readonly error: string;
  readonly hasMore: string;
}

function emitStep(emitter: Emitter, fold: FoldExpr, step: Step): void {
  const { predicate } = fold;
  if (predicate === undefined) {
    charge(emitter, runCosts[fold.fold].kept);
    keep(emitter, fold, step);
  } else if (fold.fold === 'all' || fold.fold === 'exists') emitQuantifier(emitter, fold.fold, predicate, step);
  else {
    const { lines } = emitter.code;
    lines.push(`if (${condition(emitter, predicate)}) {`);
    const outer = openBlock(emitter);
    charge(emitter, runCosts[fold.fold].kept);
    keep(emitter, fold, step);
    closeBlock(emitter, outer);
    lines.push('}');
  }
}

function condition(emitter: Emitter, predicate: Expr): string {
  const value = emitter.emit(emitter, predicate);
  return value.isExact ? value.js : named(emitter, 'b', `helpers.bool(${value.js})`, true);
}

/** An element that decides ends the loop and makes up for errors of others. */
function emitQuantifier(
  emitter: Emitter,
  kind: 'all' | 'exists',
  predicate: Expr,
  { accumulator, error, hasMore }: Step,
): void {
  const { lines } = emitter.code;
  const decisive = kind === 'all' ? 'false' : 'true';
  // Whether to go on is asked once more before the next element.
  const asking = kind === 'all' ? 2 : 3;
  const opening = lines.length;
  lines.push('{');
  const outer = openBlock(emitter);
  const value = condition(emitter, predicate);
  lines.push(
    `if (${value} === ${decisive}) { ${accumulator} = ${decisive}; if (${hasMore}) spending.cost += ${asking}; break; }`,
  );
  const mayThrow = closeBlock(emitter, outer);
  lines.push(mayThrow ? `} catch (thrown) { ${error} ??= helpers.absorb(thrown); }` : '}');
  if (mayThrow) lines[opening] = 'try {';
}

function keep(emitter: Emitter, { fold, transform, first }: FoldExpr, { accumulator }: Step): void {
  const { lines } = emitter.code;
  const value = transform === undefined ? undefined : converted(emitter, transform, emitter.emit(emitter, transform));
  const element = emitter.locals.findLast(({ name }) => name === first)?.value.js ?? 'null';
  switch (fold) {
    case 'existsOne':
      lines.push(`${accumulator}++;`);
      return;
    case 'filter':
      lines.push(`${accumulator}.push(${element});`);
      return;
    case 'map':
    case 'transformList':
      lines.push(`${accumulator}.push(${value});`);
      return;
    case 'transformMap':
      lines.push(`helpers.put(spending, ${accumulator}, ${element}, ${value});`);
      return;
    case 'transformMapEntry':
      lines.push(`helpers.putAll(spending, ${accumulator}, ${value});`);
      return;
    default:
  }
}
