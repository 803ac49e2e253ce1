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

/** Budgets of users; of those that have nothing in memory nothing is kept. */
export class UserBudgets {
  readonly #bytesMax: number;
  readonly #budgets = new Map<string, BodyBudget>();

  /** @param bytesMax what each user may have in memory. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Takes from the budget of a user. @returns false, with nothing taken, when it has not that much left. */
  take(user: string, bytes: number): boolean {
    const budget = this.#budgets.getOrInsertComputed(user, () => new BodyBudget(this.#bytesMax));
    if (!budget.has(bytes)) return false;
    budget.spend(bytes);
    return true;
  }

  /** Gives back what was taken. */
  giveBack(user: string, bytes: number): void {
    const budget = this.#budgets.get(user);
    budget?.spend(-bytes);
    if (budget?.has(this.#bytesMax) === true) this.#budgets.delete(user);
  }
}

/** What one request takes of its budgets, until the request is over. */
export class BodyShare implements Disposable {
  readonly #budgets: readonly BodyBudget[];
  readonly #ofUsers: UserBudgets | undefined;
  readonly #user: string;
  #takenBytes = 0;

  /** @param ofUsers whose budget counts as well. @param user who sends the body. */
  constructor(budgets: readonly BodyBudget[], ofUsers?: UserBudgets, user = '') {
    this.#budgets = budgets;
    this.#ofUsers = ofUsers;
    this.#user = user;
  }

  /** True if every budget has that much left; then it is taken. */
  take(bytes: number): boolean {
    if (!this.#budgets.every((budget) => budget.has(bytes))) return false;
    if (this.#ofUsers?.take(this.#user, bytes) === false) return false;
    for (const budget of this.#budgets) budget.spend(bytes);
    this.#takenBytes += bytes;
    return true;
  }

  /** Gives everything back. */
  [Symbol.dispose](): void {
    for (const budget of this.#budgets) budget.spend(-this.#takenBytes);
    if (this.#takenBytes > 0) this.#ofUsers?.giveBack(this.#user, this.#takenBytes);
    this.#takenBytes = 0;
  }
}
