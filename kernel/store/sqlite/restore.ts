import { revisionsSkippedByRestore, StoreError } from '../../ports/store.ts';
import { writeMeta } from './database.ts';
import { checkLog } from './check.ts';
import { LogFile } from './log-file.ts';

/** The copy of a store that is about to go on where the original was copied. */
export interface RestoreTarget {
  /** Written by `Store.backup`; nobody has it open. */
  readonly path: string;
  /** New, so that whoever remembers the old one notices. */
  readonly epoch: string;
  readonly pid: number;
}

/** What a restored store begins with. */
export interface RestoredStore {
  readonly epoch: string;
  /** Last revision of the backup. */
  readonly backupHead: number;
  /** Where the store goes on: nobody ever saw a revision between the two for another state. */
  readonly head: number;
}

/**
 * Makes a backup the store to go on with: checks every row, gives it a new epoch and skips 10^9 revisions, so that no
 * revision that was given out after the backup ever names another state. The floor moves too: watches and lists of the past
 * that began before are told to begin again. Blocks.
 * @throws {StoreError} `Corrupt` when a row is damaged.
 */
export function restoreSqliteStore({ path, epoch, pid }: RestoreTarget): RestoredStore {
  const log = new LogFile({ path, epoch, pid });
  try {
    const { findings } = checkLog(log);
    if (findings.length > 0) throw new StoreError('Corrupt', `Cannot restore the store: ${findings[0]}`);
    const backupHead = log.head;
    const head = backupHead + revisionsSkippedByRestore;
    log.transaction(() => {
      writeMeta(log.connection, 'epoch', epoch);
      log.raiseFloor(head);
      log.skip({ after: backupHead, before: head });
    });
    return { epoch, backupHead, head };
  } finally {
    log.close();
  }
}
