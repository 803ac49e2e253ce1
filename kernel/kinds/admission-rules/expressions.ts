import type { FieldError } from '../../meta/errors.ts';
import type { CompiledMutatingPolicy } from '../../schema/policy/compile-mutating.ts';
import {
  type CompiledValidatingPolicy,
  type NamedExpression,
  type PolicyExpression,
} from '../../schema/policy/compile.ts';

/** What is wrong with an expression that was just written. Empty ones are told of elsewhere. */
export function expressionErrors(compiled: PolicyExpression | undefined, path: string): readonly FieldError[] {
  if (compiled?.problem === undefined || compiled.expression.trim() === '') return [];
  return [{ type: 'Invalid', path, value: compiled.expression, detail: compiled.problem }];
}

/** The same for a list of them: `spec.variables[0].expression`. */
export function namedExpressionErrors(
  named: readonly NamedExpression[],
  path: string,
  field = 'expression',
): readonly FieldError[] {
  return named.flatMap(({ compiled }, index) => expressionErrors(compiled, `${path}[${index}].${field}`));
}

/** Every expression of a MutatingAdmissionPolicy that cannot be used. */
export function mutatingExpressionErrors(compiled: CompiledMutatingPolicy): readonly FieldError[] {
  const { conditions, variables, mutations } = compiled;
  return [
    ...namedExpressionErrors(conditions, 'spec.matchConditions'),
    ...namedExpressionErrors(variables, 'spec.variables'),
    ...mutations.flatMap((one, index) => {
      const field = one.patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration';
      return expressionErrors(one.compiled, `spec.mutations[${index}].${field}.expression`);
    }),
  ];
}

/** Every expression of a ValidatingAdmissionPolicy that cannot be used. */
export function validatingExpressionErrors(compiled: CompiledValidatingPolicy): readonly FieldError[] {
  const { conditions, variables, validations, annotations } = compiled;
  return [
    ...namedExpressionErrors(conditions, 'spec.matchConditions'),
    ...namedExpressionErrors(variables, 'spec.variables'),
    ...validations.flatMap((one, index) => [
      ...expressionErrors(one.compiled, `spec.validations[${index}].expression`),
      ...expressionErrors(one.message, `spec.validations[${index}].messageExpression`),
    ]),
    ...namedExpressionErrors(annotations, 'spec.auditAnnotations', 'valueExpression'),
  ];
}
