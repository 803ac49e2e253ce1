import { encodeJson, parseJson } from '../../../kernel/meta/json.ts';
import { type JsonObject, type KubeObject, isJsonObject } from '../../../kernel/meta/object.ts';
import type { NewRow } from '../../../kernel/ports/rows.ts';

/** The parts of core/v1 Event that are kept. */
export interface JournalEvent {
  readonly resourceVersion: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly regarding: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly component: string;
}

/** An Event as the site's kernel stores it. */
export interface SiteEvent extends KubeObject {
  readonly involvedObject?: JournalEvent['regarding'];
  readonly type?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly count?: number | undefined;
  readonly firstTimestamp?: string | null | undefined;
  readonly lastTimestamp?: string | null | undefined;
  readonly eventTime?: string | null | undefined;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string | undefined;
}

/** Longest message that is kept, characters (that of Kubernetes events). */
const messageCharactersMax = 1_024;

/** The row of an event. Repetitions of one event replace each other while they wait. */
export function journalRow(event: SiteEvent): NewRow {
  const { uid, resourceVersion, namespace = '', name, creationTimestamp } = event.metadata;
  const lastTimestamp = event.lastTimestamp ?? event.eventTime ?? creationTimestamp;
  const row: JournalEvent = {
    resourceVersion,
    namespace,
    name,
    uid,
    regarding: event.involvedObject ?? {},
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: (event.message ?? '').slice(0, messageCharactersMax),
    count: event.count ?? 1,
    firstTimestamp: event.firstTimestamp ?? lastTimestamp,
    lastTimestamp,
    component: event.source?.component ?? event.reportingComponent ?? '',
  };
  return { bytes: encodeJson(row), series: uid };
}

/** Reads the bytes of a row. @throws {ApiError} `BadRequest`. */
export function parseRow(bytes: Uint8Array): JsonObject {
  const { value } = parseJson(bytes);
  return isJsonObject(value) ? value : {};
}
