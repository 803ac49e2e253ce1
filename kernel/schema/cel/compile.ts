import { formatIssues, type Issue, mentions } from './ast.ts';
import { type Checked, check } from './checker.ts';
import { compileChecked, type Evaluate } from './emit.ts';
import { type Dialect, functionsOf } from './environment.ts';
import type { Range } from './function.ts';
import { checkAggregates, checkLiterals } from './literals.ts';
import { patchMessage } from './messages.ts';
import { parse } from './parser.ts';
import { estimateCost } from './static-cost.ts';
import { Bindings, formatType, isAssignable, type Type, types } from './types.ts';
import { CelError, type Value } from './values.ts';

/** A variable of an expression. */
export interface Variable {
  readonly type: Type;
  /**
   * Values went through the schema the type is made from, so that the code need not look at them again. Default false:
   * values of another type make evaluations fail, as they should.
   */
  readonly isTrusted?: boolean;
}

/** What an expression may refer to and has to be. */
export interface Environment {
  readonly variables: Readonly<Record<string, Variable>>;
  /** Types the result may have; dyn passes where it is not among them only if nothing is known. Default: any. */
  readonly results?: readonly Type[];
  readonly dialect?: Dialect;
  /**
   * `new`: checked as one that a user just wrote. `stored`: it was accepted before, perhaps by another version, and only
   * what makes it impossible to evaluate counts. Default `new`.
   */
  readonly mode?: 'new' | 'stored';
}

/** How an evaluation ended. An error is a value: it is part of what expressions do. */
export type Outcome =
  | { readonly value: Value; readonly cost: number; readonly error?: never }
  | { readonly error: CelError; readonly cost: number; readonly value?: never };

/** An expression that can be evaluated. */
export interface Program {
  readonly type: Type;
  /** What evaluations cost at least and at most; `Infinity` without bounds of sizes. */
  readonly cost: Range;
  /** True if the expression reads the variable. */
  uses(variable: string): boolean;
  /**
   * Evaluates. Never throws for anything an expression or its values do.
   * @param variables by name; read when used, so getters make them lazy. @param costMax in units of cost (`limits.ts`).
   */
  evaluate(variables: Readonly<Record<string, Value>>, costMax: number): Outcome;
}

/** What compiling came to. */
export type Compiled =
  | { readonly program: Program; readonly errors?: never }
  | { readonly program?: never; readonly errors: CompileErrors };

/** Why an expression cannot be used. */
export interface CompileErrors {
  /** `ERROR: <input>:1:6: …` with the line and a mark, one or more. */
  readonly text: string;
  readonly issues: readonly Issue[];
}

/** Reads and checks an expression; the code is generated when it is first evaluated. */
export function compile(source: string, environment: Environment): Compiled {
  const parsed = parse(source);
  if (parsed.issues !== undefined) return failed(source, parsed.issues);
  const variables = new Map(Object.entries(environment.variables).map(([name, { type }]) => [name, type]));
  const { dialect = 'kubernetes', mode = 'new' } = environment;
  const messages = dialect === 'patches' ? { messages: patchMessage } : {};
  const checked = check(parsed.expr, { variables, functions: functionsOf(dialect), ...messages });
  if ('issues' in checked) return failed(source, checked.issues);
  const wrong = [
    ...resultIssues(checked, environment.results),
    ...(mode === 'new' ? checkLiterals(checked) : []),
    ...(mode === 'new' && dialect !== 'extended' ? checkAggregates(checked) : []),
  ];
  if (wrong.length > 0) return failed(source, wrong);
  return { program: programOf(checked, variables, environment) };
}

function failed(source: string, issues: readonly Issue[]): Compiled {
  return { errors: { text: formatIssues(source, issues), issues } };
}

function resultIssues({ type, expr }: Checked, results: readonly Type[] | undefined): readonly Issue[] {
  if (results === undefined || results.some((wanted) => isResult(type, wanted))) return [];
  const wanted = results.map(formatType).join(' or ');
  return [{ at: expr.at, message: `must evaluate to ${wanted}, but is ${formatType(type)}` }];
}

/** Results of no known type are looked at when there is one. */
function isResult(type: Type, wanted: Type): boolean {
  return wanted === types.dyn || type.kind === wanted.kind ? isAssignable(new Bindings(), type, wanted) : false;
}

function programOf(checked: Checked, variables: ReadonlyMap<string, Type>, environment: Environment): Program {
  const trusted = new Set(
    Object.entries(environment.variables).flatMap(([name, { isTrusted }]) => (isTrusted === true ? [name] : [])),
  );
  const used = new Set([...variables.keys()].filter((name) => mentions(checked.expr, name.split('.')[0] ?? name)));
  // Let go once the function is there: hundreds of definitions have thousands of rules.
  let tree: Checked | undefined = checked;
  let cost: Range | undefined;
  const estimate = (): Range => {
    if (tree !== undefined) cost ??= estimateCost(tree, variables);
    return cost ?? { min: 0, max: Number.POSITIVE_INFINITY };
  };
  let run: Evaluate = (values, spending) => {
    estimate();
    if (tree !== undefined) run = compileChecked(tree, trusted);
    tree = undefined;
    return run(values, spending);
  };
  return {
    type: checked.type,
    get cost() {
      return estimate();
    },
    uses: (variable) => used.has(variable),
    evaluate(values, costMax) {
      const spending = { cost: 0, costMax, work: 0 };
      try {
        return { value: run(values, spending), cost: spending.cost };
      } catch (error) {
        return { error: toCelError(error), cost: spending.cost };
      }
    },
  };
}

/**
 * Engine limits, such as the length of a text, are errors of the evaluation, and so is a trusted value that does not follow
 * its schema after all; anything else is a bug and thrown on.
 */
function toCelError(error: unknown): CelError {
  if (error instanceof CelError) return error;
  if (error instanceof RangeError || error instanceof TypeError) {
    return new CelError(`evaluation failed: ${error.message}`, { cause: error });
  }
  throw error;
}
