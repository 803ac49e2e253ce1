import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AsOfOptions, ObjectRows } from '../../ports/store.ts';
import { readMeta, writeMeta } from './database.ts';
import { objectColumns } from './log-schema.ts';

/** What the index knows of a row. */
export interface IndexEntry extends ObjectRows {
  readonly revision: number;
  /** Number of the operation in the table. */
  readonly operation: number;
  readonly keep: boolean;
}

/** Entries that wait in memory until a sweep moves them: the more, the more of them share a page on the disk. */
const waitingMax = 10_000;
/** Entries that may go on waiting when there is time. */
const waitingWhenIdleMax = 1_000;

/**
 * Finds the rows of an object. New entries wait in a table in memory and are swept to the disk in the order of the index,
 * some at a time: written with each commit they would more than double what it has to sync. Readers look at both tables.
 * After a crash what waited is read from the log.
 */
export class ObjectIndex {
  readonly #connection: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #waitingCount: number;
  #sweepAtCount = waitingMax;
  #sweep: Sweep | undefined;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    connection.exec(`CREATE TEMP TABLE log_object_waiting (${objectColumns}) WITHOUT ROWID`);
    connection.prepare(fillSql).run(readMeta(connection, 'indexedTo') ?? 0);
    this.#waitingCount = Number(connection.prepare('SELECT count(*) AS n FROM log_object_waiting').get()?.['n']);
    this.#statements = prepareStatements(connection);
  }

  /** Time for `move`: too many entries wait, or a sweep is under way. */
  get isDue(): boolean {
    return this.#sweep !== undefined || this.#waitingCount >= this.#sweepAtCount;
  }

  /** Worth a `move` when there is nothing else to do. */
  get hasWaiting(): boolean {
    return this.#sweep !== undefined || this.#waitingCount >= waitingWhenIdleMax;
  }

  /** Adds an entry. Call it in the transaction that appends the row, and `added` when that is through. */
  add({ resource, namespace, name, revision, operation, keep }: IndexEntry): void {
    this.#statements.add.run(resource, namespace, name, revision, operation, keep ? 1 : 0);
  }

  /** So many entries were added for good. */
  added(count: number): void {
    this.#waitingCount += count;
  }

  /** Removes an entry. Call it in the transaction that removes the row. */
  remove({ resource, namespace, name, revision }: Omit<IndexEntry, 'operation' | 'keep'>): void {
    this.#statements.remove.run(resource, namespace, name, revision);
    this.#statements.removeWaiting.run(resource, namespace, name, revision);
  }

  /**
   * Moves the next entries of a sweep to the disk, at most `count`. Call it in a transaction, and when that is through
   * what it returns, which remembers how far the sweep is.
   */
  move(head: number, count: number): () => void {
    const { to, after } = this.#sweep ?? { to: head, after: ['', '', '', 0] };
    const waiting: readonly unknown[] = this.#statements.waiting.all(...after, count);
    const entries = waiting as readonly EntryRecord[];
    for (const entry of entries) {
      this.#statements.insert.run(...entry);
      const [resource, namespace, name, revision] = entry;
      this.#statements.removeWaiting.run(resource, namespace, name, revision);
    }
    const [resource, namespace, name, revision] = entries.at(-1) ?? after;
    const isDone = entries.length < count;
    if (isDone) writeMeta(this.#connection, 'indexedTo', to);
    return () => {
      this.#waitingCount = Math.max(0, this.#waitingCount - entries.length);
      this.#sweepAtCount = waitingMax;
      this.#sweep = isDone ? undefined : { to, after: [resource, namespace, name, revision] };
    };
  }

  /** A `move` failed, probably for lack of space: tries again only when more waits. */
  postpone(): void {
    this.#sweep = undefined;
    this.#sweepAtCount = this.#waitingCount + waitingWhenIdleMax;
  }

  /** Newest entry of an object before a revision. */
  previous({ resource, namespace, name }: ObjectRows, before: number): IndexEntry | undefined {
    return toEntry(this.#statements.previous.get(resource, namespace, name, before));
  }

  /** Oldest entry of an object after a revision. */
  next({ resource, namespace, name }: ObjectRows, after: number): IndexEntry | undefined {
    return toEntry(this.#statements.next.get(resource, namespace, name, after));
  }

  /** Kept entries of an object before a revision, newest first, without the first `skip`; at most `limit`. */
  olderKept({ resource, namespace, name }: ObjectRows, before: number, page: { skip: number; limit: number }) {
    const records = this.#statements.olderKept.all(resource, namespace, name, before, page.limit, page.skip);
    return records.flatMap((record) => toEntry(record) ?? []);
  }

  /** Revisions of an object before one, newest first. */
  revisions({ resource, namespace, name }: ObjectRows, before: number, limit: number): readonly number[] {
    const records: readonly unknown[] = this.#statements.revisions.all(resource, namespace, name, before, limit);
    return (records as readonly [number][]).map(([revision]) => revision);
  }

  /** The newest revision ≤ `revision` of each object of a resource behind a name, in order of names; without deleted ones. */
  *asOf(resource: string, revision: number, { after = beforeAll, namespace }: Omit<AsOfOptions, 'rowsMax'>) {
    const { newest, newestOf } = this.#statements;
    const { namespace: home, name } = after;
    // A bound namespace keeps SQLite from looking at others.
    const found =
      namespace === undefined
        ? newest.map((one) => one.iterate(resource, home, name, revision))
        : newestOf.map((one) => one.iterate(resource, namespace, home === namespace ? name : '', revision));
    for (const [, , newestRevision, operation] of mergeByName(found)) {
      if (operation !== deleteOperation) yield newestRevision;
    }
  }

  /**
   * The oldest entries of objects whose past is cut off: those that do not begin with the creation of their object.
   * @returns the newest revision among them; 0 when there is none.
   */
  cutOffAt(resource: string, namespace: string): number {
    const { oldest, oldestOf } = this.#statements;
    const found =
      namespace === ''
        ? oldest.map((one) => one.iterate(resource))
        : oldestOf.map((one) => one.iterate(resource, namespace));
    let cutOff = 0;
    for (const [, , revision, operation] of mergeByName(found, true)) {
      if (operation !== createOperation) cutOff = Math.max(cutOff, revision);
    }
    return cutOff;
  }
}

const beforeAll = { namespace: '', name: '' };

/** Namespace, name, revision and operation of one entry of each object. */
type NamedRecord = readonly [string, string, number, number];

/** Two lists in the order of names as one; of an object that is in both, the newer or the older entry. */
function* mergeByName(lists: readonly Iterable<unknown>[], takesOlder = false): Generator<NamedRecord> {
  const sources = lists.map((list) => list[Symbol.iterator]() as Iterator<NamedRecord>);
  try {
    let [a, b] = sources.map(nextOf);
    while (a !== undefined || b !== undefined) {
      const order = a === undefined ? 1 : b === undefined ? -1 : compareNames(a, b);
      const isSecond = order > 0 || (order === 0 && (b as NamedRecord)[2] < (a as NamedRecord)[2] === takesOlder);
      yield (isSecond ? b : a) as NamedRecord;
      if (order <= 0) a = nextOf(sources[0] as Iterator<NamedRecord>);
      if (order >= 0) b = nextOf(sources[1] as Iterator<NamedRecord>);
    }
  } finally {
    // A reader may have enough early; statements that are not at their end would hold back checkpoints.
    for (const source of sources) source.return?.();
  }
}

function nextOf(source: Iterator<NamedRecord>): NamedRecord | undefined {
  const { done, value } = source.next();
  return done === true ? undefined : value;
}

/** SQLite compares texts byte by byte in UTF-8, which is the order of names: they are ASCII. */
function compareNames(a: NamedRecord, b: NamedRecord): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] === b[1]) return 0;
  return a[1] < b[1] ? -1 : 1;
}

/** Revisions of rows that have no entry: there are none in a whole store. */
export function rowsOutsideIndex(connection: DatabaseSync, limit: number): readonly number[] {
  return revisionsOf(
    connection,
    `FROM log l WHERE NOT EXISTS (${entryOf('log_object')})
    AND NOT EXISTS (${entryOf('log_object_waiting')})`,
    limit,
  );
}

/** Revisions of entries that have no row: there are none in a whole store. */
export function strayIndexEntries(connection: DatabaseSync, limit: number): readonly number[] {
  return revisionsOf(
    connection,
    `FROM log_object o WHERE NOT EXISTS (
    SELECT 1 FROM log l WHERE l.revision = o.revision
      AND l.resource = o.resource AND l.namespace = o.namespace AND l.name = o.name)`,
    limit,
  );
}

function revisionsOf(connection: DatabaseSync, from: string, limit: number): readonly number[] {
  return connection
    .prepare(`SELECT revision ${from} LIMIT ?`)
    .all(limit)
    .map((record) => Number(record['revision']));
}

/** The entry of the row `l` in one of the tables. */
function entryOf(table: string): string {
  return `
    SELECT 1 FROM ${table} o
    WHERE o.resource = l.resource AND o.namespace = l.namespace AND o.name = l.name AND o.revision = l.revision`;
}

/** Number of the operation `create` in the tables. */
const createOperation = 0;
/** Number of the operation `delete` in the tables. */
export const deleteOperation = 2;

/** One pass over what waits, in the order of the index. Everything up to `to` is on the disk at its end. */
interface Sweep {
  readonly to: number;
  readonly after: readonly [string, string, string, number];
}

/** In the order of `columns`. */
type EntryRecord = [string, string, string, number, number, number];

const columns = 'resource, namespace, name, revision, operation, keep';

/** A crash in the middle of a sweep leaves entries of rows beyond `indexedTo` on the disk. */
const fillSql = `
  INSERT INTO log_object_waiting SELECT ${columns} FROM log l
  WHERE revision > ? AND NOT EXISTS (${entryOf('log_object')})`;

function prepareStatements(connection: DatabaseSync) {
  const prepare = (sql: string): StatementSync => {
    const statement = connection.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const both = (where: string, order: string) =>
    prepare(`
      SELECT ${columns} FROM log_object WHERE ${where}
      UNION ALL SELECT ${columns} FROM log_object_waiting WHERE ${where} ORDER BY ${order}`);
  // In each table by itself: grouped in the order of its key, nothing has to be sorted.
  const ofEach = (which: 'min' | 'max', where: string) =>
    ['log_object', 'log_object_waiting'].map((table) =>
      prepare(`
        SELECT namespace, name, ${which}(revision), operation FROM ${table} WHERE ${where} GROUP BY namespace, name`),
    );
  const ofObject = 'resource = ?1 AND namespace = ?2 AND name = ?3';
  const exactly = 'resource = ? AND namespace = ? AND name = ? AND revision = ?';
  return {
    add: prepare('INSERT INTO log_object_waiting VALUES (?, ?, ?, ?, ?, ?)'),
    insert: prepare('INSERT INTO log_object VALUES (?, ?, ?, ?, ?, ?)'),
    remove: prepare(`DELETE FROM log_object WHERE ${exactly}`),
    removeWaiting: prepare(`DELETE FROM log_object_waiting WHERE ${exactly}`),
    waiting: prepare(`
      SELECT ${columns} FROM log_object_waiting
      WHERE (resource, namespace, name, revision) > (?, ?, ?, ?)
      ORDER BY resource, namespace, name, revision LIMIT ?`),
    previous: both(`${ofObject} AND revision < ?4`, 'revision DESC LIMIT 1'),
    next: both(`${ofObject} AND revision > ?4`, 'revision LIMIT 1'),
    olderKept: both(`${ofObject} AND revision < ?4 AND keep = 1`, 'revision DESC LIMIT ?5 OFFSET ?6'),
    revisions: prepare(`
      SELECT revision FROM log_object WHERE ${ofObject} AND revision < ?4
      UNION ALL SELECT revision FROM log_object_waiting WHERE ${ofObject} AND revision < ?4
      ORDER BY revision DESC LIMIT ?5`),
    newest: ofEach('max', 'resource = ?1 AND (namespace, name) > (?2, ?3) AND revision <= ?4'),
    newestOf: ofEach('max', 'resource = ?1 AND namespace = ?2 AND name > ?3 AND revision <= ?4'),
    oldest: ofEach('min', 'resource = ?1'),
    oldestOf: ofEach('min', 'resource = ?1 AND namespace = ?2'),
  };
}

function toEntry(record: unknown): IndexEntry | undefined {
  if (record === undefined) return undefined;
  const [resource, namespace, name, revision, operation, keep] = record as EntryRecord;
  return { resource, namespace, name, revision, operation, keep: keep === 1 };
}
