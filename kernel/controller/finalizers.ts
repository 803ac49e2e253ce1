import type { KubeObject } from '../meta/object.ts';
import type { Client } from '../ports/client.ts';
import type { KindDefinition } from '../schema/kind.ts';

/** Which object to release, and from what. */
export interface FinalizerRemoval<T extends KubeObject> {
  readonly kind: KindDefinition<T>;
  readonly object: T;
  readonly finalizer: string;
}

/**
 * Takes a finalizer off, unless the object changed meanwhile. Does nothing when it is off already.
 * @throws {ApiError} `Conflict` when the object changed: look again.
 */
export async function removeFinalizer<T extends KubeObject>(
  client: Client,
  { kind, object, finalizer }: FinalizerRemoval<T>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, resourceVersion, finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return;
  const rest = finalizers.filter((candidate) => candidate !== finalizer);
  const at = namespace === undefined ? { name } : { namespace, name };
  const body = { metadata: { resourceVersion, finalizers: rest } };
  await client.patch(kind, at, { type: 'merge', body }, {}, signal);
}
