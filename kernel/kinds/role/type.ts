import { checkPathSegment } from '../../meta/names.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { Role } from '../../schema/standard/types.ts';
import { createdAtColumn } from '../rbac-rules/columns.ts';
import { admitRole } from './admit.ts';

/** Rights inside one namespace, to be granted by RoleBindings (`rbac.authorization.k8s.io/v1.Role`). */
export const roleKind: KindDefinition<Role> = {
  group: 'rbac.authorization.k8s.io',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [
    { name: 'v1', served: true, schema: standardSchema('rbac/v1.Role'), columns: [createdAtColumn], addsAge: false },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'spec',
  checkName: checkPathSegment,
  admission: admitRole,
};
