/**
 * Bytes of request bodies that may be in memory at once. Thousands of streams can stand open on one connection, each
 * with a body within its own bound; only a bound on all of them keeps a process from running out of memory.
 */
export class BodyBudget {
  #leftBytes: number;

  constructor(bytesMax: number) {
    this.#leftBytes = bytesMax;
  }

  /** True if that much is left. */
  has(bytes: number): boolean {
    return bytes <= this.#leftBytes;
  }

  /** @param bytes negative to give back. */
  spend(bytes: number): void {
    this.#leftBytes -= bytes;
  }
}

/** What one request takes of its budgets, until the request is over. */
export class BodyShare implements Disposable {
  readonly #budgets: readonly BodyBudget[];
  #takenBytes = 0;

  constructor(budgets: readonly BodyBudget[]) {
    this.#budgets = budgets;
  }

  /** True if every budget has that much left; then it is taken. */
  take(bytes: number): boolean {
    if (!this.#budgets.every((budget) => budget.has(bytes))) return false;
    for (const budget of this.#budgets) budget.spend(bytes);
    this.#takenBytes += bytes;
    return true;
  }

  /** Gives everything back. */
  [Symbol.dispose](): void {
    for (const budget of this.#budgets) budget.spend(-this.#takenBytes);
    this.#takenBytes = 0;
  }
}
