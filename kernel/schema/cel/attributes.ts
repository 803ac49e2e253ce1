import type { Expr } from './ast.ts';
import type { Checked } from './checker.ts';
import { CelError, CelMap, type Value } from './values.ts';

/**
 * What cel-go's planner makes of some expressions, and what they cost therefore (`interpreter/planner.go`, `decorators.go`):
 * names with selections and indexes behind them are one attribute; constants are folded.
 */

/** True for names with selections and indexes behind them, and for ternaries, which choose between attributes. */
export function isAttribute(checked: Checked, expr: Expr): boolean {
  if (isTypeName(checked, expr)) return false;
  switch (expr.kind) {
    case 'ident':
      return true;
    case 'select':
      return !expr.isTest;
    case 'call':
      return expr.target === undefined && ['_[_]', '_[?_]', '_?._', '_?_:_'].includes(expr.name);
    default:
      return false;
  }
}

/**
 * What reading an attribute costs besides its selections and indexes. It is free where the attribute is a key or a branch of
 * a ternary, since those are read as part of something else.
 */
export function headCost(checked: Checked, expr: Expr): number {
  if (!isAttribute(checked, expr)) return 0;
  if (expr.kind === 'ident' || checked.names.has(expr)) return 1;
  const operand = expr.kind === 'select' ? expr.operand : expr.kind === 'call' ? expr.args[0] : undefined;
  if (expr.kind === 'call' && expr.name === '_?_:_') return 0;
  // What selects from a computed value begins anew.
  return operand !== undefined && isAttribute(checked, operand) ? headCost(checked, operand) : 1;
}

/** True for the name of a type, which is a constant. */
export function isTypeName({ types, names }: Checked, expr: Expr): boolean {
  return (expr.kind === 'ident' || names.has(expr)) && types.get(expr)?.kind === 'type';
}

const conversions = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);

/** The value of a constant: a literal, a list or map of constants, a conversion of one. @returns a box, or `undefined`. */
export function constantOf(checked: Checked, expr: Expr): { readonly value: Value } | undefined {
  switch (expr.kind) {
    case 'literal':
      return { value: expr.value };
    case 'list': {
      const items = expr.items.map(({ value, isOptional }) => (isOptional ? undefined : constantOf(checked, value)));
      return items.every((item) => item !== undefined) ? { value: items.map((item) => item.value) } : undefined;
    }
    case 'map':
      return constantMap(checked, expr);
    case 'call':
      return constantConversion(checked, expr);
    default:
      return undefined;
  }
}

function constantMap(
  checked: Checked,
  { entries }: Extract<Expr, { kind: 'map' }>,
): { readonly value: Value } | undefined {
  const map = new CelMap();
  for (const { key, value, isOptional } of entries) {
    const [constantKey, constantValue] = [constantOf(checked, key), constantOf(checked, value)];
    // Keys that cannot be, or are there twice, fail when the expression is evaluated.
    const isKey = ['string', 'boolean', 'number', 'bigint'].includes(typeof constantKey?.value);
    if (isOptional || constantKey === undefined || constantValue === undefined || !isKey) return undefined;
    if (!map.add(constantKey.value, constantValue.value)) return undefined;
  }
  return { value: map };
}

function constantConversion(
  checked: Checked,
  expr: Extract<Expr, { kind: 'call' }>,
): { readonly value: Value } | undefined {
  const [arg] = expr.args;
  const overloads = checked.overloads.get(expr) ?? [];
  const [overload] = overloads;
  if (!conversions.has(expr.name) || arg?.kind !== 'literal' || overload === undefined || overloads.length > 1)
    return undefined;
  try {
    return { value: (overload.call as (value: Value) => Value)(arg.value) };
  } catch (error) {
    // Fails each time it is evaluated, where it may be absorbed.
    if (error instanceof CelError) return undefined;
    throw error;
  }
}
