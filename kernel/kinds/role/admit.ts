import type { KindAdmission } from '../../schema/kind.ts';
import type { Role } from '../../schema/standard/types.ts';
import { validateRules } from '../rbac-rules/validate.ts';

/** Rules of Roles (Kubernetes `ValidateRole`). */
export const admitRole: KindAdmission<Role> = {
  validate: ({ rules }) => validateRules(rules ?? [], true),
};
