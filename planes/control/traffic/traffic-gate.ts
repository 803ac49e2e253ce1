/**
 * Tells the runtime of pods which of them the service proxy still sends connections to, so that a pod is stopped only
 * when it gets none. Fed by the service proxy's controller with what the proxy confirmed.
 */
export class TrafficGate {
  #served: ReadonlySet<string> | undefined;
  readonly #listeners = new Set<() => void>();

  /** The proxy confirmed a configuration with backends of exactly these pods. */
  confirm(podUids: readonly string[]): void {
    this.#served = new Set(podUids);
    for (const listener of this.#listeners) listener();
  }

  /** Whether new connections may go to the pod; `undefined` while nothing was confirmed since the agent started. */
  serves(podUid: string): boolean | undefined {
    return this.#served?.has(podUid);
  }

  /** Calls `listener` after every confirmation until disposed. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }
}
