import { FollowedObjects } from '../../admission/followed-objects.ts';
import type { ObjectCache } from '../../cache/object-cache.ts';
import { formatResource } from '../../meta/key.ts';
import type { KindCatalog } from '../../ports/resources.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../schema/standard/types.ts';
import type { FlowConfiguration } from './flow-control.ts';
import type { ResourceSize } from './work-estimate.ts';

const schemaResource = 'flowschemas.flowcontrol.apiserver.k8s.io';
const levelResource = 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io';
/** Objects whose size stands for that of all of their kind. */
const sampledMax = 8;

/**
 * Calls `configure` now and with every change of the objects that configure flow control, in the step in which it becomes
 * visible.
 */
export function followFlowObjects(cache: ObjectCache, configure: (configuration: FlowConfiguration) => void): void {
  const objects = new FollowedObjects();
  objects.follow(cache, [schemaResource, levelResource]);
  const refresh = () =>
    configure({
      schemas: objects.list(schemaResource).map((object) => object.parsed() as FlowSchema),
      levels: objects.list(levelResource).map((object) => object.parsed() as PriorityLevelConfiguration),
    });
  for (const name of [schemaResource, levelResource]) cache.resource(name).onPublish(refresh);
  refresh();
}

/** What requests for the resources of a catalog have to do with. */
export function resourceSizes(
  cache: ObjectCache,
  catalog: KindCatalog,
): (group: string, plural: string) => ResourceSize | undefined {
  return (group, plural) => {
    // Only of what is served: everybody can ask for anything, and the cache would remember it.
    if (catalog.find(group, plural) === undefined) return undefined;
    const resource = cache.resource(formatResource(plural, group));
    let [sampledCount, sampledBytes] = [0, 0];
    resource.visit('', (object) => {
      sampledCount++;
      sampledBytes += object.bytes.byteLength;
      return sampledCount < sampledMax;
    });
    const averageBytes = sampledCount === 0 ? 0 : sampledBytes / sampledCount;
    return { objectCount: resource.size, averageBytes, watcherCount: resource.watcherCount };
  };
}
