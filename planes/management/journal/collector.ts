import { type Clock, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import { errorText, isApiError } from '../../../kernel/meta/errors.ts';
import type { Client, KindLookup } from '../../../kernel/ports/client.ts';
import type { RowQueue } from '../../../kernel/ports/rows.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { type SiteEvent, journalRow, parseRow } from './row.ts';
import type { Journal } from './journal.ts';

/** What collecting events needs. */
export interface CollectorPorts {
  readonly client: Client;
  readonly kinds: KindLookup;
  readonly rows: RowQueue;
  readonly clock: Clock;
  readonly log: Logger;
}

const rowsPerRead = 500;
const retryMs = 1_000;

/**
 * Appends every event of this site to the journal, once. Where it stopped is read from the last row of the queue (the
 * sender always leaves one), so nothing is lost or repeated over a restart, as long as the kernel's watch window or
 * the life of events reaches back that far.
 */
export async function collectEvents(ports: CollectorPorts, journal: Journal, signal: AbortSignal): Promise<void> {
  const kind = ports.kinds.findKind('v1', 'Event');
  if (kind === undefined) return;
  let cursor: number | undefined;
  while (!signal.aborted) {
    try {
      cursor ??= await readCursor(ports.rows, signal);
      cursor = await follow(kind, cursor, ports, journal, signal);
    } catch (error) {
      if (signal.aborted) return;
      ports.log.warn('events cannot be collected, trying again', { error: errorText(error) });
      cursor = undefined;
      await sleepUnlessAborted(ports.clock, retryMs, signal);
    }
  }
}

/** The resourceVersion of the last event in the queue; 0 for an empty one. */
async function readCursor(rows: RowQueue, signal: AbortSignal): Promise<number> {
  let cursor = 0;
  let after = 0;
  for (;;) {
    const page = await rows.read(after, rowsPerRead, signal);
    for (const row of page) {
      after = row.sequence;
      if (row.kind === 'row') cursor = Math.max(cursor, Number(parseRow(row.bytes)['resourceVersion'] ?? 0));
    }
    if (page.length < rowsPerRead) return cursor;
  }
}

/** Appends events until the watch ends. @returns how far it came. */
async function follow(
  kind: KindDefinition<SiteEvent>,
  from: number,
  ports: CollectorPorts,
  journal: Journal,
  signal: AbortSignal,
): Promise<number> {
  let cursor = from === 0 ? await catchUp(kind, 0, ports, journal, signal) : from;
  try {
    for await (const event of ports.client.watch(kind, { resourceVersion: String(cursor) }, signal)) {
      if (event.type === 'ADDED' || event.type === 'MODIFIED') await append([event.object], ports, journal, signal);
      cursor = Number(event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion);
    }
    return cursor;
  } catch (error) {
    if (!isApiError(error, 'Expired', 'Gone')) throw error;
    return catchUp(kind, cursor, ports, journal, signal);
  }
}

/** Appends all events that are newer than `after`. @returns the revision of the list. */
async function catchUp(
  kind: KindDefinition<SiteEvent>,
  after: number,
  ports: CollectorPorts,
  journal: Journal,
  signal: AbortSignal,
): Promise<number> {
  const listed = await ports.client.list(kind, {}, signal);
  const news = listed.items.filter((event) => Number(event.metadata.resourceVersion) > after);
  await append(
    news.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)),
    ports,
    journal,
    signal,
  );
  return Number(listed.resourceVersion);
}

async function append(
  events: readonly SiteEvent[],
  { rows }: CollectorPorts,
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  if (events.length === 0) return;
  await rows.append(events.map(journalRow), signal);
  journal.tick();
}
