import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { checkQualifiedName } from '../../meta/names.ts';
import type { JsonObject } from '../../meta/object.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Event, EventsV1Event } from '../../schema/standard/types.ts';
import { convertEvent } from './convert.ts';

/** Namespace of events about cluster-scoped objects, and one more that new events may be in. */
const [defaultNamespace, systemNamespace] = ['default', 'kube-system'];
/** Most characters of action, reason and reportingInstance, and of the message of new events. */
const wordLengthMax = 128;
const noteLengthMax = 1024;

/** Rules of core/v1 Events (Kubernetes `pkg/apis/core/validation/events.go`, `legacyValidateEvent`). */
export const admitEvent: KindAdmission<Event> = { validate: (event) => checkEvent(event, 'reportingComponent') };

/** Rules of events.k8s.io/v1 Events: those of core/v1, and stricter ones. Paths are those of core/v1, as upstream. */
export const admitEventsEvent: KindAdmission<EventsV1Event> = {
  validate(shown, shownOld) {
    const event = coreForm(shown);
    const old = shownOld === undefined ? undefined : coreForm(shownOld);
    const strict = old === undefined ? checkNewEvent(event) : checkChange(event, old);
    return [...checkEvent(event, 'reportingController'), ...strict];
  },
};

function coreForm(event: EventsV1Event): Event {
  return convertEvent(event as EventsV1Event & JsonObject, 'v1') as JsonObject & Event;
}

/** What the reporting component is called: its name in the version that was asked for, unlike that of all other fields. */
type ReporterField = 'reportingComponent' | 'reportingController';

/** An event lives in the namespace of what it is about; one with an eventTime says who reports what. */
function checkEvent(event: Event, reporter: ReporterField): readonly FieldError[] {
  const { metadata, involvedObject, eventTime } = event;
  const about = involvedObject.namespace ?? '';
  const namespace = metadata.namespace ?? '';
  const isNew = eventTime !== undefined;
  const allowed = isNew ? [defaultNamespace, systemNamespace] : [defaultNamespace];
  const isRight = about === '' ? allowed.includes(namespace) : isNew || about === namespace;
  const errors: FieldError[] = [];
  if (!isRight) {
    const detail = 'does not match event.namespace';
    errors.push({ type: 'Invalid', path: 'involvedObject.namespace', value: about, detail });
  }
  return isNew ? [...errors, ...checkReport(event, reporter)] : errors;
}

function checkReport(event: Event, reporter: ReporterField): readonly FieldError[] {
  const { reportingComponent = '', reportingInstance, action, reason, message = '' } = event;
  const errors: FieldError[] = [];
  if (reportingComponent === '') errors.push({ type: 'Required', path: reporter, detail: '' });
  for (const detail of checkQualifiedName(reportingComponent)) {
    errors.push({ type: 'Invalid', path: reporter, value: reportingComponent, detail });
  }
  for (const [path, value = ''] of [
    ['reportingInstance', reportingInstance],
    ['action', action],
    ['reason', reason],
  ] as const) {
    if (value === '') errors.push({ type: 'Required', path, detail: '' });
    if (value.length > wordLengthMax) errors.push(tooLong(path, wordLengthMax));
  }
  if (message.length > noteLengthMax) errors.push(tooLong('message', noteLengthMax));
  return errors;
}

function tooLong(path: string, lengthMax: number): FieldError {
  return { type: 'Invalid', path, value: '', detail: `can have at most ${lengthMax} characters` };
}

/** `ValidateEventCreate` for events.k8s.io/v1. */
function checkNewEvent(event: Event): readonly FieldError[] {
  const { eventTime, type = '', source = {} } = event;
  const errors: FieldError[] = [...checkSeries(event)];
  if (eventTime === undefined) errors.push({ type: 'Required', path: 'eventTime', detail: '' });
  if (type !== 'Normal' && type !== 'Warning') {
    errors.push({ type: 'Invalid', path: 'type', value: '', detail: `has invalid value: ${type}` });
  }
  for (const [path, isSet] of [
    ['firstTimestamp', event.firstTimestamp !== undefined],
    ['lastTimestamp', event.lastTimestamp !== undefined],
    ['count', (event.count ?? 0) !== 0],
    ['source', (source.component ?? '') !== '' || (source.host ?? '') !== ''],
  ] as const) {
    if (isSet) errors.push({ type: 'Invalid', path, value: '', detail: 'needs to be unset' });
  }
  return errors;
}

const immutableFields = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingController',
  'reportingInstance',
] as const;

/** `ValidateEventUpdate` for events.k8s.io/v1: only the series goes on. */
function checkChange(event: Event, old: Event): readonly FieldError[] {
  const errors: FieldError[] = jsonEquals(event.series, old.series) ? [] : [...checkSeries(event)];
  for (const path of immutableFields) {
    const field = path === 'reportingController' ? 'reportingComponent' : path;
    const value = event[field];
    if (jsonEquals(value, old[field])) continue;
    errors.push({ type: 'Invalid', path, value, detail: 'field is immutable' });
  }
  return errors;
}

function checkSeries({ series }: Event): readonly FieldError[] {
  if (series === undefined) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) {
    errors.push({ type: 'Invalid', path: 'series.count', value: '', detail: 'should be at least 2' });
  }
  if (series.lastObservedTime === undefined) {
    errors.push({ type: 'Required', path: 'series.lastObservedTime', detail: '' });
  }
  return errors;
}
