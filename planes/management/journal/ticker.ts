/** Wakes the sender of the journal when rows were appended. */
export class JournalTicker {
  #waiting = Promise.withResolvers<void>();

  /** Rows were appended. */
  tick(): void {
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers<void>();
  }

  /** The next tick. Take it before looking at the queue, so that none is missed. */
  get next(): Promise<void> {
    return this.#waiting.promise;
  }
}
