import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assert } from '../../base/assert.ts';
import type { Commit, ObjectRows, RowPage, StoreErrorCode, StoreRow } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { openDatabase, readMeta, writeMeta } from './database.ts';
import { toStoreError } from './failure.ts';

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

/** "PlfL" and the format this program writes. */
const applicationId = 0x506c664c;
const formatVersion = 1;

/** Stops a page early, so that a page of large objects does not fill the memory. */
const pageValueBytesMax = 8 * 1024 * 1024;

/**
 * The log is only ever appended to; the index finds the rows of an object, newest last, and carries what
 * compaction and start-up need, so that they read no values.
 */
const schema = `
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    resource TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    operation INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    at_ms REAL NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    request_id TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX log_by_object ON log (resource, namespace, name, revision, operation, keep);
`;
const columns = 'revision, resource, namespace, name, operation, keep, at_ms, actor, reason, request_id, bytes';
const operations = ['create', 'update', 'delete'] as const;

/** The log of a store in one SQLite file. Everything here blocks: it lives in a worker thread. */
export class LogFile {
  readonly epoch: string;
  readonly notes: readonly string[];
  readonly connection: DatabaseSync;
  readonly #database: Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #head: number;
  #failure: Refusal | undefined;

  /** @throws {StoreError} see `openDatabase`. */
  constructor({ path, epoch, pid }: LogFileOptions) {
    const init = `${schema} INSERT INTO meta VALUES ('epoch', '${epoch}'), ('floor', 0);`;
    const options = { noun: 'store', applicationId, formatVersion, schema: init, creationId: epoch };
    this.#database = openDatabase({ ...options, path, pid });
    this.connection = this.#database.connection;
    this.notes = this.#database.notes;
    this.#statements = prepareStatements(this.connection);
    this.epoch = String(readMeta(this.connection, 'epoch'));
    const last = this.connection.prepare('SELECT max(revision) AS head FROM log').get()?.['head'];
    this.#head = Math.max(Number(last ?? 0), this.floor);
  }

  /** Last durable revision. */
  get head(): number {
    return this.#head;
  }

  /** Oldest revision `readLog` misses nothing from. */
  get floor(): number {
    return Number(readMeta(this.connection, 'floor'));
  }

  /** Moves the floor up. Call it in the transaction that removes rows. */
  raiseFloor(floor: number): void {
    if (floor > this.floor) writeMeta(this.connection, 'floor', floor);
  }

  /**
   * Makes the commits durable in one transaction; those that do not build on the head are left out.
   * @returns for each commit why it was refused, `undefined` for those that are durable now.
   */
  append(commits: readonly Commit[]): (Refusal | undefined)[] {
    const failure = this.#failure;
    if (failure) return commits.map(() => failure);
    let head = this.#head;
    try {
      const refusals = this.transaction(() =>
        commits.map((commit) => {
          if (commit.expectedHead !== head) return supersededBy(commit, head);
          for (const row of commit.rows) this.#insert(row);
          head = commit.rows.at(-1)?.revision ?? head;
          return undefined;
        }),
      );
      this.#head = head;
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

  /** See `Store.readCurrent`. */
  readCurrent(after: number, rowsMax: number): RowPage {
    return collectPage(this.#statements.current.iterate(after, rowsMax + 1), rowsMax);
  }

  /** See `Store.readLog`. */
  readLog(after: number, rowsMax: number): RowPage {
    return collectPage(this.#statements.after.iterate(after, rowsMax + 1), rowsMax);
  }

  /** See `Store.readHistory`. */
  readHistory({ resource, namespace, name }: ObjectRows, before: number, rowsMax: number): StoreRow[] {
    return collect(this.#statements.history.iterate(resource, namespace, name, before, rowsMax));
  }

  /** See `Store.readAsOf`. */
  readAsOf(
    resource: string,
    revision: number,
    after: { readonly namespace: string; readonly name: string } | undefined,
    rowsMax: number,
  ): StoreRow[] {
    const { asOf, asOfAfter } = this.#statements;
    if (after === undefined) return collect(asOf.iterate(resource, revision, rowsMax));
    return collect(asOfAfter.iterate(resource, after.namespace, after.name, revision, rowsMax));
  }

  close(): void {
    this.#database.close();
  }

  #insert(row: StoreRow): void {
    this.#statements.insert.run(
      row.revision,
      row.resource,
      row.namespace,
      row.name,
      operations.indexOf(row.operation),
      row.keep ? 1 : 0,
      row.atMs,
      row.actor,
      row.reason,
      row.requestId,
      row.bytes,
    );
  }

  /** The transaction is gone: the first commit gets the cause, those building on it are refused for that. */
  #refuseAll(commits: readonly Commit[], error: unknown): Refusal[] {
    const { code, message } = toStoreError(error, 'append to the store');
    const refusal = { code, message };
    if (code !== 'Full') {
      this.#failure = { code: 'Failed', message };
      return commits.map(() => ({ code: 'Failed', message }));
    }
    return commits.map((commit) => (commit.expectedHead === this.#head ? refusal : supersededBy(commit, this.#head)));
  }
}

function prepareStatements(connection: DatabaseSync) {
  const prepare = (sql: string): StatementSync => {
    const statement = connection.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  /** The newest row of each object up to a revision; SQLite takes bare columns from the row that has the maximum. */
  const newest = (where: string) => `
    SELECT ${prefixed('l')} FROM (
      SELECT namespace, name, operation, max(revision) AS newest FROM log
      WHERE resource = ? ${where} AND revision <= ? GROUP BY namespace, name
    ) JOIN log l ON l.revision = newest
    WHERE l.operation <> 2 ORDER BY l.namespace, l.name LIMIT ?`;
  return {
    insert: prepare(`INSERT INTO log (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    after: prepare(`SELECT ${columns} FROM log WHERE revision > ? ORDER BY revision LIMIT ?`),
    current: prepare(`
      SELECT ${columns} FROM log l
      WHERE revision > ? AND operation <> 2 AND NOT EXISTS (
        SELECT 1 FROM log n
        WHERE n.resource = l.resource AND n.namespace = l.namespace AND n.name = l.name AND n.revision > l.revision
      ) ORDER BY revision LIMIT ?`),
    history: prepare(`
      SELECT ${columns} FROM log
      WHERE resource = ? AND namespace = ? AND name = ? AND revision < ? ORDER BY revision DESC LIMIT ?`),
    asOf: prepare(newest('')),
    asOfAfter: prepare(newest('AND (namespace, name) > (?, ?)')),
  };
}

function prefixed(table: string): string {
  return columns.replaceAll(/\w+/g, (column) => `${table}.${column}`);
}

/** Rows of a statement that returns `columns` as arrays. */
function collect(records: Iterable<unknown>): StoreRow[] {
  return Array.from(records, (record) => toRow(record as RowRecord));
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
type RowRecord = [number, string, string, string, number, number, number, string, string, string, Uint8Array];

function toRow(record: RowRecord): StoreRow {
  const [revision, resource, namespace, name, operationNumber, keep, atMs, actor, reason, requestId, bytes] = record;
  const operation = operations[operationNumber];
  assert(operation !== undefined, 'A stored row has a known operation');
  return { revision, resource, namespace, name, operation, keep: keep === 1, atMs, actor, reason, requestId, bytes };
}

function supersededBy(commit: Commit, head: number): Refusal {
  const builtOn = `it builds on revision ${commit.expectedHead}, the head is ${head}`;
  return { code: 'Superseded', message: `Cannot append to the store: ${builtOn}` };
}
