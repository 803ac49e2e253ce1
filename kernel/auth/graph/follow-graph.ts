import type { CachedObject } from '../../cache/cached-object.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import { formatResource } from '../../meta/key.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { followResource } from '../follow-resource.ts';
import type { GraphAuthorizer } from './graph-authorizer.ts';

/** Tells a graph of all objects of the kinds that are part of it, and of every change (`followResource`). */
export function followGraph(graph: GraphAuthorizer, cache: ObjectCache, kinds: readonly KindDefinition[]): void {
  for (const definition of kinds) {
    if (definition.authorization === undefined) continue;
    followResource(cache, formatResource(definition.plural, definition.group), {
      put: (object) => graph.put(definition, asGraphObject(object)),
      remove: ({ row }) => graph.remove(definition, row),
    });
  }
}

function asGraphObject(object: CachedObject) {
  const { namespace, name } = object.row;
  return { namespace, name, parsed: () => object.parsed() };
}
