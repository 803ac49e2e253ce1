import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';

/** Who is told of objects. Neither method may throw. */
export interface ResourceFollower {
  put(object: CachedObject): void;
  remove(object: CachedObject): void;
}

/**
 * Tells of all objects of a resource and of every change, in the very step in which the change becomes visible, for the life
 * of the cache: what gives rights counts at once, and what is gone helps nobody any more.
 * @param resource `clusterroles.rbac.authorization.k8s.io`.
 */
export function followResource(cache: ObjectCache, name: string, follower: ResourceFollower): void {
  const resource = cache.resource(name);
  resource.visit('', (object) => {
    follower.put(object);
    return true;
  });
  resource.onPublish((object, isDeletion) => (isDeletion ? follower.remove(object) : follower.put(object)));
}
