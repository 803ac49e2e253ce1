import { constant, freshName, literal } from '../codegen.ts';
import type { CallExpr, Expr } from './ast.ts';
import { constantOf, headCost, isAttribute } from './attributes.ts';
import {
  charge,
  closeBlock,
  comparesSpecially,
  converted,
  convertedScalar,
  type Emitted,
  type Emitter,
  isCertain,
  named,
  openBlock,
  typeOf,
} from './emitter.ts';
import { type TypeKind, types } from './types.ts';

/** Writes an operator. @returns `undefined` for calls of functions. */
export function emitOperator(emitter: Emitter, call: CallExpr): Emitted | undefined {
  const [first, second, third] = call.args;
  if (call.target !== undefined || first === undefined) return undefined;
  if (second === undefined) return emitUnary(emitter, call, first);
  switch (call.name) {
    case '@in':
      return emitIn(emitter, [first, second]);
    case '_&&_':
    case '_||_':
      return emitJunction(emitter, call);
    case '_?_:_':
      return third === undefined ? undefined : emitTernary(emitter, [first, second, third]);
    case '_==_':
      return emitEquality(emitter, [first, second], '');
    case '_!=_':
      return emitEquality(emitter, [first, second], '!');
    case '_?._':
      return emitOptionalSelect(emitter, first, second);
    default:
      return emitBinary(emitter, call, [first, second]);
  }
}

function emitUnary(emitter: Emitter, { name }: CallExpr, operand: Expr): Emitted | undefined {
  if (name !== '!_' && name !== '-_') return undefined;
  const value = emitter.emit(emitter, operand);
  charge(emitter, 1);
  if (name === '-_') return result(emitter, `helpers.negate(${value.js})`, typeOf(emitter, operand).kind !== 'dyn');
  if (value.isExact) return { js: `!${value.js}`, isExact: true };
  return { js: `!${named(emitter, 'n', `helpers.bool(${value.js})`, true)}`, isExact: true };
}

function result(emitter: Emitter, js: string, isExact: boolean): Emitted {
  return { js: named(emitter, 'r', js, true), isExact };
}

const comparisons: Readonly<Record<string, string>> = { '_<_': '<', '_<=_': '<=', '_>_': '>', '_>=_': '>=' };
const arithmetic: Readonly<Record<string, readonly [ofInts: string, ofAll: string]>> = {
  '_+_': ['addInts', 'add'],
  '_-_': ['subtractInts', 'subtract'],
  '_*_': ['multiplyInts', 'multiply'],
  '_/_': ['divide', 'divide'],
  '_%_': ['modulo', 'modulo'],
};

function emitBinary(emitter: Emitter, call: CallExpr, [left, right]: readonly [Expr, Expr]): Emitted | undefined {
  const { name } = call;
  const isKnown = name in comparisons || name in arithmetic || name === '_[_]' || name === '_[?_]';
  if (!isKnown) return undefined;
  const [a, b] = [emitter.emit(emitter, left), emitter.emit(emitter, right)];
  const kinds = [typeOf(emitter, left).kind, typeOf(emitter, right).kind] as const;
  const areInts = a.isExact && b.isExact && kinds[0] === 'int' && kinds[1] === 'int';
  const sign = comparisons[name];
  if (sign !== undefined) {
    chargeComparison(emitter, kinds, [a.js, b.js]);
    if (areInts) return { js: `(${a.js} ${sign} ${b.js})`, isExact: true };
    return result(emitter, `(helpers.compare(${a.js}, ${b.js}) ${sign} 0)`, true);
  }
  const operations = arithmetic[name];
  if (operations !== undefined) return emitArithmetic(emitter, call, { operations, areInts, operands: [a, b], kinds });
  const { checked } = emitter;
  charge(emitter, (isAttribute(checked, left) ? 1 : 2) - headCost(checked, right));
  if (name === '_[?_]')
    return result(emitter, `helpers.selectOptional(${converted(emitter, left, a)}, ${b.js})`, false);
  return emitIndex(emitter, call, [a, b]);
}

/** Constant lists are sets, which cost nothing to look into (cel-go `maybeOptimizeSetMembership`). */
function emitIn(emitter: Emitter, [left, right]: readonly [Expr, Expr]): Emitted {
  const item = emitter.emit(emitter, left);
  const folded = constantOf(emitter.checked, right);
  const { kind } = typeOf(emitter, left);
  if (Array.isArray(folded?.value) && item.isExact && (kind === 'string' || kind === 'int')) {
    return { js: `${constant(emitter.code, new Set(folded.value))}.has(${item.js})`, isExact: true };
  }
  const container = emitter.emit(emitter, right);
  if (typeOf(emitter, right).kind !== 'list') charge(emitter, 1);
  else if (folded === undefined) {
    emitter.code.lines.push(`helpers.spend(spending, helpers.sizeForCost(${container.js}));`);
    emitter.block.mayThrow = true;
  }
  const list = `${converted(emitter, left, item)}, ${converted(emitter, right, container)}`;
  return result(emitter, `helpers.isIn(${list})`, true);
}

function emitIndex(emitter: Emitter, call: CallExpr, [a, b]: readonly [Emitted, Emitted]): Emitted {
  const [container] = call.args;
  const type = container === undefined ? types.dyn : typeOf(emitter, container);
  const item = typeOf(emitter, call);
  // `optional[index]` is an optional item.
  if (type.kind === 'opaque') return result(emitter, `helpers.selectOptional(${a.js}, ${b.js})`, false);
  const isList = type.kind === 'list' && a.isExact;
  const raw = isList ? `helpers.itemAt(${a.js}, ${b.js})` : `helpers.indexInto(${a.js}, ${b.js})`;
  const isExact = a.isExact && (type.kind === 'list' || type.kind === 'map') && isCertain(item);
  return result(emitter, convertedScalar(emitter, item, raw), isExact);
}

type Kinds = readonly [TypeKind, TypeKind];

/** Comparing texts and bytes costs by the smaller one, anything else 1. */
function chargeComparison(emitter: Emitter, kinds: Kinds, [a, b]: readonly [string, string]): void {
  const areSized = kinds.every((kind) => ['string', 'bytes', 'dyn', 'list', 'map', 'object', 'opaque'].includes(kind));
  if (!areSized) charge(emitter, 1);
  else {
    // One at least is charged with the block, which counts although an operand fails.
    charge(emitter, 1);
    emitter.code.lines.push(`helpers.spend(spending, helpers.equalityCost(${a}, ${b}) - 1);`);
    emitter.block.mayThrow = true;
  }
}

interface Arithmetic {
  readonly operations: readonly [ofInts: string, ofAll: string];
  readonly areInts: boolean;
  readonly operands: readonly [Emitted, Emitted];
  readonly kinds: Kinds;
}

function emitArithmetic(
  emitter: Emitter,
  call: CallExpr,
  { operations, areInts, operands, kinds }: Arithmetic,
): Emitted {
  const [a, b] = operands;
  const list = `${a.js}, ${b.js}`;
  if (areInts) {
    charge(emitter, 1);
    return result(emitter, `helpers.${operations[0]}(${list})`, true);
  }
  const type = typeOf(emitter, call);
  const isSum = call.name === '_+_';
  const areTexts =
    isSum && ['string', 'bytes', 'dyn'].includes(kinds[0]) && ['string', 'bytes', 'dyn'].includes(kinds[1]);
  if (areTexts) {
    const size = `helpers.sizeForCost(${a.js}) + helpers.sizeForCost(${b.js})`;
    emitter.code.lines.push(`helpers.spend(spending, Math.ceil((${size}) * 0.1));`);
    emitter.block.mayThrow = true;
  } else charge(emitter, 1);
  if (isSum && a.isExact && b.isExact && kinds[0] === 'string' && kinds[1] === 'string') {
    return { js: named(emitter, 't', `${a.js} + ${b.js}`, false), isExact: true };
  }
  if (isSum && (type.kind === 'list' || type.kind === 'dyn')) {
    const [left, right] = call.args;
    const own = left === undefined ? type : typeOf(emitter, left);
    const parts = [left, right].map((part, index) => {
      const value = operands[index] ?? a;
      return part === undefined ? value.js : converted(emitter, part, value);
    });
    const js = `helpers.concat(spending, ${constant(emitter.code, own)}, ${parts.join(', ')})`;
    return result(emitter, js, false);
  }
  return result(emitter, `helpers.${operations[1]}(${list})`, isCertain(type) && type.kind !== 'list');
}

function emitEquality(emitter: Emitter, [left, right]: readonly [Expr, Expr], not: '' | '!'): Emitted {
  const [a, b] = [emitter.emit(emitter, left), emitter.emit(emitter, right)];
  const [leftType, rightType] = [typeOf(emitter, left), typeOf(emitter, right)];
  const { kind } = leftType;
  const isSame = a.isExact && b.isExact && kind === rightType.kind;
  if (isSame && ['int', 'bool', 'null'].includes(kind)) {
    charge(emitter, 1);
    return { js: `(${a.js} ${not === '' ? '=' : not}== ${b.js})`, isExact: true };
  }
  chargeComparison(emitter, [kind, rightType.kind], [a.js, b.js]);
  emitter.block.mayThrow = true;
  if (isSame && kind === 'string') return { js: `(${a.js} ${not === '' ? '=' : not}== ${b.js})`, isExact: true };
  const byType = [leftType, rightType].find(comparesSpecially);
  const values = `${converted(emitter, left, a)}, ${converted(emitter, right, b)}`;
  const js =
    byType === undefined
      ? `helpers.equals(spending, ${values})`
      : `helpers.equalByType(spending, ${constant(emitter.code, byType)}, ${a.js}, ${b.js})`;
  const equal = named(emitter, 'q', js, true);
  return { js: not + equal, isExact: true };
}

function emitOptionalSelect(emitter: Emitter, operand: Expr, field: Expr): Emitted {
  const value = emitter.emit(emitter, operand);
  if (!isAttribute(emitter.checked, operand)) charge(emitter, 1);
  const type = typeOf(emitter, operand);
  const inner = type.kind === 'opaque' ? (type.args[0] ?? types.dyn) : type;
  const name = field.kind === 'literal' && typeof field.value === 'string' ? field.value : '';
  const jsonName = inner.fields?.get(name)?.jsonName ?? name;
  const js = `helpers.selectOptionalField(spending, ${converted(emitter, operand, value)}, ${literal(jsonName)}, ${inner.kind === 'object' && inner.isMessage !== true})`;
  return result(emitter, js, false);
}

/**
 * `&&` and `||` are commutative in their errors: one operand that decides makes up for errors of others. A chain of one
 * operator is one block, which the first operand that decides leaves.
 */
function emitJunction(emitter: Emitter, call: CallExpr): Emitted {
  const { code } = emitter;
  const isAnd = call.name === '_&&_';
  const [outcome, error, label] = [freshName(code, 'j'), freshName(code, 'e'), freshName(code, 'chain')];
  const decide = isAnd ? `${outcome} = false; break ${label};` : `${outcome} = true; break ${label};`;
  code.lines.push(`let ${outcome} = ${String(isAnd)}, ${error};`, `${label}: {`);
  const operands = operandsOf(call);
  let mayHoldError = false;
  for (const [index, operand] of operands.entries()) {
    const opening = code.lines.length;
    code.lines.push('{');
    const outer = openBlock(emitter);
    const value = emitBool(emitter, operand);
    code.lines.push(`if (${isAnd ? `!${value}` : value}) { ${decide} }`);
    const { mayThrow: outerMayThrow } = outer;
    const mayThrow = closeBlock(emitter, outer);
    // An error of the last operand is that of the chain, unless there was one before.
    const mayPass = index === operands.length - 1 && !mayHoldError;
    const isHeld = mayThrow && !mayPass;
    code.lines.push(isHeld ? `} catch (thrown) { ${error} ??= helpers.absorb(thrown); }` : '}');
    if (isHeld) code.lines[opening] = 'try {';
    outer.mayThrow = outerMayThrow || mayThrow;
    mayHoldError ||= mayThrow;
  }
  if (mayHoldError) code.lines.push(`if (${error} !== undefined) throw ${error};`);
  code.lines.push('}');
  return { js: outcome, isExact: true };
}

/** What a chain of one operator joins, from left to right. */
function operandsOf(call: CallExpr): readonly Expr[] {
  const operands: Expr[] = [];
  const pending: Expr[] = [call];
  for (let expr = pending.pop(); expr !== undefined; expr = pending.pop()) {
    if (expr.kind === 'call' && expr.name === call.name && expr.target === undefined)
      pending.push(...expr.args.toReversed());
    else operands.push(expr);
  }
  return operands;
}

function emitBool(emitter: Emitter, expr: Expr): string {
  const value = emitter.emit(emitter, expr);
  return value.isExact ? value.js : named(emitter, 'b', `helpers.bool(${value.js})`, true);
}

function emitTernary(emitter: Emitter, [condition, whenTrue, whenFalse]: readonly [Expr, Expr, Expr]): Emitted {
  const { code } = emitter;
  const outcome = freshName(code, 'i');
  const test = emitBool(emitter, condition);
  code.lines.push(`let ${outcome};`, `if (${test}) {`);
  const branches = [whenTrue, whenFalse].map((branch, index) => {
    if (index === 1) code.lines.push('} else {');
    const outer = openBlock(emitter);
    const value = emitter.emit(emitter, branch);
    charge(emitter, -headCost(emitter.checked, branch));
    code.lines.push(`${outcome} = ${value.js};`);
    closeBlock(emitter, outer);
    return value;
  });
  code.lines.push('}');
  return { js: outcome, isExact: branches.every(({ isExact }) => isExact) && isCertain(typeOf(emitter, whenTrue)) };
}
