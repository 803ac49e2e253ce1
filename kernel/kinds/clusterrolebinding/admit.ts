import type { KindAdmission } from '../../schema/kind.ts';
import type { ClusterRoleBinding } from '../../schema/standard/types.ts';
import { defaultBinding, validateBinding } from '../rbac-rules/validate.ts';

/** Rules of ClusterRoleBindings (Kubernetes `ValidateClusterRoleBinding`). */
export const admitClusterRoleBinding: KindAdmission<ClusterRoleBinding> = {
  mutate: defaultBinding,
  validate: (binding, old) => validateBinding(binding, old, ['ClusterRole']),
};
