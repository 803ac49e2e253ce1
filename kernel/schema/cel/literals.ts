import { childrenOf, type Expr, type Issue } from './ast.ts';
import type { Checked } from './checker.ts';
import { patternOf } from './library/standard.ts';
import { parseDuration, parseTimestamp } from './time.ts';
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
