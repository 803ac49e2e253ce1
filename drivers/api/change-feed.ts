interface Listener {
  readonly waiting: Set<string>;
  wake: () => void;
}

/**
 * Tells any number of listeners which ids may have changed. Ids that wait for a slow listener are merged, so a listener
 * holds at most one entry per id: nothing is lost, nothing grows.
 */
export class ChangeFeed {
  readonly #listeners = new Set<Listener>();

  /** Announces that something about `id` may have changed. */
  notify(id: string): void {
    for (const listener of this.#listeners) {
      listener.waiting.add(id);
      listener.wake();
    }
  }

  /** Listens from now on (not from the first `next()`); the iteration ends when the signal aborts. */
  subscribe(signal: AbortSignal): AsyncIterable<string> {
    const listener: Listener = { waiting: new Set(), wake: () => undefined };
    this.#listeners.add(listener);
    const leave = () => {
      this.#listeners.delete(listener);
      listener.wake();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return this.#deliver(listener, signal, leave);
  }

  async *#deliver(listener: Listener, signal: AbortSignal, leave: () => void): AsyncGenerator<string> {
    try {
      while (!signal.aborted) {
        const [id] = listener.waiting;
        if (id === undefined) {
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
          continue;
        }
        listener.waiting.delete(id);
        yield id;
      }
    } finally {
      signal.removeEventListener('abort', leave);
      this.#listeners.delete(listener);
    }
  }
}
