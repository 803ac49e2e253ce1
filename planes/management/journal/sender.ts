import type { Clock } from '../../../kernel/base/clock.ts';
import type { RowQueue } from '../../../kernel/ports/rows.ts';
import type { HubConnection } from '../hub-line/connection.ts';
import { sitePath } from '../hub-line/protocol.ts';
import { orAborted } from '../hub-line/wait.ts';
import { countField } from '../request-body/fields.ts';
import { parseRow } from './row.ts';
import type { Journal } from './journal.ts';

/** What sending the journal needs. */
export interface SenderPorts {
  readonly rows: RowQueue;
  readonly siteName: string;
  readonly clock: Clock;
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
  journal: Journal,
  signal: AbortSignal,
): Promise<void> {
  let sentUpTo = 0;
  for (;;) {
    const { next, epoch } = journal;
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
