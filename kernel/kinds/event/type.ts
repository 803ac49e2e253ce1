import { checkPathSegment } from '../../meta/names.ts';
import type { KindDefinition, PrinterColumn, SelectableField } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { Event, ObjectReference } from '../../schema/standard/types.ts';
import { admitEvent } from './admit.ts';
import { convertEvent } from './convert.ts';

/** Seconds an event is kept after it was last written (kube-apiserver `--event-ttl`). */
const eventTtlSeconds = 3600;

/** Columns of `kubectl get events`, for Events of core/v1. */
export const eventColumns: readonly PrinterColumn[] = [
  { name: 'Last Seen', type: 'date', description: 'Time since it last happened.', value: lastSeen },
  { name: 'Type', type: 'string', description: 'Normal or Warning.', value: '.type' },
  { name: 'Reason', type: 'string', description: 'What happened, one word.', value: '.reason' },
  { name: 'Object', type: 'string', description: 'What it happened to.', value: regarding },
  {
    name: 'Subobject',
    type: 'string',
    priority: 1,
    description: 'Part of the object it is about.',
    value: ({ involvedObject }: Event) => involvedObject.fieldPath ?? '',
  },
  { name: 'Source', type: 'string', priority: 1, description: 'Who reported it.', value: source },
  { name: 'Message', type: 'string', description: 'What happened, for people.', value: message },
  {
    name: 'First Seen',
    type: 'date',
    priority: 1,
    description: 'Time since it first happened.',
    value: firstSeen,
  },
  { name: 'Count', type: 'string', priority: 1, description: 'How often it happened.', value: count },
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    priority: 1,
    description: 'Name of the event.',
    value: '.metadata.name',
  },
];

/** Something that happened to an object, for people (`core/v1.Event`). Repetitions are counted in one event. */
export const eventKind: KindDefinition<Event> = {
  group: '',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  scope: 'Namespaced',
  storageVersion: 'v1',
  conversion: { strategy: 'Functions', convert: convertEvent },
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.Event'),
      columns: eventColumns,
      addsAge: false,
    },
  ],
  statusSubresource: false,
  countsGeneration: false,
  // Kubernetes: older than the rules for names (`legacyValidateEvent`).
  checkName: checkPathSegment,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
  history: 'none',
  ttlSeconds: eventTtlSeconds,
  selectableFields: [
    ...regardingFields('kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'),
    { label: 'reason', value: (event: Event) => event.reason ?? '' },
    { label: 'reportingComponent', value: (event: Event) => event.reportingComponent ?? '' },
    { label: 'source', value: (event: Event) => event.source?.component ?? event.reportingComponent ?? '' },
    { label: 'type', value: (event: Event) => event.type ?? '' },
  ],
  admission: admitEvent,
};

function regardingFields(...names: readonly (keyof ObjectReference)[]): readonly SelectableField[] {
  return names.map((name) => ({
    label: `involvedObject.${name}`,
    value: (event: Event) => event.involvedObject[name] ?? '',
  }));
}

function firstSeen({ firstTimestamp, eventTime }: Event): string | undefined {
  return firstTimestamp ?? eventTime;
}

function lastSeen(event: Event): string | undefined {
  return event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);
}

function regarding({ involvedObject: { kind = '', name = '' } }: Event): string {
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}

function source({ source: by, reportingComponent = '', reportingInstance = '' }: Event): string {
  const [component, instance] = [by?.component || reportingComponent, by?.host || reportingInstance];
  return instance === '' ? component : `${component}, ${instance}`;
}

function message(event: Event): string {
  return (event.message ?? '').trim();
}

function count(event: Event): number {
  return event.series?.count ?? event.count ?? 1;
}
