import type { CachedObject } from '../../cache/cached-object.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { ClusterRoleBinding } from '../../schema/standard/types.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';

const group = 'rbac.authorization.k8s.io';

/**
 * Tells an authorizer of all roles and bindings of a cache and of every change, in the very step in which the change becomes
 * visible: whoever was told that a binding is there can use it at once, and one that is gone helps nobody any more.
 */
export function followCache(rbac: RbacAuthorizer, cache: ObjectCache): void {
  const follow = (plural: string, put: (object: CachedObject) => void, remove: (object: CachedObject) => void) => {
    const resource = cache.resource(`${plural}.${group}`);
    resource.visit('', (object) => {
      put(object);
      return true;
    });
    resource.onPublish((object, isDeletion) => (isDeletion ? remove(object) : put(object)));
  };
  const putRole = (object: CachedObject) => rbac.putRole(object.parsed());
  const putBinding = (object: CachedObject) => rbac.putBinding(object.parsed() as ClusterRoleBinding);
  const removeRole = ({ row }: CachedObject) => rbac.removeRole(row.namespace, row.name);
  const removeBinding = ({ row }: CachedObject) => rbac.removeBinding(row.namespace, row.name);
  for (const plural of ['roles', 'clusterroles']) follow(plural, putRole, removeRole);
  for (const plural of ['rolebindings', 'clusterrolebindings']) follow(plural, putBinding, removeBinding);
}
