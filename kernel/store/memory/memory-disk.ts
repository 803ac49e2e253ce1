import { assert } from '../../base/assert.ts';
import type {
  Commit,
  CompactionBounds,
  ObjectRows,
  RevisionGap,
  RowValue,
  StoredRecord,
  StoreErrorCode,
  StoreRow,
} from '../../ports/store.ts';
import { revisionsSkippedByRestore, StoreError } from '../../ports/store.ts';

/** A commit the store was asked for and has not answered yet. */
interface UnansweredCommit {
  readonly commit: Commit;
  readonly settle: (refusal: StoreError | undefined) => void;
}

/**
 * What survives a crash of a memory store: committed rows, plus the commits a crash may or may not have written.
 * The simulator keeps it while it drops the `Store` in front of it:
 *
 * ```ts
 * disk.crash(random.nextFloat() * (disk.unansweredCount + 1));
 * const store = openMemoryStore({ disk });
 * ```
 */
export class MemoryDisk {
  readonly epoch: string;
  /** While set, commits are refused with this code, as by a full or broken disk. Reads go on. */
  fault: Extract<StoreErrorCode, 'Full' | 'Failed'> | undefined;
  /** What `backup` wrote, by path. */
  readonly backups = new Map<string, MemoryDisk>();
  /** Counts crashes, so that what ran before one can no longer write. */
  crashCount = 0;
  #head = 0;
  #floor = 0;
  #skipped: readonly RevisionGap[] = [];
  #evicted = 0;
  /** Newest removed kept deletion by resource. */
  #forgotten = new Map<string, number>();
  /** Of rows that are not the last of their commit: its last revision. */
  #commitEnds = new Map<number, number>();
  #log: StoreRow[] = [];
  #byObject = new Map<string, StoreRow[]>();
  #unanswered: UnansweredCommit[] = [];
  #records: StoredRecord[] = [];
  /** Sequence of the last record. */
  #recorded = 0;

  /** @param epoch id of this store's past; see `StoreRecovery.epoch`. */
  constructor(epoch = 'memory') {
    this.epoch = epoch;
  }

  /** Last durable revision; 0 when empty. */
  get head(): number {
    return this.#head;
  }

  /** See `StoreRecovery.skipped`. */
  get skipped(): readonly RevisionGap[] {
    return this.#skipped;
  }

  /** See `Store.readFloor`. */
  get floor(): number {
    return this.#floor;
  }

  /** See `Store.readEvicted`. */
  get evicted(): number {
    return this.#evicted;
  }

  /** See `Store.readHistoryFloor`. */
  historyFloor(resource: string, namespace: string): number {
    let floor = this.#forgotten.get(resource) ?? 0;
    for (const [oldest] of this.#byObject.values()) {
      const isAsked = oldest?.resource === resource && (namespace === '' || oldest.namespace === namespace);
      if (isAsked && oldest.operation !== 'create') floor = Math.max(floor, oldest.revision);
    }
    return floor;
  }

  /** See `Store.readCommitEnd`. */
  commitEnd(revision: number): number {
    return this.#commitEnds.get(revision) ?? revision;
  }

  /** Durable rows, ascending. */
  get log(): readonly StoreRow[] {
    return this.#log;
  }

  /** Records that were not forgotten, ascending. */
  get records(): readonly StoredRecord[] {
    return this.#records;
  }

  /** See `Store.forgetRecords`. */
  forgetRecords(upTo: number): void {
    this.#records = this.#records.filter(({ sequence }) => sequence > upTo);
    this.#recorded = Math.max(this.#recorded, upTo);
  }

  /** Commits waiting for an answer. */
  get unansweredCount(): number {
    return this.#unanswered.length;
  }

  /** Queues a commit; `settle` is called once it is durable or refused, never after a crash. */
  enqueue(commit: Commit, settle: (refusal: StoreError | undefined) => void): void {
    this.#unanswered.push({ commit, settle });
  }

  /** Makes the oldest `count` waiting commits durable, or refuses them, and answers. */
  flush(count: number): void {
    for (const { commit, settle } of this.#unanswered.splice(0, count)) settle(this.#write(commit));
  }

  /** Loses everything but durable rows and the first `keptCommits` (rounded down) of the unanswered commits. */
  crash(keptCommits = 0): void {
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    this.crashCount++;
    for (const { commit } of unanswered.slice(0, Math.floor(keptCommits))) this.#write(commit);
  }

  /** Durable rows of one object, oldest first. */
  rowsOf(object: ObjectRows): readonly StoreRow[] {
    return this.#byObject.get(objectKey(object)) ?? [];
  }

  /** Durable rows by object, in no particular order. */
  objects(): Iterable<readonly StoreRow[]> {
    return this.#byObject.values();
  }

  /** Removes up to `bounds.rowsMax` rows, see `Store.compact`. */
  compact(bounds: CompactionBounds): number {
    const floor = Math.min(bounds.watchFloor, this.#head);
    this.#floor = Math.max(this.#floor, floor);
    const removed = new Set<StoreRow>();
    for (const rows of this.#byObject.values()) {
      for (const row of removableRows(rows, { ...bounds, watchFloor: floor })) {
        if (removed.size < bounds.rowsMax) removed.add(row);
      }
    }
    if (removed.size < bounds.rowsMax) this.#evict({ ...bounds, watchFloor: floor }, removed);
    for (const { resource, revision, keep, operation } of removed) {
      if (!keep || operation !== 'delete') continue;
      this.#forgotten.set(resource, Math.max(revision, this.#forgotten.get(resource) ?? 0));
    }
    if (removed.size > 0) this.#replaceLog(this.#log.filter((row) => !removed.has(row)));
    return removed.size;
  }

  /** A disk with the same durable contents. */
  copy(epoch = this.epoch): MemoryDisk {
    const copy = new MemoryDisk(epoch);
    copy.#head = this.#head;
    copy.#floor = this.#floor;
    copy.#skipped = this.#skipped;
    copy.#evicted = this.#evicted;
    copy.#forgotten = new Map(this.#forgotten);
    copy.#commitEnds = new Map(this.#commitEnds);
    copy.#records = [...this.#records];
    copy.#recorded = this.#recorded;
    copy.#replaceLog([...this.#log]);
    return copy;
  }

  /** Adds the oldest superseded rows to `removed` until what stays is small enough. */
  #evict({ bytesMax, rowsMax, watchFloor }: CompactionBounds, removed: Set<StoreRow>): void {
    let bytes = 0;
    for (const row of this.#log) if (!removed.has(row)) bytes += row.bytes.byteLength;
    for (const row of this.#log) {
      if (bytes <= bytesMax || removed.size >= rowsMax || row.revision > watchFloor) return;
      if (removed.has(row) || !isSettled(row, this.rowsOf(row), watchFloor)) continue;
      removed.add(row);
      bytes -= row.bytes.byteLength;
      this.#evicted = row.revision;
    }
  }

  /** A copy to go on with under another epoch, beyond every revision that was seen; see `restoreSqliteStore`. */
  restored(epoch: string): MemoryDisk {
    const disk = this.copy(epoch);
    disk.#head += revisionsSkippedByRestore;
    disk.#skipped = [...this.#skipped, { after: this.#head, before: disk.#head }];
    disk.#floor = disk.#head;
    return disk;
  }

  /** See `Store.replaceValues`. */
  replaceValues(values: readonly RowValue[]): void {
    const byRevision = new Map(values.map(({ revision, bytes }) => [revision, bytes]));
    this.#replaceLog(
      this.#log.map((row) => {
        const bytes = byRevision.get(row.revision);
        return bytes === undefined ? row : { ...row, bytes };
      }),
    );
  }

  #write(commit: Commit): StoreError | undefined {
    if (commit.rows.length > 0 && commit.expectedHead !== this.#head) return supersededError(commit, this.#head);
    if (this.fault === 'Full') return new StoreError('Full', 'Cannot append to the store: no space is left');
    if (this.fault === 'Failed') return new StoreError('Failed', 'Cannot append to the store: the disk failed');
    for (const bytes of commit.records ?? []) this.#records.push({ sequence: ++this.#recorded, bytes });
    for (const row of commit.rows) {
      assert(row.revision > this.#head, 'Revisions ascend');
      const end = commit.rows.at(-1)?.revision ?? row.revision;
      if (end !== row.revision) this.#commitEnds.set(row.revision, end);
      this.#head = row.revision;
      this.#log.push(row);
      this.#index(row);
    }
    return undefined;
  }

  #replaceLog(log: StoreRow[]): void {
    this.#log = log;
    this.#byObject = new Map();
    for (const row of log) this.#index(row);
  }

  #index(row: StoreRow): void {
    const key = objectKey(row);
    const rows = this.#byObject.get(key);
    if (rows) rows.push(row);
    else this.#byObject.set(key, [row]);
  }
}

/** The refusal of a commit that does not build on the durable head. */
function supersededError(commit: Commit, head: number): StoreError {
  const builtOn = `it builds on revision ${commit.expectedHead}, the head is ${head}`;
  return new StoreError('Superseded', `Cannot append to the store: ${builtOn}`);
}

/**
 * Rows of one object that may go: what a row at or below the floor replaced, and deletions at or below the floor,
 * unless the history bounds hold them.
 */
function removableRows(rows: readonly StoreRow[], bounds: CompactionBounds): StoreRow[] {
  const removable: StoreRow[] = [];
  let keptCount = 0;
  /** When history moved on from the row before: that state was the one of every moment until then. */
  let untilMs = Infinity;
  for (const row of rows.toReversed()) {
    if (row.revision > bounds.watchFloor) continue;
    const isDeletion = row.operation === 'delete';
    if (row.keep) keptCount++;
    const endMs = isDeletion ? Math.min(row.atMs, untilMs) : untilMs;
    if (row.keep) untilMs = Math.min(row.atMs, untilMs);
    else if (isDeletion) untilMs = -Infinity;
    if (!isSettled(row, rows, bounds.watchFloor)) continue;
    const held = row.keep && keptCount <= bounds.historyPerObjectMax && endMs >= bounds.historyBeforeMs;
    if (!held) removable.push(row);
  }
  return removable.toReversed();
}

/** Whether the row was replaced, or is a deletion, at or below the floor. */
function isSettled(row: StoreRow, rows: readonly StoreRow[], watchFloor: number): boolean {
  const settledBy = row.operation === 'delete' ? row : rows[rows.indexOf(row) + 1];
  return settledBy !== undefined && settledBy.revision <= watchFloor;
}

function objectKey({ resource, namespace, name }: ObjectRows): string {
  return `${resource}\0${namespace}\0${name}`;
}
