import type { StatementSync } from 'node:sqlite';
import type { CompactionBounds } from '../../ports/store.ts';
import { readMeta, writeMeta } from './database.ts';
import type { LogFile } from './log-file.ts';
import { deleteOperation, type IndexEntry } from './object-index.ts';
import { pageBytes } from './wal.ts';

/** What one step of compaction did. */
export interface CompactionStep {
  readonly removedCount: number;
  /** Nothing is left to remove within these bounds. */
  readonly done: boolean;
}

/**
 * Rows looked at in one step. Each one removed costs two random pages, and what a step writes the next commit has to
 * sync: with more of them the slowest commits wait longer, with fewer compaction falls behind (`bench/compaction.ts`).
 */
const examinedPerStepMax = 16;

/** What decides about one row. */
interface Candidate extends IndexEntry {
  readonly atMs: number;
}

/**
 * Removes superseded rows at a cost that follows what changed, not what is stored. Three cursors walk the log, each
 * passes a row once:
 * - `supersededTo` walks rows that replaced another one: up to the floor, the row they replaced may go.
 * - `historyTo` walks rows as they become older than the history bound: the kept rows before them may go.
 * - `evictionTo` walks rows from the oldest on while the store is larger than its budget.
 *
 * A row is removed only when the row that replaced it is at or below the floor, so that a watch from the floor on
 * still finds what each change replaced.
 */
export class Compaction {
  readonly #log: LogFile;
  readonly #statements: Statements;

  constructor(log: LogFile) {
    this.#log = log;
    this.#statements = prepareStatements(log);
  }

  /** Does a bounded part of the work in one transaction. An idle store is not written to. */
  step(bounds: CompactionBounds): CompactionStep {
    const reachable = { ...bounds, watchFloor: Math.min(bounds.watchFloor, this.#log.head) };
    const pass = new Pass(this.#log, this.#statements, reachable);
    if (this.#log.floor >= reachable.watchFloor && !pass.hasWork()) return { removedCount: 0, done: true };
    return this.#log.lazyTransaction(() => {
      this.#log.raiseFloor(reachable.watchFloor);
      const done = pass.removeSuperseded() && pass.removeAged() && pass.removeExcess();
      return { removedCount: pass.removedCount, done };
    });
  }
}

/** One step inside its transaction. */
class Pass {
  removedCount = 0;
  readonly #log: LogFile;
  readonly #statements: Statements;
  readonly #bounds: CompactionBounds;

  constructor(log: LogFile, statements: Statements, bounds: CompactionBounds) {
    this.#log = log;
    this.#statements = statements;
    this.#bounds = bounds;
  }

  /** False when no cursor has anything in front of it. */
  hasWork(): boolean {
    const { watchFloor, historyBeforeMs } = this.#bounds;
    if (this.#supersededTo() < watchFloor) return true;
    const [oldest] = this.#rowsAfter(this.#cursor('historyTo'), 1);
    if (oldest !== undefined && oldest.atMs < historyBeforeMs) return true;
    return this.#isTooLarge() && this.#cursor('evictionTo') < watchFloor;
  }

  /** True when the cursor has arrived at the floor. */
  removeSuperseded(): boolean {
    const { watchFloor, historyPerObjectMax } = this.#bounds;
    let cursor = this.#supersededTo();
    const rows = this.#rowsAfter(cursor);
    for (const row of rows) {
      if (!this.#removeReplacedBy(row)) break;
      cursor = row.revision;
    }
    if (rows.length === 0) cursor = watchFloor;
    this.#moveCursor('supersededTo', cursor);
    this.#moveCursor('historyPerObjectMax', historyPerObjectMax);
    return rows.length === 0;
  }

  /** True when the cursor has arrived at rows that are young enough. */
  removeAged(): boolean {
    let cursor = this.#cursor('historyTo');
    const aged = this.#rowsAfter(cursor).filter((row) => row.atMs < this.#bounds.historyBeforeMs);
    for (const row of aged) {
      // Until its own time, what was kept before it was the state of the object.
      if (row.keep && !this.#removeOlder(row, 0)) break;
      if (row.keep && row.operation === deleteOperation && !this.#remove(row)) break;
      cursor = row.revision;
    }
    this.#moveCursor('historyTo', cursor);
    return aged.length === 0;
  }

  /** True when the store is small enough, or only what must stay is left. */
  removeExcess(): boolean {
    if (!this.#isTooLarge()) return true;
    let cursor = this.#cursor('evictionTo');
    const rows = this.#rowsAfter(cursor);
    for (const row of rows) {
      if (this.#isSettled(row)) {
        if (!this.#remove(row)) break;
        this.#moveCursor('evicted', row.revision);
      }
      cursor = row.revision;
    }
    this.#moveCursor('evictionTo', cursor);
    return rows.length === 0;
  }

  #isTooLarge(): boolean {
    const { pageCount, freePageCount } = this.#statements;
    return (numberOf(pageCount) - numberOf(freePageCount)) * pageBytes > this.#bounds.bytesMax;
  }

  /** Another bound on the number of kept rows starts the walk again. */
  #supersededTo(): number {
    const isSameBound = this.#cursor('historyPerObjectMax') === this.#bounds.historyPerObjectMax;
    return isSameBound ? this.#cursor('supersededTo') : 0;
  }

  #cursor(name: string): number {
    return Number(readMeta(this.#log.connection, name) ?? 0);
  }

  #moveCursor(name: string, to: number): void {
    if (this.#cursor(name) !== to) writeMeta(this.#log.connection, name, to);
  }

  /** Rows up to the floor. */
  #rowsAfter(revision: number, rowsMax = examinedPerStepMax): Candidate[] {
    return this.#statements.rows.all(revision, this.#bounds.watchFloor, rowsMax).map(toCandidate);
  }

  /** False when this step may remove no more and something is left. */
  #removeReplacedBy(row: Candidate): boolean {
    const { historyPerObjectMax } = this.#bounds;
    const isHeld = ({ keep }: IndexEntry) => keep && historyPerObjectMax >= 1;
    const replaced = this.#log.index.previous(row, row.revision);
    if (replaced !== undefined && !isHeld(replaced) && !this.#remove(replaced)) return false;
    if (row.keep && !this.#removeOlder(row, Math.max(0, historyPerObjectMax - 1))) return false;
    if (row.operation !== deleteOperation || isHeld(row)) return true;
    // Without the deletion, what was kept before it would be there again.
    return this.#removeOlder(row, 0) && this.#remove(row);
  }

  /** Removes the kept rows of an object before one, but for the newest `skip`. False when something is left. */
  #removeOlder(row: Candidate, skip: number): boolean {
    const page = { skip, limit: this.#bounds.rowsMax - this.removedCount + 1 };
    return this.#log.index.olderKept(row, row.revision, page).every((older) => this.#remove(older));
  }

  #isSettled(row: Candidate): boolean {
    if (row.operation === deleteOperation) return true;
    const replacing = this.#log.index.next(row, row.revision);
    return replacing !== undefined && replacing.revision <= this.#bounds.watchFloor;
  }

  #remove(row: IndexEntry): boolean {
    if (this.removedCount >= this.#bounds.rowsMax) return false;
    this.#log.remove(row);
    this.removedCount++;
    return true;
  }
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements({ connection }: LogFile) {
  return {
    rows: connection.prepare(`
      SELECT revision, resource, namespace, name, operation, keep, at_ms AS atMs
      FROM log WHERE revision > ? AND revision <= ? ORDER BY revision LIMIT ?`),
    pageCount: connection.prepare('SELECT page_count AS n FROM pragma_page_count'),
    freePageCount: connection.prepare('SELECT freelist_count AS n FROM pragma_freelist_count'),
  };
}

function numberOf(statement: StatementSync): number {
  return Number(statement.get()?.['n']);
}

function toCandidate(record: Readonly<Record<string, unknown>>): Candidate {
  return {
    revision: Number(record['revision']),
    resource: String(record['resource']),
    namespace: String(record['namespace']),
    name: String(record['name']),
    operation: Number(record['operation']),
    keep: record['keep'] === 1,
    atMs: Number(record['atMs']),
  };
}
