import type { NewRow, QueuedRow, RowQueue, RowQueueBounds } from '../../ports/rows.ts';

/** What survives a crash of a memory row queue; keep it to open the queue again. */
export class MemoryRowsDisk {
  nextSequence = 1;
  rows: { readonly sequence: number; readonly series: string; readonly bytes: Uint8Array }[] = [];
  gap: { readonly sequence: number; readonly droppedCount: number } | undefined;
}

/** How to open a row queue in memory. */
export interface MemoryRowsOptions extends RowQueueBounds {
  /** Default: a new, empty one. */
  readonly disk?: MemoryRowsDisk;
}

/** A row queue in memory, for tests and the simulator. */
export function openMemoryRows({ disk = new MemoryRowsDisk(), ...bounds }: MemoryRowsOptions): RowQueue {
  return new MemoryRows(disk, bounds);
}

class MemoryRows implements RowQueue {
  readonly #disk: MemoryRowsDisk;
  readonly #bounds: RowQueueBounds;
  /** Rows up to this one were given out; a merge leaves them alone. */
  #takenSequence = 0;

  constructor(disk: MemoryRowsDisk, bounds: RowQueueBounds) {
    this.#disk = disk;
    this.#bounds = bounds;
  }

  get nextSequence(): number {
    return this.#disk.nextSequence;
  }

  async append(rows: readonly NewRow[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const disk = this.#disk;
    for (const { series, bytes } of rows) {
      const isMerged = (row: { series: string; sequence: number }) =>
        series !== '' && row.series === series && row.sequence > this.#takenSequence;
      disk.rows = disk.rows.filter((row) => !isMerged(row));
      disk.rows.push({ sequence: disk.nextSequence++, series, bytes });
    }
    this.#dropBeyondBounds();
  }

  async read(after: number, rowsMax: number, signal: AbortSignal): Promise<readonly QueuedRow[]> {
    signal.throwIfAborted();
    const { gap, rows } = this.#disk;
    const found: QueuedRow[] = [];
    if (gap && gap.sequence > after) found.push({ kind: 'gap', ...gap });
    for (const { sequence, bytes } of rows) {
      if (sequence > after && found.length < rowsMax) found.push({ kind: 'row', sequence, bytes });
    }
    this.#takenSequence = Math.max(this.#takenSequence, found.at(-1)?.sequence ?? 0);
    return found;
  }

  async acknowledge(sequence: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const disk = this.#disk;
    disk.rows = disk.rows.filter((row) => row.sequence > sequence);
    if (disk.gap && disk.gap.sequence <= sequence) disk.gap = undefined;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #dropBeyondBounds(): void {
    const { rowsMax, bytesMax } = this.#bounds;
    const disk = this.#disk;
    let valueBytes = disk.rows.reduce((sum, row) => sum + row.bytes.byteLength, 0);
    while (disk.rows.length > rowsMax || valueBytes > bytesMax) {
      const oldest = disk.rows.shift();
      if (oldest === undefined) return;
      valueBytes -= oldest.bytes.byteLength;
      disk.gap = { sequence: oldest.sequence, droppedCount: (disk.gap?.droppedCount ?? 0) + 1 };
    }
  }
}
