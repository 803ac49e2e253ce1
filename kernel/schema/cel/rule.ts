import type { ValidationRule } from '../schema.ts';
import { compile, type Environment, type Program, type Variable } from './compile.ts';
import { messageLengthMax, perCallCostMax } from './limits.ts';
import { optionalType, type Type } from './types.ts';
import { CostError } from './values.ts';

/** One rule of `x-kubernetes-validations`, compiled. */

/** A rule that can be evaluated, or why it cannot. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Absent for an empty rule and for one that does not compile. */
  readonly program?: Program;
  readonly problem?: string;
  readonly message?: Program;
  readonly messageProblem?: string;
  /** Holds for changes only, unless the old value is optional. */
  readonly usesOldSelf: boolean;
  /** Path below the value, as field errors write it. */
  readonly fieldPath: string;
  readonly costMax: number;
}

/** Compiles rules of one schema that were accepted before. */
export function compileRules(rules: readonly ValidationRule[], type: Type): readonly CompiledRule[] {
  return rules.map((rule) => compileRule(rule, type, 'stored'));
}

/**
 * Compiles a rule of values of the type.
 * @param mode `new` for one that was just written.
 */
export function compileRule(rule: ValidationRule, type: Type, mode: 'new' | 'stored'): CompiledRule {
  const environment = environmentOf(rule, type, mode);
  const base = { rule, fieldPath: normalizedPath(rule.fieldPath ?? ''), costMax: perCallCostMax };
  if (rule.rule.trim() === '') return { ...base, usesOldSelf: false };
  const { program, errors } = compile(rule.rule, environment);
  if (errors !== undefined) return { ...base, usesOldSelf: false, problem: `compilation failed: ${errors.text}` };
  if (program.type.kind !== 'bool') {
    return { ...base, usesOldSelf: false, problem: 'cel expression must evaluate to a bool' };
  }
  return { ...base, program, usesOldSelf: program.uses('oldSelf'), ...compileMessage(rule, environment) };
}

function compileMessage(
  { messageExpression = '' }: ValidationRule,
  environment: Environment,
): Pick<CompiledRule, 'message' | 'messageProblem'> {
  if (messageExpression === '') return {};
  const { program, errors } = compile(messageExpression, environment);
  if (errors !== undefined) return { messageProblem: `messageExpression compilation failed: ${errors.text}` };
  if (program.type.kind !== 'string') return { messageProblem: 'messageExpression must evaluate to a string' };
  return { message: program };
}

function environmentOf({ optionalOldSelf }: ValidationRule, type: Type, mode: 'new' | 'stored'): Environment {
  // Old values may have been stored under another schema.
  const oldSelf: Variable = { type: optionalOldSelf === true ? optionalType(type) : type };
  return { variables: { self: { type, isTrusted: true }, oldSelf }, mode };
}

/** `.spec['a.b'].c` → `spec[a.b].c`. */
function normalizedPath(path: string): string {
  return path
    .trim()
    .replaceAll(/\['((?:[^'\\]|\\.)*)'\]/g, (_found, key: string) => `[${key.replaceAll(/\\(.)/g, '$1')}]`)
    .replace(/^\./, '');
}

/** What a message expression gave. */
export interface MadeMessage {
  readonly text?: string;
  /** Ends the evaluation of rules: the budget is spent. */
  readonly problem?: string;
  readonly cost: number;
}

/** The message of a rule that is false. A message that fails in any other way than by its cost is none. */
export function messageOf(
  { message, rule, costMax }: CompiledRule,
  variables: Readonly<Record<string, unknown>>,
  budget: number,
): MadeMessage {
  if (message === undefined) return { cost: 0 };
  const { value, error, cost } = { value: undefined, ...message.evaluate(variables, costMax) };
  if (error instanceof CostError) {
    const limit = 'no further validation rules will be run due to call cost exceeds limit for messageExpression';
    return { cost, problem: `${limit}: ${JSON.stringify(rule.messageExpression)}` };
  }
  if (cost > budget) {
    const problem =
      'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run';
    return { cost, problem };
  }
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.length > messageLengthMax || text.includes('\n') ? { cost } : { cost, text };
}
