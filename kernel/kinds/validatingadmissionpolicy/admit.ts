import type { FieldError } from '../../meta/errors.ts';
import { checked, notSupported, present } from '../../meta/field-rules.ts';
import { jsonEquals } from '../../meta/json.ts';
import { checkQualifiedName } from '../../meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../schema/standard/types.ts';
import {
  type ExpressionProblems,
  problemsAt,
  validateConditions,
  validateConstraints,
  validateExpression,
  validateParamKind,
  validateVariables,
} from '../admission-rules/policy.ts';

/** Rules of ValidatingAdmissionPolicies (Kubernetes `ValidateValidatingAdmissionPolicy`). */
export const admitValidatingAdmissionPolicy: KindAdmission<ValidatingAdmissionPolicy> = { validate: validatePolicy };

async function validatePolicy(
  { metadata, spec = {} }: ValidatingAdmissionPolicy,
  old: ValidatingAdmissionPolicy | undefined,
  { subresource }: AdmitContext,
): Promise<readonly FieldError[]> {
  if (subresource === 'status') return [];
  const { validations = [] } = spec;
  // What was accepted once stays: another version of the server may have read it otherwise.
  const problems = problemsAt(jsonEquals(spec, old?.spec) ? [] : await expressionErrors(spec));
  return [
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...validateConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateConditions(spec.matchConditions, 'spec.matchConditions', problems),
    ...validateVariables(spec.variables, 'spec.variables', problems),
    ...validations.flatMap((one, index) => validateValidation(one, `spec.validations[${index}]`, problems)),
    ...validateAnnotations(spec, metadata.name, problems),
  ];
}

/** The expression language is loaded with the first policy. */
async function expressionErrors(spec: ValidatingAdmissionPolicySpec): Promise<readonly FieldError[]> {
  const [{ compileValidatingPolicy }, { validatingExpressionErrors }] = await Promise.all([
    import('../../schema/policy/compile.ts'),
    import('../admission-rules/expressions.ts'),
  ]);
  return validatingExpressionErrors(compileValidatingPolicy(spec, { mode: 'new' }));
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validateValidation(
  { expression, message, messageExpression, reason }: Validation,
  path: string,
  problems: ExpressionProblems,
): readonly FieldError[] {
  const errors: FieldError[] = [...validateExpression(`${path}.expression`, expression, problems)];
  if (messageExpression !== undefined && messageExpression.trim() === '') {
    const detail = 'must be non-empty if specified';
    errors.push({ type: 'Invalid', path: `${path}.messageExpression`, value: messageExpression, detail });
  }
  errors.push(...problems(`${path}.messageExpression`));
  if (message !== undefined && message.trim() === '') {
    const detail = 'must be non-empty if specified';
    errors.push({ type: 'Invalid', path: `${path}.message`, value: message, detail });
  }
  if (message?.includes('\n') === true) {
    const detail = 'must not contain line breaks';
    errors.push({ type: 'Invalid', path: `${path}.message`, value: message, detail });
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, reasons));
  return errors;
}

/** Most audit annotations of one policy. */
const annotationsMax = 20;

function validateAnnotations(
  { validations = [], auditAnnotations = [] }: ValidatingAdmissionPolicySpec,
  policyName: string,
  problems: ExpressionProblems,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    errors.push({ type: 'Required', path: 'spec.validations', detail });
    errors.push({ type: 'Required', path: 'spec.auditAnnotations', detail });
  }
  if (auditAnnotations.length > annotationsMax) {
    const detail = `must not have more than ${annotationsMax} auditAnnotations`;
    errors.push({ type: 'Invalid', path: 'spec.auditAnnotations', value: auditAnnotations.length, detail });
  }
  const taken = new Set<string>();
  const check = ({ key, valueExpression }: AuditAnnotation, index: number): readonly FieldError[] => {
    const path = `spec.auditAnnotations[${index}]`;
    // Kubernetes: the record of a request names the policy and the key together.
    const found: FieldError[] = [...checked(`${path}.key`, `${policyName}/${key}`, checkQualifiedName)];
    const at = `${path}.valueExpression`;
    found.push(...present(at, valueExpression?.trim(), 'valueExpression is not specified'), ...problems(at));
    if (taken.has(key)) found.push({ type: 'Duplicate', path: `${path}.key`, value: key, detail: '' });
    taken.add(key);
    return found;
  };
  return [...errors, ...auditAnnotations.flatMap(check)];
}
