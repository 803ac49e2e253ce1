import type { DatabaseSync } from 'node:sqlite';
import type { CompactionBounds } from '../../ports/store.ts';
import { readMeta, writeMeta } from './database.ts';
import type { LogFile } from './log-file.ts';

/** What one step of compaction did. */
export interface CompactionStep {
  readonly removedCount: number;
  /** Nothing is left to remove within these bounds. */
  readonly done: boolean;
}

/** Rows looked at in one step, so that commits wait milliseconds at most. */
const examinedPerStepMax = 1_000;

/** What decides about one row. */
interface Candidate {
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly operation: number;
  readonly keep: boolean;
  readonly atMs: number;
}

/** Number of the operation `delete` in the table. */
const deleteOperation = 2;

/**
 * Removes superseded rows at a cost that follows what changed, not what is stored. Two cursors walk the log, each
 * passes a row once:
 * - `supersededTo` walks rows that replaced another one: up to the floor, the row they replaced may go.
 * - `historyTo` walks kept rows as they become older than the history bound.
 *
 * A row is removed only when the row that replaced it is at or below the floor, so that a watch from the floor on
 * still finds what each change replaced.
 */
export class Compaction {
  readonly #log: LogFile;
  readonly #statements: Statements;

  constructor(log: LogFile) {
    this.#log = log;
    this.#statements = prepareStatements(log.connection);
  }

  /** Does a bounded part of the work in one durable transaction. An idle store is not written to. */
  step(bounds: CompactionBounds): CompactionStep {
    const reachable = { ...bounds, watchFloor: Math.min(bounds.watchFloor, this.#log.head) };
    const pass = new Pass(this.#log.connection, this.#statements, reachable);
    if (this.#log.floor >= reachable.watchFloor && !pass.hasWork()) return { removedCount: 0, done: true };
    return this.#log.transaction(() => {
      this.#log.raiseFloor(reachable.watchFloor);
      const done = pass.removeSuperseded() && pass.removeAged();
      return { removedCount: pass.removedCount, done };
    });
  }
}

/** One step inside its transaction. */
class Pass {
  removedCount = 0;
  readonly #connection: DatabaseSync;
  readonly #statements: Statements;
  readonly #bounds: CompactionBounds;

  constructor(connection: DatabaseSync, statements: Statements, bounds: CompactionBounds) {
    this.#connection = connection;
    this.#statements = statements;
    this.#bounds = bounds;
  }

  /** False when neither cursor has anything in front of it. */
  hasWork(): boolean {
    const { watchFloor, historyBeforeMs } = this.#bounds;
    if (this.#supersededTo() < watchFloor) return true;
    const [oldest] = this.#statements.kept.all(this.#historyTo(), watchFloor, 1).map(toCandidate);
    return oldest !== undefined && oldest.atMs < historyBeforeMs;
  }

  /** True when the cursor has arrived at the floor. */
  removeSuperseded(): boolean {
    const { watchFloor, historyPerObjectMax } = this.#bounds;
    let cursor = this.#supersededTo();
    const rows = this.#statements.log.all(cursor, watchFloor, examinedPerStepMax).map(toCandidate);
    for (const row of rows) {
      if (!this.#removeReplacedBy(row)) break;
      cursor = row.revision;
    }
    if (rows.length === 0) cursor = watchFloor;
    writeMeta(this.#connection, 'supersededTo', cursor);
    writeMeta(this.#connection, 'historyPerObjectMax', historyPerObjectMax);
    return rows.length === 0;
  }

  /** True when the cursor has arrived at rows that are young enough. */
  removeAged(): boolean {
    const { watchFloor, historyBeforeMs } = this.#bounds;
    let cursor = this.#historyTo();
    const rows = this.#statements.kept.all(cursor, watchFloor, examinedPerStepMax).map(toCandidate);
    const aged = rows.filter((row) => row.atMs < historyBeforeMs);
    for (const row of aged) {
      if (this.#isSettled(row) && !this.#remove(row.revision)) break;
      cursor = row.revision;
    }
    writeMeta(this.#connection, 'historyTo', cursor);
    return aged.length === 0;
  }

  /** Another bound on the number of kept rows starts the walk again. */
  #supersededTo(): number {
    const isSameBound = readMeta(this.#connection, 'historyPerObjectMax') === this.#bounds.historyPerObjectMax;
    return isSameBound ? Number(readMeta(this.#connection, 'supersededTo')) : 0;
  }

  #historyTo(): number {
    return Number(readMeta(this.#connection, 'historyTo') ?? 0);
  }

  /** False when this step may remove no more and something is left. */
  #removeReplacedBy(row: Candidate): boolean {
    const { resource, namespace, name, revision } = row;
    const [replaced] = this.#statements.previous.all(resource, namespace, name, revision).map(toCandidate);
    if (replaced !== undefined && !this.#isHeld(replaced) && !this.#remove(replaced.revision)) return false;
    if (row.keep && !this.#removeOverflow(row)) return false;
    return row.operation !== deleteOperation || this.#isHeld(row) || this.#remove(row.revision);
  }

  /** Whether history holds a row that is among the newest kept ones of its object. */
  #isHeld({ keep, atMs }: Candidate): boolean {
    return keep && atMs >= this.#bounds.historyBeforeMs && this.#bounds.historyPerObjectMax >= 1;
  }

  #removeOverflow({ resource, namespace, name, revision }: Candidate): boolean {
    const { historyPerObjectMax, rowsMax } = this.#bounds;
    const limits = [rowsMax - this.removedCount + 1, Math.max(0, historyPerObjectMax - 1)];
    const overflow = this.#statements.olderKept.all(resource, namespace, name, revision, ...limits).map(toCandidate);
    return overflow.every((row) => this.#remove(row.revision));
  }

  #isSettled({ operation, resource, namespace, name, revision }: Candidate): boolean {
    if (operation === deleteOperation) return true;
    const [replacing] = this.#statements.next.all(resource, namespace, name, revision).map(toCandidate);
    return replacing !== undefined && replacing.revision <= this.#bounds.watchFloor;
  }

  #remove(revision: number): boolean {
    if (this.removedCount >= this.#bounds.rowsMax) return false;
    this.#statements.remove.run(revision);
    this.removedCount++;
    return true;
  }
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(connection: DatabaseSync) {
  const columns = 'revision, resource, namespace, name, operation, keep, at_ms AS atMs';
  const select = (where: string) => connection.prepare(`SELECT ${columns} FROM log WHERE ${where}`);
  const ofObject = 'resource = ? AND namespace = ? AND name = ?';
  return {
    log: select('revision > ? AND revision <= ? ORDER BY revision LIMIT ?'),
    kept: select('revision > ? AND revision <= ? AND keep = 1 ORDER BY revision LIMIT ?'),
    previous: select(`${ofObject} AND revision < ? ORDER BY revision DESC LIMIT 1`),
    next: select(`${ofObject} AND revision > ? ORDER BY revision LIMIT 1`),
    olderKept: select(`${ofObject} AND revision < ? AND keep = 1 ORDER BY revision DESC LIMIT ? OFFSET ?`),
    remove: connection.prepare('DELETE FROM log WHERE revision = ?'),
  };
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
