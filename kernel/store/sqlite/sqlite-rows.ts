import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { NewRow, QueuedRow, RowQueue, RowQueueBounds } from '../../ports/rows.ts';
import { StoreError } from '../../ports/store.ts';
import type { RowsService } from './rows-service.ts';
import type { ServiceHandle } from './thread.ts';
import { SqliteThread } from './thread.ts';

/** How to open a row queue. */
export interface SqliteRowsOptions extends RowQueueBounds {
  /** The main file; `-wal` and `.holder` files appear beside it. Its folder must exist. */
  readonly path: string;
  readonly random: Random;
  readonly logger: Logger;
  /** Process id, told to other processes that find the queue locked. */
  readonly pid: number;
  /** A thread shared with the store; default: one of its own. */
  readonly thread?: SqliteThread;
  readonly signal: AbortSignal;
}

/**
 * Opens a row queue in a SQLite file of its own, creating it if it is not there. Appends are durable when they
 * resolve. What recovery dropped is logged.
 * @throws {StoreError} `Locked`, `NewerFormat`, `Corrupt`, `Full` (only when creating) or `Failed`.
 */
export async function openSqliteRows(options: SqliteRowsOptions): Promise<RowQueue> {
  const { path, rowsMax, bytesMax, random, logger, pid, signal } = options;
  signal.throwIfAborted();
  const thread = options.thread ?? new SqliteThread(logger);
  const stop = async () => {
    if (thread !== options.thread) await thread.stop();
  };
  try {
    const service = await thread.open('rows', { path, rowsMax, bytesMax, creationId: random.uuid(), pid });
    const { nextSequence, notes } = await service.call('recovery');
    for (const note of notes) logger.warn('recovered a row queue', { path, note });
    return new SqliteRows(service, nextSequence, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

class SqliteRows implements RowQueue {
  #nextSequence: number;
  readonly #service: ServiceHandle<RowsService>;
  readonly #stop: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(service: ServiceHandle<RowsService>, nextSequence: number, stop: () => Promise<void>) {
    this.#service = service;
    this.#nextSequence = nextSequence;
    this.#stop = stop;
  }

  get nextSequence(): number {
    return this.#nextSequence;
  }

  async append(rows: readonly NewRow[], signal: AbortSignal): Promise<void> {
    this.#check(signal);
    // Copies: a view may lie in a large pooled buffer, and the whole of that would be sent.
    const copies = rows.map(({ series, bytes }) => ({ series, bytes: Uint8Array.from(bytes) }));
    this.#nextSequence = await this.#service.call('append', copies);
  }

  async read(after: number, rowsMax: number, signal: AbortSignal): Promise<readonly QueuedRow[]> {
    this.#check(signal);
    return this.#service.call('read', after, rowsMax);
  }

  async acknowledge(sequence: number, signal: AbortSignal): Promise<void> {
    this.#check(signal);
    await this.#service.call('acknowledge', sequence);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#service.call('close');
    await this.#stop();
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closing) throw new StoreError('Closed', 'Cannot use the row queue: it is closed');
  }
}
