import type { KubeObject } from '../../meta/object.ts';
import { authorizerValue, requestResourceValue } from '../../schema/cel/library/authorizer.ts';
import { perCallCostMax } from '../../schema/cel/limits.ts';
import { CelError, type Value } from '../../schema/cel/values.ts';
import type { Authorizer } from '../../ports/auth.ts';
import type { NamedExpression, PolicyExpression } from '../../schema/policy/compile.ts';
import { inVersion, type MatchedWrite } from '../matching.ts';
import { askFor, requestValue } from './request.ts';

/** Most that everything of one policy may cost for one request and one parameter (Kubernetes `RuntimeCELCostBudget`). */
export const policyCostMax = 10_000_000;
/** Most that all match conditions of one policy or webhook may cost (`RuntimeCELCostBudgetMatchConditions`). */
const conditionsCostMax = 2_500_000;

const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** The variables of one write, for expressions of one policy with one parameter. */
export type Variables = Readonly<Record<string, Value>>;

/** What the variables of a write are made from. */
export interface WriteFacts {
  readonly write: MatchedWrite;
  /** The version the object is looked at in. */
  readonly version: string;
  /** Absent for cluster-scoped objects and for Namespaces. */
  readonly namespace: KubeObject | undefined;
  readonly authorizer: Authorizer;
}

/** The variables every expression about a write may use. */
export function variablesOf({ write, version, namespace, authorizer }: WriteFacts): Variables {
  const { attributes, object } = write;
  const { definition, old, user, subresource, name } = attributes;
  const ask = askFor(authorizer, user);
  const { group, plural: resource } = definition;
  return {
    object: object === undefined ? null : inVersion(object, definition, version),
    oldObject: old === undefined ? null : inVersion(old, definition, version),
    request: requestValue(write, version),
    namespaceObject: namespace ?? null,
    authorizer: authorizerValue(ask),
    'authorizer.requestResource': requestResourceValue(ask, {
      group,
      resource,
      subresource,
      namespace: attributes.namespace,
      name,
    }),
  };
}

/** How one expression ended. */
export type Evaluated =
  | { readonly value: Value; readonly error?: never }
  | { readonly error: string; readonly value?: never; readonly isOutOfBudget: boolean };

/** What is left for the expressions of one policy. */
export class Budget {
  left: number;

  constructor(costMax: number) {
    this.left = costMax;
  }

  /** Evaluates one expression and pays for it. Never throws for what an expression does. */
  evaluate({ expression, program, problem }: PolicyExpression, variables: Variables): Evaluated {
    if (program === undefined) return { error: `compilation error: ${problem}`, isOutOfBudget: false };
    const { value, error, cost } = {
      value: undefined,
      error: undefined,
      ...program.evaluate(variables, perCallCostMax),
    };
    this.left -= cost;
    if (this.left < 0) return { error: outOfBudget, isOutOfBudget: true };
    if (error === undefined) return { value };
    return { error: `expression '${expression}' resulted in error: ${error.message}`, isOutOfBudget: false };
  }
}

/** Adds `variables`: each is evaluated when it is first read, and fails where it is read. */
export function withVariables(base: Variables, named: readonly NamedExpression[], budget: Budget): Variables {
  if (named.length === 0) return { ...base, variables: {} };
  const lazy: Record<string, Value> = {};
  const all: Record<string, Value> = { ...base, variables: lazy };
  for (const { name, compiled } of named) {
    let known: Evaluated | undefined;
    const get = (): Value => {
      known ??= budget.evaluate(compiled, all);
      if (known.error !== undefined)
        throw new CelError(`composited variable "${name}" fails to evaluate: ${known.error}`);
      return known.value;
    };
    Object.defineProperty(lazy, name, { get, enumerable: true });
  }
  return all;
}

/** What the match conditions of a policy or webhook say. */
export type ConditionsVerdict = 'matches' | 'differs' | { readonly error: string };

/** Any condition that is false decides; otherwise what failed does. */
export function evaluateConditions(conditions: readonly NamedExpression[], variables: Variables): ConditionsVerdict {
  const budget = new Budget(conditionsCostMax);
  const errors: string[] = [];
  for (const { compiled } of conditions) {
    const outcome = budget.evaluate(compiled, variables);
    if (outcome.error !== undefined) errors.push(outcome.error);
    else if (outcome.value === false) return 'differs';
    if (outcome.error !== undefined && outcome.isOutOfBudget) break;
  }
  if (errors.length === 0) return 'matches';
  return { error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` };
}
