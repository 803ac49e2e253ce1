import type { CachedObject } from '../../cache/cached-object.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { ClusterRoleBinding } from '../../schema/standard/types.ts';
import { followResource } from '../follow-resource.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';

const group = 'rbac.authorization.k8s.io';

/** Tells an authorizer of all roles and bindings of a cache and of every change (`followResource`). */
export function followCache(rbac: RbacAuthorizer, cache: ObjectCache): void {
  const roles = {
    put: (object: CachedObject) => rbac.putRole(object.parsed()),
    remove: ({ row }: CachedObject) => rbac.removeRole(row.namespace, row.name),
  };
  const bindings = {
    put: (object: CachedObject) => rbac.putBinding(object.parsed() as ClusterRoleBinding),
    remove: ({ row }: CachedObject) => rbac.removeBinding(row.namespace, row.name),
  };
  for (const plural of ['roles', 'clusterroles']) followResource(cache, `${plural}.${group}`, roles);
  for (const plural of ['rolebindings', 'clusterrolebindings']) followResource(cache, `${plural}.${group}`, bindings);
}
