import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CompactionBounds, ObjectRows, RowPage, RowValue, StoreRecovery } from '../../ports/store.ts';
import { StoreError } from '../../ports/store.ts';
import type { CompactionStep } from './compaction.ts';
import { Compaction } from './compaction.ts';
import { copyDatabase } from './copy-database.ts';
import { restartWal, walFrameCount } from './database.ts';
import { storeErrorCodeOf } from './failure.ts';
import { createPrivateFile, syncPath } from './files.ts';
import type { LogFileOptions, Refusal } from './log-file.ts';
import { LogFile } from './log-file.ts';
import { decodeCommits, encodeRecords, encodeRows } from './row-codec.ts';
import { reserveWal } from './wal.ts';

/** Rows on their way to the other thread. */
export interface PackedPage {
  /** `encodeRows`. */
  readonly packed: Uint8Array;
  readonly next?: number;
}

/** Frames after which the write-ahead log is moved into the main file (32 MB): larger means rarer but longer pauses. */
const walFramesMax = 8_000;
/** Entries of the index moved to the disk at once, so that commits wait a millisecond at most. */
const movedEntriesMin = 128;
/** After a failed attempt, frames until the next: it fails for lack of space, which does not pass in milliseconds. */
const walFramesBeforeRetry = 1_000;

/** What the worker does for `SqliteStore`; called by message. */
export class LogService {
  readonly #log: LogFile;
  readonly #compaction: Compaction;
  readonly #walPath: string;
  readonly #warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  #restartAtFrames = walFramesMax;
  /** Rows of the last append. */
  #newRowCount = 0;

  constructor(options: LogFileOptions, warn: (message: string, fields: Readonly<Record<string, unknown>>) => void) {
    this.#log = new LogFile(options);
    this.#compaction = new Compaction(this.#log);
    this.#walPath = `${options.path}-wal`;
    this.#warn = warn;
  }

  /** See `StoreRecovery`. */
  recovery(): StoreRecovery {
    const { epoch, head, skipped, notes } = this.#log;
    return { epoch, head, skipped, notes };
  }

  /** @param page `encodeCommits`. @returns refusals by position, or nothing when all commits are durable. */
  append({ packed }: PackedPage): readonly (Refusal | undefined)[] | undefined {
    const view = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
    const commits = decodeCommits(view);
    let refusals = this.#log.append(commits);
    if (refusals.some((refusal) => refusal?.code === 'Full') && this.#restartWal())
      refusals = this.#log.append(commits);
    this.#newRowCount = commits.reduce((sum, { rows }) => sum + rows.length, 0);
    return refusals.some((refusal) => refusal !== undefined) ? refusals : undefined;
  }

  /** Work that can wait until the answer is on its way. */
  afterAppend(): void {
    if (this.#log.index.isDue) this.#moveIndex();
    const frameCount = walFrameCount(this.#log.connection);
    if (frameCount >= this.#restartAtFrames) this.#restartWal();
    else reserveWal(this.#walPath, frameCount);
  }

  readCurrent(after: number, rowsMax: number): PackedPage {
    return packPage(this.#log.readCurrent(after, rowsMax));
  }

  readLog(after: number, rowsMax: number): PackedPage {
    return packPage(this.#log.readLog(after, rowsMax));
  }

  /** Does nothing: whoever waits for the answer has let others go first. */
  turn(): void {}

  readFloor(): number {
    return this.#log.floor;
  }

  readEvicted(): number {
    return this.#log.evicted;
  }

  readCommitEnd(revision: number): number {
    return this.#log.readCommitEnd(revision);
  }

  readHistory(object: ObjectRows, before: number, rowsMax: number): PackedPage {
    return packPage({ rows: this.#log.readHistory(object, before, rowsMax) });
  }

  readAsOf(...range: Parameters<LogFile['readAsOf']>): PackedPage {
    return packPage({ rows: this.#log.readAsOf(...range) });
  }

  readHistoryFloor(resource: string, namespace: string): number {
    return this.#log.readHistoryFloor(resource, namespace);
  }

  readRevisionAt(atMs: number): number {
    return this.#log.readRevisionAt(atMs);
  }

  /** @returns `encodeRecords`. */
  readRecords(after: number, rowsMax: number): PackedPage {
    return { packed: encodeRecords(this.#log.readRecords(after, rowsMax)) };
  }

  forgetRecords(sequence: number): void {
    this.#log.forgetRecords(sequence);
  }

  compact(bounds: CompactionBounds): CompactionStep {
    const { removedCount, done } = this.#compaction.step(bounds);
    if (done && this.#log.index.hasWaiting) this.#moveIndex();
    this.afterAppend();
    return { removedCount, done: done && !this.#log.index.hasWaiting };
  }

  replaceValues(values: readonly RowValue[]): void {
    this.#log.replaceValues(values);
    this.afterAppend();
  }

  eraseReplaced(): void {
    this.#log.eraseReplaced();
  }

  /** See `copyDatabase`. A file of that name is one that is whole and durable. */
  async backup(path: string): Promise<void> {
    if (statSync(path, { throwIfNoEntry: false })) {
      throw new StoreError('BadTarget', `Cannot back up the store to "${path}": it exists`);
    }
    const partial = `${path}.partial`;
    try {
      createPrivateFile(partial);
      await copyDatabase(this.#log.connection, partial);
      renameSync(partial, path);
      syncPath(dirname(path));
    } catch (error) {
      rmSync(partial, { force: true });
      throw toBackupError(error, path);
    }
  }

  close(): void {
    this.#log.close();
  }

  /** Faster than rows are added; what does not work now works later. */
  #moveIndex(): void {
    try {
      this.#log.moveIndex(Math.max(movedEntriesMin, 2 * this.#newRowCount));
    } catch (error) {
      this.#log.index.postpone();
      this.#warn('cannot move the index to the disk', { error: String(error) });
    }
  }

  /**
   * Its space can be used again afterwards, which may be all that is left. False when it failed: no commit is in
   * danger then, the log only goes on growing; what is really broken will fail the next commit too.
   */
  #restartWal(): boolean {
    try {
      restartWal(this.#log.connection);
      this.#restartAtFrames = walFramesMax;
      return true;
    } catch (error) {
      this.#restartAtFrames = walFrameCount(this.#log.connection) + walFramesBeforeRetry;
      this.#warn('cannot shorten the write-ahead log', { error: String(error) });
      return false;
    }
  }
}

/** Trouble with the target is no trouble of the store. */
function toBackupError(error: unknown, path: string): StoreError {
  const code = storeErrorCodeOf(error);
  const isOurs = code === 'Full' || code === 'Corrupt';
  const detail = error instanceof Error ? error.message : String(error);
  return new StoreError(isOurs ? code : 'BadTarget', `Cannot back up the store to "${path}": ${detail}`, {
    cause: error,
  });
}

function packPage({ rows, next }: RowPage): PackedPage {
  const packed = encodeRows(rows);
  return next === undefined ? { packed } : { packed, next };
}
