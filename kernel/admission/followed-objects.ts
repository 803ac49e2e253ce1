import type { CachedObject } from '../cache/cached-object.ts';
import type { ObjectCache } from '../cache/object-cache.ts';

/**
 * The current objects of a few kinds that configure admission, kept up to date in the step in which a change becomes visible:
 * whoever was told that a policy is there can rely on it with the next write.
 */
export class FollowedObjects {
  readonly #objects = new Map<string, Map<string, CachedObject>>();
  #changeCount = 0;

  /** Grows with each change. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** Loads all objects of the resources and follows their changes for the life of the cache. */
  follow(cache: ObjectCache, resources: readonly string[]): void {
    for (const name of resources) {
      const objects = new Map<string, CachedObject>();
      this.#objects.set(name, objects);
      const resource = cache.resource(name);
      resource.visit('', (object) => {
        objects.set(object.key, object);
        return true;
      });
      resource.onPublish((object, isDeletion) => {
        this.#changeCount++;
        if (isDeletion) objects.delete(object.key);
        else objects.set(object.key, object);
      });
      this.#changeCount++;
    }
  }

  /** Number of objects of a resource. */
  count(resource: string): number {
    return this.#objects.get(resource)?.size ?? 0;
  }

  /** Objects of a resource, by name. */
  list(resource: string): readonly CachedObject[] {
    const objects = [...(this.#objects.get(resource)?.values() ?? [])];
    return objects.toSorted((a, b) => (a.row.name < b.row.name ? -1 : 1));
  }
}
