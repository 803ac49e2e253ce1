import { formatTime } from '../../../kernel/base/clock.ts';
import type { Draft, JsonObject } from '../../../kernel/meta/object.ts';
import { isJsonObject } from '../../../kernel/meta/object.ts';
import type { eventKind } from '../../../kernel/kinds/event/type.ts';
import { managementApiVersion, siteNamespace } from '../site/type.ts';

type EventOf<K> = K extends { readonly objectType?: infer T } ? NonNullable<T> : never;
/** An Event without its metadata. */
export type EventBody = Omit<Draft<EventOf<typeof eventKind>>, 'metadata'>;

/** The hub's copy of an event of a site: original times and object, in the namespace of the site. */
export function eventFromRow(row: JsonObject, siteName: string): EventBody {
  const regarding = isJsonObject(row['regarding']) ? row['regarding'] : {};
  return {
    // Events stand in the namespace of what they are about; the original one is in an annotation.
    involvedObject: {
      ...textIn(regarding, 'apiVersion'),
      ...textIn(regarding, 'kind'),
      ...textIn(regarding, 'name'),
      ...textIn(regarding, 'uid'),
      namespace: siteNamespace(siteName),
    },
    ...textIn(row, 'type'),
    ...textIn(row, 'reason'),
    ...textIn(row, 'message'),
    ...textIn(row, 'firstTimestamp'),
    ...textIn(row, 'lastTimestamp'),
    count: typeof row['count'] === 'number' ? row['count'] : 1,
    source: { host: siteName, ...textIn(row, 'component') },
  };
}

/** The event that says that events are missing. */
export function eventFromGap(dropped: number, siteName: string, nowMs: number): EventBody {
  return {
    involvedObject: {
      apiVersion: managementApiVersion,
      kind: 'Site',
      name: siteName,
      namespace: siteNamespace(siteName),
    },
    type: 'Warning',
    reason: 'EventsDropped',
    message: `${dropped} events of this site were dropped because its journal was full`,
    firstTimestamp: formatTime(nowMs),
    lastTimestamp: formatTime(nowMs),
    count: 1,
    source: { host: siteName, component: 'journal' },
  };
}

function textIn(object: JsonObject, name: string): Readonly<Record<string, string>> {
  const value = object[name];
  return typeof value === 'string' ? { [name]: value } : {};
}
