import { childrenOf, type Expr, type Issue, type ListExpr, type MapExpr } from './ast.ts';
import type { Checked } from './checker.ts';
import { patternOf } from './library/standard.ts';
import { parseDuration, parseTimestamp } from './time.ts';
import { areSame, formatType, optionalValue, type Type, types } from './types.ts';
import { CelError } from './values.ts';

/**
 * Literals that cannot work: `duration('1x')`, `timestamp('now')`, regular expressions that are none (cel-go
 * `cel/validator.go`; Kubernetes holds new expressions to them).
 */
export function checkLiterals({ expr }: Checked): readonly Issue[] {
  const issues: Issue[] = [];
  visit(expr, issues);
  return issues;
}

function visit(expr: Expr, issues: Issue[]): void {
  for (const child of childrenOf(expr)) visit(child, issues);
  if (expr.kind !== 'call') return;
  const { name, args, target } = expr;
  const literal = args.at(name === 'matches' && target === undefined ? 1 : 0);
  if (literal?.kind !== 'literal' || typeof literal.value !== 'string') return;
  const problem = problemOf(name, literal.value, target !== undefined);
  if (problem !== undefined) issues.push({ at: literal.at, message: problem });
}

function problemOf(name: string, text: string, isMember: boolean): string | undefined {
  if (name === 'duration' && !isMember && parseDuration(text) === undefined) return 'invalid duration argument';
  if (name === 'timestamp' && !isMember && parseTimestamp(text) === undefined) return 'invalid timestamp argument';
  if (name !== 'matches' && name !== 'find' && name !== 'findAll') return undefined;
  try {
    patternOf(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return `invalid ${name} argument`;
  }
}

/**
 * Lists, keys and values of more than one type (cel-go `cel/validator.go`, homogeneous literals). What a text is formatted
 * with may be mixed, however deep inside: `'%s is %d'.format([name, 3])`.
 */
export function checkAggregates(checked: Checked): readonly Issue[] {
  const issues: Issue[] = [];
  visitAggregates(checked, checked.expr, issues);
  return issues;
}

function visitAggregates(checked: Checked, expr: Expr, issues: Issue[]): void {
  if (expr.kind === 'call' && expr.name === 'format') return;
  if (expr.kind === 'list') issues.push(...mixedItems(checked, expr).slice(0, 1));
  if (expr.kind === 'map') issues.push(...mixedEntries(checked, expr));
  for (const child of childrenOf(expr)) visitAggregates(checked, child, issues);
}

function mixedItems(checked: Checked, { items }: ListExpr): readonly Issue[] {
  return mixed(
    checked,
    items.map(({ value, isOptional }) => ({ part: value, isOptional })),
  );
}

function mixedEntries(checked: Checked, { entries }: MapExpr): readonly Issue[] {
  const keys = entries.map(({ key }) => ({ part: key, isOptional: false }));
  const values = entries.map(({ value, isOptional }) => ({ part: value, isOptional }));
  return [...mixed(checked, keys), ...mixed(checked, values)];
}

interface Part {
  readonly part: Expr;
  readonly isOptional: boolean;
}

/** Those whose type is not that of the first. */
function mixed(checked: Checked, parts: readonly Part[]): readonly Issue[] {
  const [first, ...others] = parts.map((one) => ({ at: one.part.at, type: typeOfPart(checked, one) }));
  if (first === undefined) return [];
  return others
    .filter(({ type }) => !areSame(first.type, type))
    .map(({ at, type }) => ({
      at,
      message: `expected type '${formatType(first.type)}' but found '${formatType(type)}'`,
    }));
}

function typeOfPart(checked: Checked, { part, isOptional }: Part): Type {
  const type = checked.types.get(part) ?? types.dyn;
  return isOptional ? (optionalValue(type) ?? type) : type;
}
