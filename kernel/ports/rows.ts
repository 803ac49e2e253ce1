/**
 * A bounded, durable queue of rows that are not intent (event journal, later usage and metrics). Rows get ascending
 * sequence numbers that are never reused; when the bound is hit the oldest go and an explicit gap remains.
 */
export interface RowQueue {
  /** Sequence number the next row gets; ≥ 1. */
  readonly nextSequence: number;
  /** Appends rows durably. Rows of the same non-empty `series` not yet taken may be merged into the newest. */
  append(rows: readonly NewRow[], signal: AbortSignal): Promise<void>;
  /** Rows and gaps with a sequence > `after`, in order, at most `rowsMax`. */
  read(after: number, rowsMax: number, signal: AbortSignal): Promise<readonly QueuedRow[]>;
  /** Forgets every row up to and including `sequence`. */
  acknowledge(sequence: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How much a queue holds; beyond either bound the oldest rows go. */
export interface RowQueueBounds {
  /** Most rows, ≥ 1. */
  readonly rowsMax: number;
  /** Most bytes of values, ≥ 0. */
  readonly bytesMax: number;
}

/** A row about to be appended. */
export interface NewRow {
  readonly bytes: Uint8Array;
  /** Rows of one series replace each other while they wait (for example one event's repetitions); empty: never merged. */
  readonly series: string;
}

/** A waiting row, or a note that rows were dropped. */
export type QueuedRow =
  | { readonly kind: 'row'; readonly sequence: number; readonly bytes: Uint8Array }
  | { readonly kind: 'gap'; readonly sequence: number; readonly droppedCount: number };
