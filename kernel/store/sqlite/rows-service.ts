import type { NewRow, QueuedRow } from '../../ports/rows.ts';
import { toStoreError } from './failure.ts';
import type { RowsFileOptions } from './rows-file.ts';
import { RowsFile } from './rows-file.ts';

/** What the worker does for `SqliteRows`; called by message. */
export class RowsService {
  readonly #file: RowsFile;

  constructor(options: RowsFileOptions) {
    this.#file = new RowsFile(options);
  }

  /** What opening found. */
  recovery(): { readonly nextSequence: number; readonly notes: readonly string[] } {
    return { nextSequence: this.#file.nextSequence, notes: this.#file.notes };
  }

  /** @returns the sequence number the next row gets. */
  append(rows: readonly NewRow[]): number {
    this.#do('append to the row queue', () => this.#file.append(rows));
    return this.#file.nextSequence;
  }

  read(after: number, rowsMax: number): QueuedRow[] {
    return this.#do('read the row queue', () => this.#file.read(after, rowsMax));
  }

  acknowledge(sequence: number): void {
    this.#do('acknowledge rows of the row queue', () => this.#file.acknowledge(sequence));
  }

  /** Work that can wait until the answer is on its way. */
  afterAppend(): void {
    this.#file.shortenLog();
  }

  close(): void {
    this.#file.close();
  }

  #do<T>(action: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw toStoreError(error, action);
    }
  }
}
