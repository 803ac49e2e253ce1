import type { KindAdmission } from '../../schema/kind.ts';
import type { RoleBinding } from '../../schema/standard/types.ts';
import { defaultBinding, validateBinding } from '../rbac-rules/validate.ts';

/** Rules of RoleBindings (Kubernetes `ValidateRoleBinding`). */
export const admitRoleBinding: KindAdmission<RoleBinding> = {
  mutate: defaultBinding,
  validate: (binding, old) => validateBinding(binding, old, ['Role', 'ClusterRole']),
};
