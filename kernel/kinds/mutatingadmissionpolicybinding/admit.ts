import type { KindAdmission } from '../../schema/kind.ts';
import type { MutatingAdmissionPolicyBinding } from '../../schema/standard/types.ts';
import { validateBinding } from '../admission-rules/policy.ts';

/** Rules of MutatingAdmissionPolicyBindings (Kubernetes `ValidateMutatingAdmissionPolicyBinding`). */
export const admitMutatingAdmissionPolicyBinding: KindAdmission<MutatingAdmissionPolicyBinding> = {
  validate: ({ spec = {} }) => validateBinding(spec, 'spec'),
};
