/**
 * The store: an ordered, revisioned log of object writes. The kernel counts revisions and checks preconditions; the
 * store makes commits durable in order and can be read back by key, range and revision. Times are arguments, never
 * read here. `kernel/ports/store-conformance.ts` runs against every implementation.
 */

import { assert } from '../base/assert.ts';

/** Most object writes in one commit, in every store (etcd refuses more than 128 operations). */
export const commitObjectsMax = 100;
/** Most bytes of values in one commit, in every store (etcd refuses requests beyond 1.5 MiB). */
export const commitBytesMax = 1_468_006;

/** Bytes by which each value may be larger in a store than the kernel made it: what encryption adds. */
export const sealBytesMax = 1_024;

/** Most bytes of the records of one append, in every store. */
export const recordBytesMax = 4 * 1024 * 1024;

/** Revisions that are skipped when a backup is restored: what was given out since the backup never names another state. */
export const revisionsSkippedByRestore = 1_000_000_000;

/** One write of one object, as it stands in the log. */
export interface StoreRow {
  /** Counts every object write; a safe integer, never reused. */
  readonly revision: number;
  /** `deployments.apps`, see `ObjectKey.resource`. */
  readonly resource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly operation: 'create' | 'update' | 'delete';
  /**
   * Encoded JSON in the storage version; for `delete` the last state of the object. Never changed; in rows that are read
   * part of at most 16 KiB if it is smaller than that, so that it can be kept.
   */
  readonly bytes: Uint8Array;
  /** User that wrote. */
  readonly actor: string;
  /** Why, if the writer said so (field manager or change reason); may be empty. */
  readonly reason: string;
  readonly requestId: string;
  readonly atMs: number;
  /** True if this row belongs to the history of its kind's class and outlives the watch window. */
  readonly keep: boolean;
}

/** Writes made durable and visible together: a run of consecutive revisions. */
export interface Commit {
  /** Durable head this commit builds on. The store refuses the commit when it is not its head. */
  readonly expectedHead: number;
  /** 1 … `commitObjectsMax` rows; revisions ascend by one and all exceed `expectedHead` (gaps before the first are fine). */
  readonly rows: readonly StoreRow[];
  /** What is to be recorded about it: durable with the rows, or not at all. See `Store.appendRecords`. Default: nothing. */
  readonly records?: readonly Uint8Array[];
}

/** A record that waits in the store. */
export interface StoredRecord {
  /** Ascends by one from record to record, 1 being the first of the store; never reused. */
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** Why a commit was refused or the store failed. */
export type StoreErrorCode =
  /** No space left; nothing was written. Reads go on. */
  | 'Full'
  /** The commit builds on one that was refused. */
  | 'Superseded'
  /** The store is closed. */
  | 'Closed'
  /** The data is of a newer format version; nothing was touched. */
  | 'NewerFormat'
  /** Another process has the store open. */
  | 'Locked'
  /** Contents are damaged beyond automatic recovery. */
  | 'Corrupt'
  /** A value is encrypted, and its key is not there or not the right one; or it is not what was encrypted. */
  | 'Unreadable'
  /** The place for a backup cannot be used, for example because something is there. The store goes on. */
  | 'BadTarget'
  /** Input/output error; whether the commit is durable is unknown, so the process must restart. */
  | 'Failed';

/** A store could not do what was asked. Nothing of a refused commit is visible, ever. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Checks the bounds every store puts on a commit; the kernel keeps within them.
 * @throws {AssertionFailure} when the commit breaks one.
 */
export function checkCommit(commit: Commit): void {
  const { rows, expectedHead, records = [] } = commit;
  checkRecords(records);
  assert(rows.length >= 1 && rows.length <= commitObjectsMax, 'A commit has 1 … commitObjectsMax rows');
  let valueBytes = 0;
  let previous: number | undefined;
  for (const { revision, bytes } of rows) {
    assert(Number.isSafeInteger(revision) && revision > expectedHead, 'Revisions are safe integers beyond the head');
    assert(previous === undefined || revision === previous + 1, 'Revisions of a commit ascend by one');
    previous = revision;
    valueBytes += bytes.byteLength;
  }
  const bytesMax = commitBytesMax + rows.length * sealBytesMax;
  assert(valueBytes <= bytesMax, 'The values of a commit have at most commitBytesMax bytes, and what encryption adds');
}

/** Checks the bound every store puts on records. @throws {AssertionFailure} when they break it. */
export function checkRecords(records: readonly Uint8Array[]): void {
  let recordBytes = 0;
  for (const { byteLength } of records) recordBytes += byteLength;
  assert(recordBytes <= recordBytesMax, 'The records of an append have at most recordBytesMax bytes');
}

/** Revisions that were never given out in this epoch: those after the first and before the second. */
export interface RevisionGap {
  readonly after: number;
  readonly before: number;
}

/** What the store found when it was opened. */
export interface StoreRecovery {
  /** Changes when a backup is restored. */
  readonly epoch: string;
  /** Last durable revision; 0 for an empty store. */
  readonly head: number;
  /** Revisions that restores skipped, in order: those between the two ends may have been others once, and name no state. */
  readonly skipped: readonly RevisionGap[];
  /** Human-readable notes on what recovery did (for example a torn last record that was dropped); usually empty. */
  readonly notes: readonly string[];
}

/** Another encoding of the value of a row. */
export interface RowValue {
  readonly revision: number;
  readonly bytes: Uint8Array;
}

/** A page of rows. */
export interface RowPage {
  readonly rows: readonly StoreRow[];
  /** Pass it as `after` to go on; absent on the last page. */
  readonly next?: number;
}

/** Addresses rows of one object. */
export interface ObjectRows {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Which part of the past `readAsOf` reads. */
export interface AsOfOptions {
  /** Only objects behind this name. */
  readonly after?: { readonly namespace: string; readonly name: string };
  /** Only objects of this namespace. Default: of all. */
  readonly namespace?: string;
  readonly rowsMax: number;
}

/** Bounds for `compact`. */
export interface CompactionBounds {
  /** Superseded rows with a revision up to this one may go unless `keep` is set. */
  readonly watchFloor: number;
  /**
   * What kept rows say of times before this may go: a kept row goes when the next kept one is older, a deletion when it is older
   * itself. So whatever was there at any later time can still be read, however long it had not changed.
   */
  readonly historyBeforeMs: number;
  /** Most kept rows per object; older ones go. */
  readonly historyPerObjectMax: number;
  /** Bytes the store may take, about; beyond it the oldest superseded rows go, kept or not. `Infinity`: no bound. */
  readonly bytesMax: number;
  /** Most rows removed in this call (1 … 10,000), so that writers wait little. */
  readonly rowsMax: number;
}

/** The port. One process has a store open at a time. */
export interface Store {
  readonly recovery: StoreRecovery;
  /**
   * Makes a commit durable. Commits are taken in call order; several may be in flight and share one fsync.
   * Resolves only after the data is on stable storage.
   * @throws {StoreError} `Full`, `Superseded`, `Closed` or `Failed`; nothing was written except, possibly, for `Failed`.
   */
  append(commit: Commit): Promise<void>;
  /**
   * Makes records durable that belong to no commit, in call order with commits and sharing their fsync. Records wait in
   * the store until somebody has taken them elsewhere and they are forgotten: an outbox, for the audit log.
   * @throws {StoreError} as `append`, but never `Superseded`.
   */
  appendRecords(records: readonly Uint8Array[]): Promise<void>;
  /** Records with a sequence > `after` in order, at most `rowsMax` (1 … 10,000), fewer when they are large. */
  readRecords(after: number, rowsMax: number, signal: AbortSignal): Promise<readonly StoredRecord[]>;
  /**
   * Forgets records up to and including `sequence`. The next record gets a higher one, even if none was that high. Durable
   * with the next append: records may come back after a crash.
   */
  forgetRecords(sequence: number): Promise<void>;
  /** Rows of all current objects in revision order, in pages of at most `rowsMax` (1 … 10,000). For start-up. */
  readCurrent(after: number, rowsMax: number, signal: AbortSignal): Promise<RowPage>;
  /** Rows with `after` < revision, in order, deletes included: feeds watches after a restart. */
  readLog(after: number, rowsMax: number, signal: AbortSignal): Promise<RowPage>;
  /** Oldest revision such that `readLog` from it misses nothing (moved by `compact`). */
  readFloor(signal: AbortSignal): Promise<number>;
  /** Some row of history up to this revision had to go because the store was larger than `bytesMax`; 0: none ever. */
  readEvicted(signal: AbortSignal): Promise<number>;
  /** Last revision of the commit a revision above the floor belongs to; the revision itself where there is no such row. */
  readCommitEnd(revision: number, signal: AbortSignal): Promise<number>;
  /** Rows of one object, newest first, at most `rowsMax`, with revision < `before` when given. */
  readHistory(
    object: ObjectRows,
    options: { readonly before?: number; readonly rowsMax: number },
    signal: AbortSignal,
  ): Promise<readonly StoreRow[]>;
  /** The objects of one resource as they were at `revision` (inclusive), ordered by namespace and name. */
  readAsOf(resource: string, revision: number, options: AsOfOptions, signal: AbortSignal): Promise<readonly StoreRow[]>;
  /**
   * Oldest revision from which on `readAsOf` misses no kept row of a resource in one namespace (empty: in all of them); it may
   * lie far below the floor. 0: everything that was ever kept is there.
   */
  readHistoryFloor(resource: string, namespace: string, signal: AbortSignal): Promise<number>;
  /** Last revision that is known to have been written at or before a time; 0: none is. */
  readRevisionAt(atMs: number, signal: AbortSignal): Promise<number>;
  /** Removes superseded rows within bounds. @returns how many went; 0 means nothing is left to remove. */
  compact(bounds: CompactionBounds, signal: AbortSignal): Promise<number>;
  /**
   * Puts other encodings of the same values in place of those that rows have, all of them durably or none. Rows that are gone are
   * left out. At most `commitObjectsMax` values of `commitBytesMax` bytes together, see `checkCommit`.
   * @throws {StoreError} as `append`, but never `Superseded`.
   */
  replaceValues(values: readonly RowValue[]): Promise<void>;
  /**
   * Leaves nothing in any file of what `replaceValues` replaced: now or, where that would take long, when the store is opened the
   * next time. Writers wait meanwhile: call it once, afterwards.
   */
  eraseReplaced(): Promise<void>;
  /** Writes a consistent copy to a new file or folder while writes go on. @throws {StoreError} `BadTarget` or `Full`. */
  backup(path: string, signal: AbortSignal): Promise<void>;
  /** Waits for writes in flight, then closes. */
  close(): Promise<void>;
}
