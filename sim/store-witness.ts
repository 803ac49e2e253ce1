import type { Commit, Store, StoreRow } from '../kernel/ports/store.ts';
import { forwardedStore } from '../kernel/store/forwarded-store.ts';
import type { MemoryDisk } from '../kernel/store/memory/memory-disk.ts';
import type { MachineWorld } from './machine.ts';
import { shortDigest } from './trace.ts';

/** Called for every row as it becomes durable, in order. */
export type RowObserver = (row: StoreRow) => void;

/** A write that a client was told is done. */
export interface AcknowledgedWrite {
  /** `configmaps shop/settings`. */
  readonly what: string;
  readonly revision: number;
}

/**
 * Stands between a kernel and its store and remembers what the store and the kernel promised: an acknowledged commit
 * and an acknowledged write are durable, survive every crash unchanged, and revisions only ever grow.
 */
export class StoreWitness {
  readonly #name: string;
  readonly #disk: MemoryDisk;
  readonly #world: MachineWorld;
  readonly #observers: RowObserver[] = [];
  /** Durable rows, by revision. */
  readonly #rows = new Map<number, StoreRow>();
  readonly #acknowledgedRows: StoreRow[] = [];
  readonly #acknowledgedWrites: AcknowledgedWrite[] = [];
  #seenHead = 0;
  #seenRows = 0;

  constructor(name: string, disk: MemoryDisk, world: MachineWorld) {
    this.#name = name;
    this.#disk = disk;
    this.#world = world;
  }

  /** Rows observed so far. */
  get rowCount(): number {
    return this.#rows.size;
  }

  /** Commits and client writes acknowledged so far. */
  get acknowledgedCount(): number {
    return this.#acknowledgedRows.length + this.#acknowledgedWrites.length;
  }

  onRow(observer: RowObserver): void {
    this.#observers.push(observer);
  }

  /** A store whose promises are remembered. */
  watch(store: Store): Store {
    return {
      ...forwardedStore(store),
      append: async (commit) => {
        try {
          await store.append(commit);
          this.observe();
          this.#acknowledged(commit);
        } finally {
          this.observe();
        }
      },
    };
  }

  /** A client was told that its write is done. */
  writeAcknowledged(write: AcknowledgedWrite): void {
    this.#acknowledgedWrites.push(write);
    this.observe();
    this.#checkWrite(write, 'when it was acknowledged');
  }

  /** Checks every promise against what the crash left. */
  afterCrash(): void {
    this.observe();
    this.checkPromises('after a crash');
  }

  /** Checks every promise against the disk as it is. */
  checkPromises(when: string): void {
    const durable = new Set(this.#disk.log);
    for (const row of this.#acknowledgedRows) {
      if (!durable.has(row)) this.#lost(`commit with ${describeRow(row)} was acknowledged and is gone ${when}`);
    }
    for (const write of this.#acknowledgedWrites) this.#checkWrite(write, when);
    if (this.#disk.head < this.#seenHead) {
      this.#world.violation(
        'RevisionsGrow',
        `${this.#name}: head went back from ${this.#seenHead} to ${this.#disk.head} ${when}`,
      );
    }
  }

  /** Takes notice of rows that have become durable. */
  observe(): void {
    const { log } = this.#disk;
    while (this.#seenRows < log.length) {
      const row = log[this.#seenRows++];
      if (row !== undefined) this.#observeRow(row);
    }
  }

  #observeRow(row: StoreRow): void {
    if (row.revision <= this.#seenHead) {
      this.#world.violation(
        'RevisionsGrow',
        `${this.#name}: ${describeRow(row)} comes after revision ${this.#seenHead}`,
      );
    }
    this.#seenHead = row.revision;
    this.#rows.set(row.revision, row);
    this.#world.trace.note(this.#name, `${describeRow(row)} by ${row.actor} ${shortDigest(row.bytes)}`);
    for (const observer of this.#observers) observer(row);
  }

  #acknowledged({ rows }: Commit): void {
    this.#acknowledgedRows.push(...rows);
    for (const row of rows) {
      if (this.#rows.get(row.revision) !== row)
        this.#lost(`commit with ${describeRow(row)} is acknowledged and not durable`);
    }
  }

  #checkWrite({ what, revision }: AcknowledgedWrite, when: string): void {
    if (!this.#rows.has(revision))
      this.#lost(`write of ${what} at revision ${revision} was acknowledged and is not durable ${when}`);
  }

  #lost(message: string): void {
    this.#world.violation('NothingLost', `${this.#name}: ${message}`);
  }
}

/** `r12 update configmaps shop/settings`, for traces and messages. */
export function describeRow({ revision, operation, resource, namespace, name }: StoreRow): string {
  return `r${revision} ${operation} ${resource} ${namespace === '' ? name : `${namespace}/${name}`}`;
}
