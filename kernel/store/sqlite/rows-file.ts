import type { DatabaseSync } from 'node:sqlite';
import type { NewRow, QueuedRow, RowQueueBounds } from '../../ports/rows.ts';
import { StoreError } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { openDatabase, readMeta, restartWal, walFrameCount, writeMeta } from './database.ts';

/** How to open a row queue. */
export interface RowsFileOptions extends RowQueueBounds {
  readonly path: string;
  /** Name of a new file until it is complete; unique. */
  readonly creationId: string;
  readonly pid: number;
}

/** "PlfR". */
const applicationId = 0x506c6652;

const schema = `
  CREATE TABLE queue (sequence INTEGER PRIMARY KEY, series TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE INDEX queue_by_series ON queue (series, sequence) WHERE series <> '';
  INSERT INTO meta VALUES ('nextSequence', 1), ('gapSequence', 0), ('gapCount', 0);
`;

/** Frames after which the write-ahead log is moved into the main file (4 MB). */
const walFramesMax = 1_000;

/** What a change moves besides rows; kept in the meta table, and in memory while the transaction is not through. */
interface QueueState {
  nextSequence: number;
  /** Last sequence number that was dropped; 0 when there is no gap. */
  gapSequence: number;
  gapCount: number;
  rowCount: number;
  valueBytes: number;
}

/** A row queue in one SQLite file. Everything here blocks: it lives in a worker thread. */
export class RowsFile {
  readonly #database: Database;
  readonly #connection: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #bounds: RowQueueBounds;
  #state: QueueState;
  /** Rows up to this one were given out; a merge leaves them alone. */
  #takenSequence = 0;

  /** @throws {StoreError} see `openDatabase`. */
  constructor(options: RowsFileOptions) {
    this.#database = openDatabase({ ...options, noun: 'row queue', applicationId, migrations: [], schema });
    this.#connection = this.#database.connection;
    this.#statements = prepareStatements(this.#connection);
    this.#bounds = options;
    this.#state = this.#readState();
  }

  /** Sequence number the next row gets. */
  get nextSequence(): number {
    return this.#state.nextSequence;
  }

  /** What recovery dropped, for people. */
  get notes(): readonly string[] {
    return this.#database.notes;
  }

  /** See `RowQueue.append`. */
  append(rows: readonly NewRow[]): void {
    this.#change((state) => {
      for (const row of rows) this.#insert(state, row);
      while (state.rowCount > this.#bounds.rowsMax || state.valueBytes > this.#bounds.bytesMax) this.#dropOldest(state);
    });
  }

  /** See `RowQueue.read`. */
  read(after: number, rowsMax: number): QueuedRow[] {
    const { gapSequence, gapCount } = this.#state;
    const found: QueuedRow[] = [];
    if (gapSequence > after) found.push({ kind: 'gap', sequence: gapSequence, droppedCount: gapCount });
    for (const { sequence, bytes } of this.#statements.after.iterate(after, rowsMax - found.length)) {
      found.push({ kind: 'row', sequence: Number(sequence), bytes: bytes as Uint8Array });
    }
    this.#takenSequence = Math.max(this.#takenSequence, found.at(-1)?.sequence ?? 0);
    return found;
  }

  /** See `RowQueue.acknowledge`. */
  acknowledge(sequence: number): void {
    this.#change((state) => {
      for (const row of this.#statements.upTo.all(sequence)) this.#remove(state, row);
      if (state.gapSequence > sequence) return;
      state.gapSequence = 0;
      state.gapCount = 0;
    });
  }

  /** Moves the write-ahead log into the main file when it is long. */
  shortenLog(): void {
    if (walFrameCount(this.#connection) >= walFramesMax) restartWal(this.#connection);
  }

  close(): void {
    this.#database.close();
  }

  #readState(): QueueState {
    const read = (name: string) => Number(readMeta(this.#connection, name));
    const sum = this.#connection.prepare('SELECT count(*) AS n, total(length(bytes)) AS bytes FROM queue').get();
    return {
      nextSequence: read('nextSequence'),
      gapSequence: read('gapSequence'),
      gapCount: read('gapCount'),
      rowCount: Number(sum?.['n']),
      valueBytes: Number(sum?.['bytes']),
    };
  }

  /** Durable when it returns; on any error neither the file nor the state has changed. */
  #change(apply: (state: QueueState) => void): void {
    const state = { ...this.#state };
    this.#connection.exec('BEGIN');
    try {
      apply(state);
      for (const name of ['nextSequence', 'gapSequence', 'gapCount'] as const) {
        if (state[name] !== this.#state[name]) writeMeta(this.#connection, name, state[name]);
      }
      this.#connection.exec('COMMIT');
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
    this.#state = state;
  }

  #insert(state: QueueState, { series, bytes }: NewRow): void {
    const merged = series === '' ? [] : this.#statements.ofSeries.all(series, this.#takenSequence);
    for (const row of merged) this.#remove(state, row);
    this.#statements.insert.run(state.nextSequence, series, bytes);
    state.nextSequence++;
    state.rowCount++;
    state.valueBytes += bytes.byteLength;
  }

  #dropOldest(state: QueueState): void {
    const oldest = this.#statements.oldest.get();
    if (oldest === undefined) throw new StoreError('Corrupt', 'Cannot drop the oldest row: the queue is empty');
    this.#remove(state, oldest);
    state.gapSequence = Number(oldest['sequence']);
    state.gapCount++;
  }

  #remove(state: QueueState, { sequence, length }: Readonly<Record<string, unknown>>): void {
    this.#statements.remove.run(Number(sequence));
    state.rowCount--;
    state.valueBytes -= Number(length);
  }
}

function prepareStatements(connection: DatabaseSync) {
  const size = 'SELECT sequence, length(bytes) AS length FROM queue';
  return {
    insert: connection.prepare('INSERT INTO queue VALUES (?, ?, ?)'),
    remove: connection.prepare('DELETE FROM queue WHERE sequence = ?'),
    after: connection.prepare('SELECT sequence, bytes FROM queue WHERE sequence > ? ORDER BY sequence LIMIT ?'),
    ofSeries: connection.prepare(`${size} WHERE series = ? AND series <> '' AND sequence > ?`),
    upTo: connection.prepare(`${size} WHERE sequence <= ?`),
    oldest: connection.prepare(`${size} ORDER BY sequence LIMIT 1`),
  };
}
