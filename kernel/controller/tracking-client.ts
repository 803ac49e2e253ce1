import type { KubeObject } from '../meta/object.ts';
import { formatResource } from '../meta/key.ts';
import type { Client } from '../ports/client.ts';
import type { KindDefinition } from '../schema/kind.ts';

/** Highest revision written per resource. */
export type WrittenRevisions = Map<string, number>;

/** Where the tracking client notes revisions; one book per object of a controller. */
function note(written: WrittenRevisions, kind: KindDefinition, resourceVersion: string): void {
  const resource = formatResource(kind.plural, kind.group);
  const revision = Number(resourceVersion);
  if (revision > (written.get(resource) ?? 0)) written.set(resource, revision);
}

/**
 * A client that notes the revision of every write, so that the loop can wait until its caches include them: a pass
 * never decides on a state older than what the previous pass wrote.
 */
export function trackingClient(inner: Client, written: WrittenRevisions): Client {
  const noted = async <T extends KubeObject>(kind: KindDefinition<T>, write: Promise<T>): Promise<T> => {
    const object = await write;
    note(written, kind, object.metadata.resourceVersion);
    return object;
  };
  return {
    get: (kind, at, signal) => inner.get(kind, at, signal),
    list: (kind, options, signal) => inner.list(kind, options, signal),
    watch: (kind, options, signal) => inner.watch(kind, options, signal),
    create: (kind, object, options, signal) => noted(kind, inner.create(kind, object, options, signal)),
    update: (kind, object, options, signal) => noted(kind, inner.update(kind, object, options, signal)),
    patch: (kind, at, patch, options, signal) => noted(kind, inner.patch(kind, at, patch, options, signal)),
    apply: (kind, object, options, signal) => noted(kind, inner.apply(kind, object, options, signal)),
    delete: async (kind, at, options, signal) => {
      const deleted = await inner.delete(kind, at, options, signal);
      note(written, kind, deleted.resourceVersion);
      return deleted;
    },
  };
}
