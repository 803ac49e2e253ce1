import { assert } from '../../base/assert.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
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
import {
  checkCommit,
  checkRecords,
  commitBytesMax,
  commitObjectsMax,
  sealBytesMax,
  StoreError,
} from '../../ports/store.ts';
import type { LogService, PackedPage } from './log-service.ts';
import { decodeRecords, decodeRows, encodeCommits, packedBytesMax } from './row-codec.ts';
import type { ServiceHandle } from './thread.ts';
import { SqliteThread } from './thread.ts';

/** How to open a store. */
export interface SqliteStoreOptions {
  /** The main file; `-wal` and `.holder` files appear beside it. Its folder must exist. */
  readonly path: string;
  readonly random: Random;
  readonly logger: Logger;
  /** Process id, told to other processes that find the store locked. */
  readonly pid: number;
  /** A thread shared with other databases; default: one of its own. */
  readonly thread?: SqliteThread;
  readonly signal: AbortSignal;
}

/** Packed bytes handed to the thread at once; more wait for the next batch. */
const batchBytesMax = 4 * 1024 * 1024;
/** Batches that are written between two steps of compaction when commits keep coming. */
const batchesBetweenSteps = 4;

/**
 * Opens a store in one SQLite file, creating it if it is not there. All disk work happens in a thread; commits that
 * arrive while it is busy share the next transaction and its fsync.
 * @throws {StoreError} `Locked`, `NewerFormat`, `Corrupt`, `Full` (only when creating) or `Failed`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, random, logger, pid, signal } = options;
  signal.throwIfAborted();
  const thread = options.thread ?? new SqliteThread(logger);
  const stop = async () => {
    if (thread !== options.thread) await thread.stop();
  };
  try {
    const log = await thread.open('log', { path, epoch: random.uuid(), pid });
    return new SqliteStore(log, await log.call('recovery'), stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

interface QueuedCommit {
  readonly commit: Commit;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class SqliteStore implements Store {
  readonly recovery: StoreRecovery;
  readonly #log: ServiceHandle<LogService>;
  readonly #stop: () => Promise<void>;
  /** Each entry belongs to a caller that waits for it, so callers bound the queue. */
  #queue: QueuedCommit[] = [];
  #writing: Promise<void> | undefined;
  /** The batch being written, or the last one. Never rejects. */
  #batch = Promise.resolve();
  #batchCount = 0;
  #closing: Promise<void> | undefined;

  constructor(log: ServiceHandle<LogService>, recovery: StoreRecovery, stop: () => Promise<void>) {
    this.#log = log;
    this.recovery = recovery;
    this.#stop = stop;
  }

  async append(commit: Commit): Promise<void> {
    this.#assertOpen();
    checkCommit(commit);
    const { expectedHead, rows, records = [] } = commit;
    await this.#enqueue({ expectedHead, rows: [...rows], records });
  }

  async appendRecords(records: readonly Uint8Array[]): Promise<void> {
    this.#assertOpen();
    checkRecords(records);
    await this.#enqueue({ expectedHead: 0, rows: [], records });
  }

  async readRecords(after: number, rowsMax: number, signal: AbortSignal): Promise<readonly StoredRecord[]> {
    this.#checkRead(signal, rowsMax);
    const { packed } = await abortable(this.#log.call('readRecords', after, rowsMax), signal);
    return decodeRecords(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  }

  async forgetRecords(sequence: number): Promise<void> {
    this.#assertOpen();
    await this.#log.call('forgetRecords', sequence);
  }

  async readCurrent(after: number, rowsMax: number, signal: AbortSignal): Promise<RowPage> {
    this.#checkRead(signal, rowsMax);
    return unpack(await abortable(this.#log.call('readCurrent', after, rowsMax), signal));
  }

  async readLog(after: number, rowsMax: number, signal: AbortSignal): Promise<RowPage> {
    this.#checkRead(signal, rowsMax);
    return unpack(await abortable(this.#log.call('readLog', after, rowsMax), signal));
  }

  async readFloor(signal: AbortSignal): Promise<number> {
    this.#checkRead(signal);
    return abortable(this.#log.call('readFloor'), signal);
  }

  async readEvicted(signal: AbortSignal): Promise<number> {
    this.#checkRead(signal);
    return abortable(this.#log.call('readEvicted'), signal);
  }

  async readCommitEnd(revision: number, signal: AbortSignal): Promise<number> {
    this.#checkRead(signal);
    return abortable(this.#log.call('readCommitEnd', revision), signal);
  }

  async readHistory(
    object: ObjectRows,
    options: { readonly before?: number; readonly rowsMax: number },
    signal: AbortSignal,
  ): Promise<readonly StoreRow[]> {
    this.#checkRead(signal, options.rowsMax);
    const { resource, namespace, name } = object;
    const { before = Number.MAX_SAFE_INTEGER, rowsMax } = options;
    const page = this.#log.call('readHistory', { resource, namespace, name }, before, rowsMax);
    return unpack(await abortable(page, signal)).rows;
  }

  async readAsOf(
    resource: string,
    revision: number,
    options: AsOfOptions,
    signal: AbortSignal,
  ): Promise<readonly StoreRow[]> {
    this.#checkRead(signal, options.rowsMax);
    return unpack(await abortable(this.#log.call('readAsOf', resource, revision, options), signal)).rows;
  }

  async readHistoryFloor(resource: string, namespace: string, signal: AbortSignal): Promise<number> {
    this.#checkRead(signal);
    return abortable(this.#log.call('readHistoryFloor', resource, namespace), signal);
  }

  async readRevisionAt(atMs: number, signal: AbortSignal): Promise<number> {
    this.#checkRead(signal);
    return abortable(this.#log.call('readRevisionAt', atMs), signal);
  }

  async compact(bounds: CompactionBounds, signal: AbortSignal): Promise<number> {
    this.#checkRead(signal, bounds.rowsMax);
    let removed = 0;
    while (removed < bounds.rowsMax) {
      const step = await this.#log.call('compact', { ...bounds, rowsMax: bounds.rowsMax - removed });
      removed += step.removedCount;
      if (step.done) break;
      await this.#letCommitsPass();
      signal.throwIfAborted();
    }
    return removed;
  }

  async replaceValues(values: readonly RowValue[]): Promise<void> {
    this.#assertOpen();
    const bytesMax = commitBytesMax + values.length * sealBytesMax;
    const byteCount = values.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    assert(values.length <= commitObjectsMax && byteCount <= bytesMax, 'Values are replaced in the bounds of a commit');
    await this.#log.call('replaceValues', values);
  }

  async eraseReplaced(): Promise<void> {
    this.#assertOpen();
    await this.#log.call('eraseReplaced');
  }

  async backup(path: string, signal: AbortSignal): Promise<void> {
    this.#checkRead(signal);
    await abortable(this.#log.call('backup', path), signal);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing;
    await this.#log.call('close');
    await this.#stop();
  }

  async #enqueue(commit: Commit): Promise<void> {
    const durable = new Promise<void>((resolve, reject) => this.#queue.push({ commit, resolve, reject }));
    this.#writing ??= this.#write();
    await durable;
  }

  /** Waits until some batches were written, or until nobody has anything to write. */
  async #letCommitsPass(): Promise<void> {
    const goOnAt = this.#batchCount + batchesBetweenSteps;
    while (this.#batchCount < goOnAt) {
      await this.#batch;
      // Whoever was just answered may have more to write.
      await this.#log.call('turn');
      if (this.#writing === undefined) return;
    }
  }

  /** Hands batch after batch to the thread until nothing waits. */
  async #write(): Promise<void> {
    // Everything that is ready to append in this turn of the event loop goes into the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      this.#batch = this.#writeBatch(this.#takeBatch());
      await this.#batch;
      this.#batchCount++;
    }
    this.#writing = undefined;
  }

  #takeBatch(): QueuedCommit[] {
    let bytes = 0;
    let count = 0;
    for (const { commit } of this.#queue) {
      bytes += packedBytesMax(commit);
      if (count > 0 && bytes > batchBytesMax) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #writeBatch(batch: readonly QueuedCommit[]): Promise<void> {
    try {
      const refusals = await this.#log.call('append', { packed: encodeCommits(batch.map(({ commit }) => commit)) });
      for (const [index, { resolve, reject }] of batch.entries()) {
        const refusal = refusals?.[index];
        if (refusal) reject(new StoreError(refusal.code, refusal.message));
        else resolve();
      }
    } catch (error) {
      const failure = error instanceof Error ? error : new StoreError('Failed', String(error));
      for (const { reject } of batch) reject(failure);
    }
  }

  #checkRead(signal: AbortSignal, rowsMax = 1): void {
    this.#assertOpen();
    signal.throwIfAborted();
    assert(rowsMax >= 1 && rowsMax <= 10_000, 'A page has 1 … 10,000 rows');
  }

  #assertOpen(): void {
    if (this.#closing) throw new StoreError('Closed', 'Cannot use the store: it is closed');
  }
}

function unpack({ packed, next }: PackedPage): RowPage {
  const rows = decodeRows(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  return next === undefined ? { rows } : { rows, next };
}

/** Leaves when the signal aborts; the thread finishes what it does and nobody listens. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
