import { cacheKey } from '../../kernel/cache/cached-object.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { Draft, KubeObject } from '../../kernel/meta/object.ts';
import type { Client } from '../../kernel/ports/client.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';

/** A cluster-scoped object that is there when a server has started. */
export interface StartObject {
  readonly kind: KindDefinition;
  readonly object: { readonly metadata: { readonly name: string } } & Readonly<Record<string, unknown>>;
}

/**
 * Makes the objects that are not there; those that are stay as people left them. All writes are made at once, so that they
 * share a disk sync.
 */
export async function makeStartObjects(
  client: Client,
  cache: ObjectCache,
  objects: readonly StartObject[],
  signal: AbortSignal,
): Promise<void> {
  const missing = objects.filter(({ kind, object }) => {
    const stored = cache.resource(formatResource(kind.plural, kind.group));
    return stored.get(cacheKey('', object.metadata.name)) === undefined;
  });
  await Promise.all(
    missing.map(({ kind, object }) => unlessThere(client.create(kind, object as Draft<KubeObject>, {}, signal))),
  );
}

/** Waits for a create; that somebody else was faster, for example another start on the same store, is as good. */
export async function unlessThere(created: Promise<unknown>): Promise<void> {
  try {
    await created;
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
  }
}
