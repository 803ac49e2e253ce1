import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type {
  AsOfOptions,
  Commit,
  ObjectRows,
  RevisionGap,
  RowPage,
  RowValue,
  StoredRecord,
  StoreErrorCode,
  StoreRow,
} from '../../ports/store.ts';
import { StoreError } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { emptyWal, openDatabase, readMeta, readPragma, writeMeta } from './database.ts';
import { storeErrorCodeOf, toStoreError } from './failure.ts';
import { logApplicationId, logMigrations, logSchema } from './log-schema.ts';
import { deleteOperation, type IndexEntry, ObjectIndex } from './object-index.ts';
import { decodeRecords, encodeRecords } from './row-codec.ts';
import { rowChecksum } from './row-checksum.ts';

/** Why one commit of a batch was refused. */
export interface Refusal {
  readonly code: StoreErrorCode;
  readonly message: string;
}

/** How to open the log. */
export interface LogFileOptions {
  readonly path: string;
  /** Id a new store gets, see `StoreRecovery.epoch`. */
  readonly epoch: string;
  readonly pid: number;
}

/** Stops a page early, so that a page of large objects does not fill the memory. */
const pageValueBytesMax = 8 * 1024 * 1024;

const columns =
  'revision, resource, namespace, name, operation, keep, at_ms, actor, reason, request_id, bytes, checksum';
/** Pages of a store that is written anew while it is in use (64 MiB): in memory, and everybody waits. */
const erasedAtOncePagesMax = 16_384;
/** Key of the wish to write the file anew. */
const eraseAtStart = 'eraseAtStart';
/** Rows at the end of the log whose checksums are compared at every start: the last thing a crash may have hit. */
const checkedAtStart = 100;
const operations = ['create', 'update', 'delete'] as const;

/** The log of a store in one SQLite file. Everything here blocks: it lives in a worker thread. */
export class LogFile {
  readonly epoch: string;
  readonly notes: readonly string[];
  readonly connection: DatabaseSync;
  readonly index: ObjectIndex;
  readonly #database: Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #head: number;
  /** Sequence of the last record. */
  #recorded: number;
  #failure: Refusal | undefined;

  /** @throws {StoreError} see `openDatabase`. */
  constructor({ path, epoch, pid }: LogFileOptions) {
    this.#database = openDatabase({
      path,
      pid,
      noun: 'store',
      applicationId: logApplicationId,
      migrations: logMigrations,
      schema: `${logSchema} INSERT INTO meta VALUES ('epoch', '${epoch}'), ('floor', 0);`,
      creationId: epoch,
    });
    this.connection = this.#database.connection;
    this.notes = this.#database.notes;
    if (readMeta(this.connection, eraseAtStart) !== undefined) this.#rewriteFile('FILE');
    this.index = new ObjectIndex(this.connection);
    this.#statements = prepareStatements(this.connection);
    this.epoch = String(readMeta(this.connection, 'epoch'));
    const last = this.connection.prepare('SELECT max(revision) AS head FROM log').get()?.['head'];
    this.#head = Math.max(Number(last ?? 0), this.floor);
    this.#recorded = Math.max(this.#forgotten(), numberOf(this.#statements.lastRecord));
    this.readLog(Number(last ?? 0) - checkedAtStart, checkedAtStart);
  }

  /** Last durable revision. */
  get head(): number {
    return this.#head;
  }

  /** Oldest revision `readLog` misses nothing from. */
  get floor(): number {
    return Number(readMeta(this.connection, 'floor'));
  }

  /** See `Store.readEvicted`. */
  get evicted(): number {
    return Number(readMeta(this.connection, 'evicted') ?? 0);
  }

  /** Moves the floor up. Call it in the transaction that removes rows. */
  raiseFloor(floor: number): void {
    if (floor > this.floor) writeMeta(this.connection, 'floor', floor);
  }

  /** See `StoreRecovery.skipped`. */
  get skipped(): readonly RevisionGap[] {
    return JSON.parse(String(readMeta(this.connection, 'skipped') ?? '[]')) as readonly RevisionGap[];
  }

  /** Notes that a restore skips revisions. */
  skip(gap: RevisionGap): void {
    writeMeta(this.connection, 'skipped', JSON.stringify([...this.skipped, gap]));
  }

  /**
   * Makes the commits durable in one transaction; those that do not build on the head are left out. A commit without rows
   * has records only and builds on nothing.
   * @returns for each commit why it was refused, `undefined` for those that are durable now.
   */
  append(commits: readonly Commit[]): (Refusal | undefined)[] {
    const failure = this.#failure;
    if (failure) return commits.map(() => failure);
    let head = this.#head;
    const records: StoredRecord[] = [];
    try {
      const refusals = this.transaction(() => {
        const found = commits.map((commit) => {
          if (commit.rows.length > 0 && commit.expectedHead !== head) return supersededBy(commit, head);
          const end = commit.rows.at(-1)?.revision ?? head;
          for (const row of commit.rows) this.#insert(row, end);
          for (const bytes of commit.records ?? []) {
            records.push({ sequence: this.#recorded + records.length + 1, bytes });
          }
          head = end;
          return undefined;
        });
        if (records.length > 0) this.#statements.record.run(this.#recorded + records.length, encodeRecords(records));
        return found;
      });
      this.#head = head;
      this.#recorded += records.length;
      for (const [index, { rows }] of commits.entries()) if (!refusals[index]) this.index.added(rows.length);
      return refusals;
    } catch (error) {
      return this.#refuseAll(commits, error);
    }
  }

  /** Runs `change` and commits; on any error nothing of it remains. Returns once it is durable. */
  transaction<T>(change: () => T): T {
    this.connection.exec('BEGIN');
    try {
      const result = change();
      this.connection.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has already rolled back after some errors.
      if (this.connection.isTransaction) this.connection.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * A transaction that is durable with the next `append`, for changes nobody waits for: a crash may undo it, but never
   * one after it that was waited for.
   */
  lazyTransaction<T>(change: () => T): T {
    this.connection.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.transaction(change);
    } finally {
      this.connection.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Moves some entries of the index to the disk. Nothing depends on it but speed and memory. */
  moveIndex(count: number): void {
    this.lazyTransaction(() => this.index.move(this.#head, count))();
  }

  /**
   * Removes a row for ever. Call it in a transaction. With a kept deletion goes the last word on an object of that name, so the
   * resource remembers that its past before is not whole.
   */
  remove(row: IndexEntry): void {
    if (row.keep && row.operation === deleteOperation) {
      const key = forgotten(row.resource);
      if (Number(readMeta(this.connection, key) ?? 0) < row.revision) writeMeta(this.connection, key, row.revision);
    }
    this.#statements.remove.run(row.revision);
    this.index.remove(row);
  }

  /** See `Store.replaceValues`. @throws {StoreError} */
  replaceValues(values: readonly RowValue[]): void {
    try {
      this.transaction(() => {
        for (const { revision, bytes } of values) {
          const record: unknown = this.#statements.row.get(revision);
          if (record === undefined) continue;
          const checksum = rowChecksum({ ...toRow(record as RowRecord), bytes });
          this.#statements.replace.run(bytes, checksum, revision);
        }
      });
    } catch (error) {
      throw toStoreError(error, 'replace values in the store');
    }
  }

  /**
   * See `Store.eraseReplaced`. SQLite overwrites what is deleted, but not what it moves inside of pages: only a file that is
   * written anew has nothing of it. A large one is, at the next start, when that takes no memory and nobody waits.
   */
  eraseReplaced(): void {
    writeMeta(this.connection, eraseAtStart, 1);
    if (readPragma(this.connection, 'page_count') <= erasedAtOncePagesMax) this.#rewriteFile('MEMORY');
    emptyWal(this.connection);
  }

  /** @param temporary where the copy is meanwhile; another place than before is only possible before there are temporary tables. */
  #rewriteFile(temporary: 'FILE' | 'MEMORY'): void {
    try {
      this.connection.exec(`PRAGMA temp_store = ${temporary}; VACUUM;`);
      this.connection.prepare('DELETE FROM meta WHERE name = ?').run(eraseAtStart);
      emptyWal(this.connection);
    } catch (error) {
      const code = storeErrorCodeOf(error);
      // No space for it, or a backup is being made: the next start tries again.
      if (code !== 'Full' && code !== 'Locked') throw error;
    } finally {
      this.connection.exec('PRAGMA temp_store = MEMORY');
    }
  }

  /** See `Store.readCurrent`. */
  readCurrent(after: number, rowsMax: number): RowPage {
    return collectPage(this.#statements.current.iterate(after, rowsMax + 1), rowsMax);
  }

  /** See `Store.readLog`. */
  readLog(after: number, rowsMax: number): RowPage {
    return collectPage(this.#statements.after.iterate(after, rowsMax + 1), rowsMax);
  }

  /** See `Store.readHistory`. */
  readHistory(object: ObjectRows, before: number, rowsMax: number): StoreRow[] {
    return this.index.revisions(object, before, rowsMax).map((revision) => this.#row(revision));
  }

  /** See `Store.readAsOf`. */
  readAsOf(resource: string, revision: number, { rowsMax, ...range }: AsOfOptions): StoreRow[] {
    const rows: StoreRow[] = [];
    for (const found of this.index.asOf(resource, revision, range)) {
      rows.push(this.#row(found));
      if (rows.length === rowsMax) break;
    }
    return rows;
  }

  /** See `Store.readHistoryFloor`. */
  readHistoryFloor(resource: string, namespace: string): number {
    return Math.max(
      this.index.cutOffAt(resource, namespace),
      Number(readMeta(this.connection, forgotten(resource)) ?? 0),
    );
  }

  /** See `Store.readRevisionAt`. Times ascend with revisions as far as the clock does: the log is searched by halves. */
  readRevisionAt(atMs: number): number {
    let [low, high] = [0, this.#head];
    while (low < high) {
      const middle = low + Math.ceil((high - low) / 2);
      const record: unknown = this.#statements.timeFrom.get(middle, high);
      const [revision, writtenMs] = (record ?? [high + 1, Infinity]) as readonly [number, number];
      if (writtenMs <= atMs) low = revision;
      else high = middle - 1;
    }
    return low;
  }

  /** See `Store.readCommitEnd`. */
  readCommitEnd(revision: number): number {
    const record: unknown = this.#statements.commitEnd.get(revision);
    const [end] = (record ?? [null]) as readonly [number | null];
    return end ?? revision;
  }

  /** See `Store.readRecords`. */
  readRecords(after: number, rowsMax: number): StoredRecord[] {
    const first = Math.max(after, this.#forgotten()) + 1;
    const records: StoredRecord[] = [];
    let bytesLeft = pageValueBytesMax;
    for (const found of this.#statements.recordsAfter.iterate(first - 1)) {
      const row: unknown = found;
      const [packed] = row as readonly [Uint8Array];
      const batch = decodeRecords(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
      records.push(...batch.filter(({ sequence }) => sequence >= first));
      bytesLeft -= packed.byteLength;
      if (bytesLeft <= 0 || records.length >= rowsMax) break;
    }
    return records.slice(0, rowsMax);
  }

  /** See `Store.forgetRecords`. */
  forgetRecords(sequence: number): void {
    if (sequence <= this.#forgotten()) return;
    this.lazyTransaction(() => {
      this.#statements.forget.run(sequence);
      writeMeta(this.connection, 'recordsForgotten', sequence);
    });
    this.#recorded = Math.max(this.#recorded, sequence);
  }

  /** Every row in order, or what is wrong with it. */
  *readForCheck(): Generator<StoreRow | StoreError, void, undefined> {
    for (const record of this.#statements.after.iterate(0, Number.MAX_SAFE_INTEGER)) {
      const row: unknown = record;
      try {
        yield toRow(row as RowRecord);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        yield error;
      }
    }
  }

  close(): void {
    this.#database.close();
  }

  #forgotten(): number {
    return Number(readMeta(this.connection, 'recordsForgotten') ?? 0);
  }

  #row(revision: number): StoreRow {
    const record: unknown = this.#statements.row.get(revision);
    if (record === undefined) throw damaged(revision, 'it is in the index, but not in the log');
    return toRow(record as RowRecord);
  }

  #insert(row: StoreRow, commitEnd: number): void {
    const operation = operations.indexOf(row.operation);
    this.#statements.insert.run(
      row.revision,
      row.resource,
      row.namespace,
      row.name,
      operation,
      row.keep ? 1 : 0,
      row.atMs,
      row.actor,
      row.reason,
      row.requestId,
      row.bytes,
      rowChecksum(row),
      row.revision === commitEnd ? null : commitEnd,
    );
    this.index.add({ ...row, operation });
  }

  /** The transaction is gone: the first commit gets the cause, those building on it are refused for that. */
  #refuseAll(commits: readonly Commit[], error: unknown): Refusal[] {
    const { code, message } = toStoreError(error, 'append to the store');
    const refusal = { code, message };
    if (code !== 'Full') {
      this.#failure = { code: 'Failed', message };
      return commits.map(() => ({ code: 'Failed', message }));
    }
    const isFirst = ({ rows, expectedHead }: Commit) => rows.length === 0 || expectedHead === this.#head;
    return commits.map((commit) => (isFirst(commit) ? refusal : supersededBy(commit, this.#head)));
  }
}

/** Key of the newest deletion of a resource that history no longer holds. */
function forgotten(resource: string): string {
  return `forgotten ${resource}`;
}

function prepareStatements(connection: DatabaseSync) {
  const prepare = (sql: string): StatementSync => {
    const statement = connection.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const newer = (table: string) => `
    SELECT 1 FROM ${table} n
    WHERE n.resource = l.resource AND n.namespace = l.namespace AND n.name = l.name AND n.revision > l.revision`;
  return {
    insert: prepare(`INSERT INTO log (${columns}, commit_end) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    after: prepare(`SELECT ${columns} FROM log WHERE revision > ? ORDER BY revision LIMIT ?`),
    current: prepare(`
      SELECT ${columns} FROM log l
      WHERE revision > ? AND operation <> ${deleteOperation}
        AND NOT EXISTS (${newer('log_object')}) AND NOT EXISTS (${newer('log_object_waiting')})
      ORDER BY revision LIMIT ?`),
    row: prepare(`SELECT ${columns} FROM log WHERE revision = ?`),
    timeFrom: prepare('SELECT revision, at_ms FROM log WHERE revision BETWEEN ? AND ? ORDER BY revision LIMIT 1'),
    commitEnd: prepare('SELECT commit_end FROM log WHERE revision = ?'),
    replace: prepare('UPDATE log SET bytes = ?, checksum = ? WHERE revision = ?'),
    remove: prepare('DELETE FROM log WHERE revision = ?'),
    record: prepare('INSERT INTO record VALUES (?, ?)'),
    recordsAfter: prepare('SELECT packed FROM record WHERE last_sequence > ? ORDER BY last_sequence'),
    lastRecord: prepare('SELECT coalesce(max(last_sequence), 0) FROM record'),
    forget: prepare('DELETE FROM record WHERE last_sequence <= ?'),
  };
}

function numberOf(statement: StatementSync): number {
  const record: unknown = statement.get();
  return (record as readonly [number])[0];
}

/** A page of at most `rowsMax` rows out of one more; shorter when the values get large. */
function collectPage(records: Iterable<unknown>, rowsMax: number): RowPage {
  const rows: StoreRow[] = [];
  let valueBytes = 0;
  for (const record of records) {
    const last = rows.at(-1);
    if (last && (rows.length === rowsMax || valueBytes >= pageValueBytesMax)) return { rows, next: last.revision };
    const row = toRow(record as RowRecord);
    rows.push(row);
    valueBytes += row.bytes.byteLength;
  }
  return { rows };
}

/** One row as `STRICT` tables guarantee it, in the order of `columns`. */
type RowRecord = [
  number,
  string,
  string,
  string,
  number,
  number,
  number,
  string,
  string,
  string,
  Uint8Array,
  number | null,
];

/** @throws {StoreError} `Corrupt` when the row is not as it was written. */
function toRow(record: RowRecord): StoreRow {
  const [revision, resource, namespace, name, operationNumber, keep, atMs, actor, reason, requestId, bytes, checksum] =
    record;
  const operation = operations[operationNumber];
  if (operation === undefined) throw damaged(revision, `operation ${operationNumber} is unknown`);
  const row = {
    revision,
    resource,
    namespace,
    name,
    operation,
    keep: keep === 1,
    atMs,
    actor,
    reason,
    requestId,
    bytes,
  };
  if (checksum !== null && checksum !== rowChecksum(row)) throw damaged(revision, 'its checksum is wrong');
  return row;
}

function damaged(revision: number, why: string): StoreError {
  return new StoreError('Corrupt', `Cannot read revision ${revision} of the store: ${why}. Restore a backup`);
}

function supersededBy(commit: Commit, head: number): Refusal {
  const builtOn = `it builds on revision ${commit.expectedHead}, the head is ${head}`;
  return { code: 'Superseded', message: `Cannot append to the store: ${builtOn}` };
}
