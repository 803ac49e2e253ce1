import type { FieldError } from '../../meta/errors.ts';
import { invalid, present } from '../../meta/field-rules.ts';
import { jsonEquals } from '../../meta/json.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicySpec, Mutation } from '../../schema/standard/types.ts';
import {
  type ExpressionProblems,
  problemsAt,
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
  // What was accepted once stays: another version of the server may have read it otherwise.
  const problems = problemsAt(jsonEquals(spec, old?.spec) ? [] : await expressionErrors(spec));
  const none = present('spec.mutations', undefined, 'mutations must contain at least one item');
  return [
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...validateConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateConditions(spec.matchConditions, 'spec.matchConditions', problems),
    ...validateVariables(spec.variables, 'spec.variables', problems),
    ...(mutations.length === 0 ? none : []),
    ...mutations.flatMap((one, index) => validateMutation(one, `spec.mutations[${index}]`, problems)),
    ...present('spec.reinvocationPolicy', reinvocationPolicy),
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
function validateMutation(
  { patchType, ...given }: Partial<Mutation>,
  path: string,
  problems: ExpressionProblems,
): readonly FieldError[] {
  // What is missing or unknown is the schema's to tell.
  if (patchType !== 'JSONPatch' && patchType !== 'ApplyConfiguration') return [];
  const fields = ['jsonPatch', 'applyConfiguration'] as const;
  const [own, other] = patchType === 'JSONPatch' ? fields : (fields.toReversed() as [...typeof fields]);
  const wanted = given[own];
  const expression = wanted?.expression?.trim();
  return [
    ...(wanted === undefined
      ? present(`${path}.${own}`, undefined, `must be specified when patchType is ${patchType}`)
      : [...present(`${path}.${own}.expression`, expression), ...problems(`${path}.${own}.expression`)]),
    ...(given[other] === undefined
      ? []
      : [invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`)]),
  ];
}
