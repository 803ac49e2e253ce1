import { convertedColumns } from '../../schema/converted-columns.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { ObjectSchema } from '../../schema/schema.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { EventsV1Event } from '../../schema/standard/types.ts';
import { admitEventsEvent } from './admit.ts';
import { convertEvent } from './convert.ts';
import { eventColumns, eventKind } from './type.ts';

/** Names of fields by which Events are selected here and in core/v1. */
const selectable: readonly (readonly [label: string, storedLabel: string])[] = [
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (field) => [`regarding.${field}`, `involvedObject.${field}`] as const,
  ),
  ['reason', 'reason'],
  ['reportingController', 'reportingComponent'],
  ['type', 'type'],
];

/** The same Events as those of core/v1, in the newer form (`events.k8s.io/v1.Event`). */
export const eventsEventKind: KindDefinition<EventsV1Event> = {
  group: 'events.k8s.io',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  scope: 'Namespaced',
  storageVersion: 'v1',
  storedAs: eventKind,
  conversion: { strategy: 'Functions', convert: convertEvent },
  versions: [
    {
      name: 'v1',
      served: true,
      schema: withoutRequiredTime(standardSchema('events/v1.Event')),
      columns: convertedColumns(eventColumns, (event) => convertEvent(event, 'v1')),
      addsAge: false,
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'none',
  selectableFields: selectable.map(([label, storedLabel]) => ({ label, storedLabel, value: () => '' })),
  admission: admitEventsEvent,
};

/** Events of old have no eventTime and can be changed here all the same; `admit.ts` wants it of new ones. */
function withoutRequiredTime(schema: ObjectSchema): ObjectSchema {
  const { eventTime, ...others } = schema.properties;
  if (eventTime === undefined) return schema;
  const { required: _required, ...optional } = eventTime;
  return { ...schema, properties: { eventTime: optional, ...others } };
}
