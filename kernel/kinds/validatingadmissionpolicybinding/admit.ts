import type { FieldError } from '../../meta/errors.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { ValidatingAdmissionPolicyBinding } from '../../schema/standard/types.ts';
import { validateBinding } from '../admission-rules/policy.ts';

/** Rules of ValidatingAdmissionPolicyBindings (Kubernetes `ValidateValidatingAdmissionPolicyBinding`). */
export const admitValidatingAdmissionPolicyBinding: KindAdmission<ValidatingAdmissionPolicyBinding> = {
  validate: ({ spec = {} }): readonly FieldError[] => [
    ...validateBinding(spec, 'spec'),
    ...validateActions(spec.validationActions ?? []),
  ],
};

function validateActions(actions: readonly string[]): readonly FieldError[] {
  const path = 'spec.validationActions';
  if (actions.length === 0) return [{ type: 'Required', path, detail: 'at least one validation action is required' }];
  const repeated = actions.flatMap((action, index): readonly FieldError[] =>
    actions.indexOf(action) === index
      ? []
      : [{ type: 'Duplicate', path: `${path}[${index}]`, value: action, detail: '' }],
  );
  if (!actions.includes('Deny') || !actions.includes('Warn')) return repeated;
  const detail =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  return [...repeated, { type: 'Invalid', path, value: actions, detail }];
}
