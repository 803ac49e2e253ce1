/** Longest time clients are told to wait, seconds. */
const retryAfterSecondsMax = 32;

/**
 * When refused clients should come back, by how many were refused lately: doubled when there are more than three a second,
 * one second less when there is less than one (Kubernetes `droppedRequestsTracker`).
 */
export class RefusalHistory {
  #retryAfterSeconds = 1;
  #raisedAtSecond = 0;
  #second = 0;
  #count = 0;
  /** Refusals by second, the newest last. */
  #history: { readonly second: number; readonly count: number }[] = [];

  /** Counts a refusal. @returns seconds the client should wait. */
  add(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    if (second === this.#second) {
      this.#count++;
      return this.#retryAfterSeconds;
    }
    if (this.#count > 0) this.#history.push({ second: this.#second, count: this.#count });
    this.#second = second;
    this.#count = 1;
    const keptSeconds = Math.min(2 * this.#retryAfterSeconds, retryAfterSecondsMax);
    this.#history = this.#history.filter((entry) => second - entry.second <= keptSeconds);
    this.#adjust(second);
    return this.#retryAfterSeconds;
  }

  #adjust(second: number): void {
    const wait = this.#retryAfterSeconds;
    const recent = this.#history.filter((entry) => second - entry.second <= wait);
    const refused = recent.reduce((sum, { count }) => sum + count, 0);
    if (refused >= 3 * wait && second - this.#raisedAtSecond >= wait) {
      this.#retryAfterSeconds = Math.min(2 * wait, retryAfterSecondsMax);
      this.#raisedAtSecond = second;
    } else if (refused < wait && wait > 1) this.#retryAfterSeconds--;
  }
}
