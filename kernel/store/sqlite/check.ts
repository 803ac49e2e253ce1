import { StoreError } from '../../ports/store.ts';
import { LogFile } from './log-file.ts';
import { rowsOutsideIndex, strayIndexEntries } from './object-index.ts';

/** What a full check found. */
export interface CheckReport {
  readonly rowCount: number;
  readonly head: number;
  readonly epoch: string;
  /** For people; empty when everything is as it should be. At most `findingsMax`. */
  readonly findings: readonly string[];
}

const findingsMax = 20;

/**
 * Reads everything in the store of a file that nobody has open: SQLite's own check, the checksum of every row, and whether
 * the index and the log agree. Takes seconds per gigabyte and blocks. Like every start it recovers and migrates first.
 * @throws {StoreError} when the file cannot be opened at all.
 */
export function checkSqliteStore({ path, pid }: { readonly path: string; readonly pid: number }): CheckReport {
  const log = new LogFile({ path, epoch: 'unknown', pid });
  try {
    return checkLog(log);
  } finally {
    log.close();
  }
}

/** The same for a log that is open. */
export function checkLog(log: LogFile): CheckReport {
  const { connection, head, epoch } = log;
  const findings: string[] = [];
  let rowCount = 0;
  try {
    for (const line of connection.prepare(`PRAGMA integrity_check(${findingsMax})`).all()) {
      if (line['integrity_check'] !== 'ok') findings.push(`SQLite: ${String(line['integrity_check'])}`);
    }
    for (const row of log.readForCheck()) {
      rowCount++;
      if (row instanceof StoreError) findings.push(row.message);
    }
    for (const revision of rowsOutsideIndex(connection, findingsMax)) {
      findings.push(`Revision ${revision} is in the log, but not in the index`);
    }
    for (const revision of strayIndexEntries(connection, findingsMax)) {
      findings.push(`Revision ${revision} is in the index, but not in the log`);
    }
  } catch (error) {
    // A damaged page ends the walk; what was found before is worth more than the rest.
    findings.push(error instanceof Error ? error.message : String(error));
  }
  return { rowCount, head, epoch, findings: findings.slice(0, findingsMax) };
}
