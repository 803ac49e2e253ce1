import type { FieldError } from '../../meta/errors.ts';
import { checked, notSupported } from '../../meta/field-rules.ts';
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
  presentExpression,
  validateConditions,
  validateConstraints,
  validateParamKind,
  validateVariables,
} from '../admission-rules/policy.ts';

/** Rules of ValidatingAdmissionPolicies (Kubernetes `ValidateValidatingAdmissionPolicy`). */
export const admitValidatingAdmissionPolicy: KindAdmission<ValidatingAdmissionPolicy> = { validate: validatePolicy };

async function validatePolicy(
  { spec = {} }: ValidatingAdmissionPolicy,
  old: ValidatingAdmissionPolicy | undefined,
  { subresource }: AdmitContext,
): Promise<readonly FieldError[]> {
  if (subresource === 'status') return [];
  const { validations = [] } = spec;
  return [
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...validateConstraints(spec.matchConstraints, 'spec.matchConstraints'),
    ...validateConditions(spec.matchConditions, 'spec.matchConditions'),
    ...validateVariables(spec.variables, 'spec.variables'),
    ...validations.flatMap((one, index) => validateValidation(one, `spec.validations[${index}]`)),
    ...validateAnnotations(spec),
    // What was accepted once stays: another version of the server may have read it otherwise.
    ...(jsonEquals(spec, old?.spec) ? [] : await expressionErrors(spec)),
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

function validateValidation({ expression, message, messageExpression, reason }: Validation, path: string) {
  const errors: FieldError[] = [...presentExpression(`${path}.expression`, expression)];
  if (message !== undefined && message.trim() === '') {
    const detail = 'must be non-empty if specified';
    errors.push({ type: 'Invalid', path: `${path}.message`, value: message, detail });
  }
  if (message?.includes('\n') === true) {
    const detail = 'must not contain line breaks';
    errors.push({ type: 'Invalid', path: `${path}.message`, value: message, detail });
  }
  if (messageExpression !== undefined && messageExpression.trim() === '') {
    const detail = 'must be non-empty if specified';
    errors.push({ type: 'Invalid', path: `${path}.messageExpression`, value: messageExpression, detail });
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, reasons));
  return errors;
}

/** Most audit annotations of one policy. */
const annotationsMax = 20;

function validateAnnotations({ validations = [], auditAnnotations = [] }: ValidatingAdmissionPolicySpec) {
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
    const found: FieldError[] = [...checked(`${path}.key`, key, checkQualifiedName)];
    if (taken.has(key)) found.push({ type: 'Duplicate', path: `${path}.key`, value: key, detail: '' });
    taken.add(key);
    if (valueExpression.trim() !== '') return found;
    const detail = 'valueExpression is not specified';
    return [...found, { type: 'Required', path: `${path}.valueExpression`, detail }];
  };
  return [...errors, ...auditAnnotations.flatMap(check)];
}
