import type { Clock } from '../../kernel/base/clock.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import { mandatoryFlowSchemas, suggestedFlowSchemas } from '../../kernel/kinds/flowschema/defaults.ts';
import { flowSchemaKind } from '../../kernel/kinds/flowschema/type.ts';
import {
  mandatoryPriorityLevels,
  suggestedPriorityLevels,
} from '../../kernel/kinds/prioritylevelconfiguration/defaults.ts';
import type { KindCatalog } from '../../kernel/ports/resources.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../kernel/schema/standard/types.ts';
import { FlowControl } from '../../kernel/server/flowcontrol/flow-control.ts';
import { followFlowObjects, resourceSizes } from '../../kernel/server/flowcontrol/follow-cache.ts';

/** What flow control of a kernel follows. */
interface FlowSources {
  readonly cache: ObjectCache;
  readonly catalog: KindCatalog;
  readonly clock: Clock;
  readonly seats: number;
}

/** Flow control by the objects of a kernel; where it serves none, by those every server starts with. */
export function openFlowControl({ cache, catalog, clock, seats }: FlowSources): FlowControl {
  const isServed = catalog.find(flowSchemaKind.group, flowSchemaKind.plural) !== undefined;
  const levels = isServed ? mandatoryPriorityLevels : [...mandatoryPriorityLevels, ...suggestedPriorityLevels];
  const schemas = isServed ? mandatoryFlowSchemas : [...mandatoryFlowSchemas, ...suggestedFlowSchemas];
  const mandatory = {
    levels: levels.map(asObject<PriorityLevelConfiguration>),
    schemas: schemas.map(asObject<FlowSchema>),
  };
  const control = new FlowControl({ clock, seats, mandatory, sizeOf: resourceSizes(cache, catalog) });
  if (isServed) followFlowObjects(cache, (configuration) => control.configure(configuration));
  return control;
}

function asObject<T>({ name, spec }: { readonly name: string; readonly spec: unknown }): T {
  return { metadata: { name, uid: '' }, spec } as T;
}
