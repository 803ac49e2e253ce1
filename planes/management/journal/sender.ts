import type { Clock } from '../../../kernel/base/clock.ts';
import type { Random } from '../../../kernel/base/random.ts';
import type { RowQueue } from '../../../kernel/ports/rows.ts';
import type { HubConnection } from '../hub-line/connection.ts';
import { type MembershipPorts, ensureMembership, writeJournalEpoch } from '../hub-line/membership.ts';
import { sitePath } from '../hub-line/protocol.ts';
import { countField } from '../request-body/fields.ts';
import { parseRow } from './row.ts';
import type { JournalTicker } from './ticker.ts';

/** What sending the journal needs. */
export interface SenderPorts extends MembershipPorts {
  readonly rows: RowQueue;
  readonly clock: Clock;
  readonly random: Random;
}

/** Rows in one batch. */
export const batchRowsMax = 200;
/** Pause after a batch, so that a burst of events becomes one batch. */
const gatherMs = 500;

/**
 * Sends the journal to the hub, oldest first, and forgets what the hub has confirmed, but for the last row: it tells
 * the collector where it stopped. Runs until the session ends.
 * @throws {ApiError} when the hub does not answer.
 */
export async function sendJournal(
  connection: HubConnection,
  ports: SenderPorts,
  ticker: JournalTicker,
  signal: AbortSignal,
): Promise<void> {
  const epoch = await journalEpoch(ports, signal);
  let sentUpTo = 0;
  for (;;) {
    const { next } = ticker;
    const batch = await ports.rows.read(sentUpTo, batchRowsMax, signal);
    const last = batch.at(-1);
    if (last === undefined) {
      await orAborted(next, signal);
      await ports.clock.sleep(gatherMs, signal);
      continue;
    }
    const rows = batch.map((row) =>
      row.kind === 'row'
        ? { sequence: row.sequence, event: parseRow(row.bytes) }
        : { sequence: row.sequence, dropped: row.droppedCount },
    );
    const request = { method: 'POST', path: sitePath(ports.siteName, 'journal'), body: { epoch, rows } } as const;
    const answer = await connection.requestJson(request, signal);
    sentUpTo = Math.max(last.sequence, countField(answer, 'sequence'));
    await ports.rows.acknowledge(last.sequence - 1, signal);
  }
}

/** The name of this journal. A queue that has never held a row is a new journal: its sequence numbers begin anew. */
async function journalEpoch(ports: SenderPorts, signal: AbortSignal): Promise<string> {
  const known = (await ensureMembership(ports, signal)).status?.journalEpoch;
  if (known !== undefined && ports.rows.nextSequence > 1) return known;
  const epoch = ports.random.uuid();
  await writeJournalEpoch(ports, epoch, signal);
  return epoch;
}

/** Waits for a promise. @throws the abort reason when `signal` aborts first. */
async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
