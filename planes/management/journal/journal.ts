/** The open journal of a site: what collector and sender share. */
export class Journal {
  /** Names the journal; sequence numbers mean something only together with it. */
  readonly epoch: string;
  #waiting = Promise.withResolvers<void>();

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  /** Rows were appended. */
  tick(): void {
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers<void>();
  }

  /** Resolves when rows are appended. Take it before looking at the queue, so that none is missed. */
  get next(): Promise<void> {
    return this.#waiting.promise;
  }
}
