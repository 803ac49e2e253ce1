import { compile, type Program } from '../cel/compile.ts';
import { areSame, formatType, type Type, types } from '../cel/types.ts';
import type { MatchCondition, ValidatingAdmissionPolicySpec, Variable } from '../standard/types.ts';
import { type AvailableVariables, policyEnvironment } from './environment.ts';

/** An expression of a policy that can be evaluated, or why it cannot. */
export type PolicyExpression = {
  /** As its author wrote it. */
  readonly expression: string;
} & (
  | { readonly program: Program; readonly problem?: never }
  | {
      readonly program?: never;
      /** `compilation failed: …`, `must evaluate to bool but got …`. */
      readonly problem: string;
    }
);

/** Compiles one expression; an absent one as if it were empty. @param results types it may have; empty: any. */
export function compilePolicyExpression(
  expression: string | undefined = '',
  available: AvailableVariables,
  { results, mode }: { readonly results: readonly Type[]; readonly mode: 'new' | 'stored' },
): PolicyExpression {
  const { program, errors } = compile(expression, policyEnvironment(available, mode));
  if (errors !== undefined) return { expression, problem: `compilation failed: ${errors.text}` };
  if (results.length === 0 || results.some((wanted) => areSame(program.type, wanted))) return { expression, program };
  const names = results.map(formatType);
  const wanted = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
  return { expression, problem: `must evaluate to ${wanted} but got ${formatType(program.type)}` };
}

/** Expressions that have names, in their order. */
export interface NamedExpression {
  readonly name: string;
  readonly compiled: PolicyExpression;
}

/** One of `validations`. */
export interface CompiledValidation {
  readonly validation: NonNullable<ValidatingAdmissionPolicySpec['validations']>[number];
  readonly compiled: PolicyExpression;
  readonly message: PolicyExpression | undefined;
}

/** All expressions of a ValidatingAdmissionPolicy. */
export interface CompiledValidatingPolicy {
  readonly conditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly CompiledValidation[];
  readonly annotations: readonly NamedExpression[];
}

/** How a policy is compiled. */
export interface CompileOptions {
  /** `new`: just written, `stored`: accepted before. */
  readonly mode: 'new' | 'stored';
  /** What is known of `object` and of `params`. Default: nothing. */
  readonly object?: Type;
  readonly params?: Type;
}

/** Compiles the `matchConditions` of a policy or webhook: whether it is asked at all. */
export function compileConditions(
  conditions: readonly MatchCondition[] = [],
  available: AvailableVariables,
  mode: 'new' | 'stored',
): readonly NamedExpression[] {
  return conditions.map(({ name, expression }) => ({
    name,
    compiled: compilePolicyExpression(expression, available, { results: [types.bool], mode }),
  }));
}

/** Compiles variables; each may refer to those before it. */
export function compileVariables(
  variables: readonly Variable[] = [],
  available: AvailableVariables,
  mode: 'new' | 'stored',
): { readonly variables: readonly NamedExpression[]; readonly available: AvailableVariables } {
  const known = new Map<string, Type>();
  const found: NamedExpression[] = [];
  for (const { name, expression } of variables) {
    const so = { ...available, variables: new Map(known) };
    const compiled = compilePolicyExpression(expression, so, { results: [], mode });
    found.push({ name, compiled });
    known.set(name, compiled.program?.type ?? types.dyn);
  }
  return { variables: found, available: { ...available, variables: known } };
}

/** Compiles everything in a policy. Expressions that cannot be used say why; nothing is thrown. */
export function compileValidatingPolicy(
  spec: ValidatingAdmissionPolicySpec,
  { mode, ...known }: CompileOptions,
): CompiledValidatingPolicy {
  const base: AvailableVariables = { ...known, hasParams: spec.paramKind !== undefined, hasAuthorizer: true };
  const { variables, available } = compileVariables(spec.variables, base, mode);
  const bool = { results: [types.bool], mode };
  return {
    conditions: compileConditions(spec.matchConditions, base, mode),
    variables,
    validations: (spec.validations ?? []).map((validation) => ({
      validation,
      compiled: compilePolicyExpression(validation.expression, available, bool),
      message:
        validation.messageExpression === undefined
          ? undefined
          : // Messages say what is wrong with the object; they ask nobody.
            compilePolicyExpression(
              validation.messageExpression,
              { ...available, hasAuthorizer: false },
              { results: [types.string], mode },
            ),
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      name: key,
      compiled: compilePolicyExpression(valueExpression, available, { results: [types.string, types.null], mode }),
    })),
  };
}
