import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicySpec, Mutation } from '../../schema/standard/types.ts';
import {
  presentExpression,
  validateConditions,
  validateConstraints,
  validateParamKind,
  validateVariables,
} from '../admission-rules/policy.ts';

/** Rules of MutatingAdmissionPolicies (Kubernetes `ValidateMutatingAdmissionPolicy`). */
export const admitMutatingAdmissionPolicy: KindAdmission<MutatingAdmissionPolicy> = { validate: validatePolicy };

async function validatePolicy(
  { spec = {} }: MutatingAdmissionPolicy,
  old: MutatingAdmissionPolicy | undefined,
): Promise<readonly FieldError[]> {
  const { mutations = [], reinvocationPolicy } = spec;
  const errors: FieldError[] = [];
  if (mutations.length === 0) {
    errors.push({ type: 'Required', path: 'spec.mutations', detail: 'mutations must contain at least one item' });
  }
  if (reinvocationPolicy === undefined) errors.push({ type: 'Required', path: 'spec.reinvocationPolicy', detail: '' });
  return [
    ...errors,
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...validateConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateConditions(spec.matchConditions, 'spec.matchConditions'),
    ...validateVariables(spec.variables, 'spec.variables'),
    ...mutations.flatMap((one, index) => validateMutation(one, `spec.mutations[${index}]`)),
    // What was accepted once stays: another version of the server may have read it otherwise.
    ...(jsonEquals(spec, old?.spec) ? [] : await expressionErrors(spec)),
  ];
}

/** The expression language is loaded with the first policy. */
async function expressionErrors(spec: MutatingAdmissionPolicySpec): Promise<readonly FieldError[]> {
  const [{ compileMutatingPolicy }, { mutatingExpressionErrors }] = await Promise.all([
    import('../../schema/policy/compile-mutating.ts'),
    import('../admission-rules/expressions.ts'),
  ]);
  return mutatingExpressionErrors(compileMutatingPolicy(spec, { mode: 'new' }));
}

/** A mutation has the expression of its type and no other. */
function validateMutation({ patchType, applyConfiguration, jsonPatch }: Mutation, path: string): readonly FieldError[] {
  const [own, other] =
    patchType === 'JSONPatch' ? ['jsonPatch', 'applyConfiguration'] : ['applyConfiguration', 'jsonPatch'];
  const given = { applyConfiguration, jsonPatch };
  const errors: FieldError[] = [];
  if (given[other as keyof typeof given] !== undefined) {
    const detail = `must not be set when patchType is ${patchType}`;
    errors.push({ type: 'Invalid', path: `${path}.${other}`, value: given[other as keyof typeof given], detail });
  }
  const wanted = given[own as keyof typeof given];
  if (wanted === undefined) {
    errors.push({
      type: 'Required',
      path: `${path}.${own}`,
      detail: `must be specified when patchType is ${patchType}`,
    });
    return errors;
  }
  return [...errors, ...presentExpression(`${path}.${own}.expression`, wanted.expression)];
}
