import type { Clock } from '../base/clock.ts';
import { ApiError } from '../meta/errors.ts';

/** Bytes of records that may wait in the store for their way into the log; beyond it requests wait. */
const bytesMax = 64 * 1024 * 1024;
/** How long a request waits for others to be filed, milliseconds. */
const patienceMs = 10_000;
/** Requests that may wait; more are refused at once. */
const waitingMax = 1_000;

/** Counts records that were made and are not in the log yet. */
export class Backlog {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #count = 0;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Records that wait, about: what a crash left is not counted. */
  get count(): number {
    return this.#count;
  }

  add(byteLength: number): void {
    this.#count++;
    this.#bytes += byteLength;
  }

  /** So many were filed. */
  remove(count: number, byteLength: number): void {
    this.#count = Math.max(0, this.#count - count);
    this.#bytes = Math.max(0, this.#bytes - byteLength);
    if (this.#bytes >= bytesMax) return;
    for (const wake of this.#waiting) wake();
  }

  /** @returns when there is room; `undefined` if there is. @throws {ApiError} `TooManyRequests`; the abort reason. */
  room(request: { readonly signal: AbortSignal }): Promise<void> | undefined {
    return this.#bytes < bytesMax ? undefined : this.#wait(request.signal);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const full = 'The audit log cannot keep up: nothing is done that it would not record';
    if (this.#waiting.size >= waitingMax) throw new ApiError('TooManyRequests', full, { retryAfterSeconds: 5 });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    using _timer = this.#clock.timer(patienceMs, () =>
      reject(new ApiError('TooManyRequests', full, { retryAfterSeconds: 5 })),
    );
    this.#waiting.add(resolve);
    try {
      signal.throwIfAborted();
      await promise;
    } finally {
      this.#waiting.delete(resolve);
      signal.removeEventListener('abort', onAbort);
    }
  }
}
