import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type {
  AsOfOptions,
  Commit,
  CompactionBounds,
  ObjectRows,
  RowPage,
  RowValue,
  Store,
  StoredRecord,
  StoreRecovery,
  StoreRow,
} from '../../ports/store.ts';
import { checkCommit, checkRecords, StoreError } from '../../ports/store.ts';
import { MemoryDisk } from './memory-disk.ts';

/** How a memory store behaves. */
export interface MemoryStoreOptions {
  /** Where rows live; keep it to reopen the store. Default: a new, empty one. */
  readonly disk?: MemoryDisk;
  /** Lets `append` take time; without it commits are durable as soon as the caller awaits. */
  readonly writes?: {
    readonly clock: Clock;
    /** Milliseconds one group commit takes (≥ 0); commits arriving meanwhile wait for the next. */
    readonly durableAfterMs: number;
  };
}

/** A store in memory, for tests and the simulator. Same order and same refusals as on disk. */
export function openMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options);
}

class MemoryStore implements Store {
  readonly recovery: StoreRecovery;
  readonly #disk: MemoryDisk;
  readonly #writes: MemoryStoreOptions['writes'];
  readonly #crashCount: number;
  #flushing = false;
  #closed = false;
  #onIdle: (() => void) | undefined;

  constructor({ disk = new MemoryDisk(), writes }: MemoryStoreOptions) {
    this.#disk = disk;
    this.#crashCount = disk.crashCount;
    this.#writes = writes;
    this.recovery = { epoch: disk.epoch, head: disk.head, skipped: disk.skipped, notes: [] };
  }

  async append(commit: Commit): Promise<void> {
    this.#assertOpen();
    checkCommit(commit);
    await this.#enqueue({ ...commit, rows: [...commit.rows] });
  }

  async appendRecords(records: readonly Uint8Array[]): Promise<void> {
    this.#assertOpen();
    checkRecords(records);
    await this.#enqueue({ expectedHead: 0, rows: [], records });
  }

  async readRecords(after: number, rowsMax: number, signal: AbortSignal): Promise<readonly StoredRecord[]> {
    this.#check(signal, rowsMax);
    return this.#disk.records.filter(({ sequence }) => sequence > after).slice(0, rowsMax);
  }

  async forgetRecords(sequence: number): Promise<void> {
    this.#assertOpen();
    this.#disk.forgetRecords(sequence);
  }

  async readCurrent(after: number, rowsMax: number, signal: AbortSignal): Promise<RowPage> {
    this.#check(signal, rowsMax);
    const current: StoreRow[] = [];
    for (const rows of this.#disk.objects()) {
      const newest = rows.at(-1);
      if (newest && newest.operation !== 'delete' && newest.revision > after) current.push(newest);
    }
    return pageOf(
      current.sort((a, b) => a.revision - b.revision),
      rowsMax,
    );
  }

  async readLog(after: number, rowsMax: number, signal: AbortSignal): Promise<RowPage> {
    this.#check(signal, rowsMax);
    const { log } = this.#disk;
    const start = log.findLastIndex((row) => row.revision <= after) + 1;
    return pageOf(log.slice(start, start + rowsMax + 1), rowsMax);
  }

  async readFloor(signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#disk.floor;
  }

  async readEvicted(signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#disk.evicted;
  }

  async readCommitEnd(revision: number, signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#disk.commitEnd(revision);
  }

  async readHistory(
    object: ObjectRows,
    options: { readonly before?: number; readonly rowsMax: number },
    signal: AbortSignal,
  ): Promise<readonly StoreRow[]> {
    this.#check(signal, options.rowsMax);
    const { before = Number.MAX_SAFE_INTEGER, rowsMax } = options;
    const older = this.#disk.rowsOf(object).filter((row) => row.revision < before);
    return older.toReversed().slice(0, rowsMax);
  }

  async readAsOf(
    resource: string,
    revision: number,
    options: AsOfOptions,
    signal: AbortSignal,
  ): Promise<readonly StoreRow[]> {
    this.#check(signal, options.rowsMax);
    const { after, namespace } = options;
    const found: StoreRow[] = [];
    for (const rows of this.#disk.objects()) {
      if (rows[0]?.resource !== resource) continue;
      if (namespace !== undefined && rows[0].namespace !== namespace) continue;
      const row = rows.findLast((candidate) => candidate.revision <= revision);
      if (row === undefined || row.operation === 'delete') continue;
      if (after === undefined || compareNames(row, after) > 0) found.push(row);
    }
    return found.sort(compareNames).slice(0, options.rowsMax);
  }

  async readHistoryFloor(resource: string, namespace: string, signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#disk.historyFloor(resource, namespace);
  }

  async readRevisionAt(atMs: number, signal: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#disk.log.findLast((row) => row.atMs <= atMs)?.revision ?? 0;
  }

  async compact(bounds: CompactionBounds, signal: AbortSignal): Promise<number> {
    this.#check(signal, bounds.rowsMax);
    return this.#disk.compact(bounds);
  }

  async replaceValues(values: readonly RowValue[]): Promise<void> {
    this.#assertOpen();
    this.#disk.replaceValues(values);
  }

  async eraseReplaced(): Promise<void> {
    this.#assertOpen();
  }

  async backup(path: string, signal: AbortSignal): Promise<void> {
    this.#check(signal);
    if (this.#disk.backups.has(path)) {
      throw new StoreError('BadTarget', `Cannot back up the store to "${path}": it exists`);
    }
    this.#disk.backups.set(path, this.#disk.copy());
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#flushing) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  async #enqueue(commit: Commit): Promise<void> {
    const answer = new Promise<void>((resolve, reject) => {
      this.#disk.enqueue(commit, (refusal) => (refusal ? reject(refusal) : resolve()));
    });
    this.#startFlush();
    await answer;
  }

  #startFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const count = this.#disk.unansweredCount;
    const finish = () => {
      if (this.#hasCrashed()) return;
      this.#disk.flush(count);
      this.#flushing = false;
      if (this.#disk.unansweredCount > 0) this.#startFlush();
      else this.#onIdle?.();
    };
    if (this.#writes) this.#writes.clock.timer(this.#writes.durableAfterMs, finish);
    else queueMicrotask(finish);
  }

  #check(signal: AbortSignal, rowsMax = 1): void {
    this.#assertOpen();
    signal.throwIfAborted();
    assert(rowsMax >= 1 && rowsMax <= 10_000, 'A page has 1 … 10,000 rows');
  }

  #hasCrashed(): boolean {
    return this.#disk.crashCount !== this.#crashCount;
  }

  #assertOpen(): void {
    if (this.#closed || this.#hasCrashed()) throw new StoreError('Closed', 'Cannot use the store: it is closed');
  }
}

function pageOf(rows: readonly StoreRow[], rowsMax: number): RowPage {
  const page = rows.slice(0, rowsMax);
  const last = page.at(-1);
  return rows.length > rowsMax && last ? { rows: page, next: last.revision } : { rows: page };
}

interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

function compareNames(a: NamespacedName, b: NamespacedName): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
