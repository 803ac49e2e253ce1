/** Most Works remembered; beyond it those not heard of for longest are forgotten. */
const namesMax = 10_000;

/**
 * The newest revision of the hub at which each Work was heard of in this session. Answers to comparisons and events of
 * the watch come side by side, so an older one may arrive last: taking it would bring back what the hub has since
 * changed or removed.
 */
export class NewestSeen {
  readonly #revisions = new Map<string, number>();

  /** True if something newer is known of the Work than what the hub said at that revision. */
  isStale(workName: string, resourceVersion: string): boolean {
    return Number(resourceVersion) < (this.#revisions.get(workName) ?? 0);
  }

  /** What the hub said of the Work at that revision has been acted upon. */
  note(workName: string, resourceVersion: string): void {
    const revision = Math.max(Number(resourceVersion), this.#revisions.get(workName) ?? 0);
    this.#revisions.delete(workName);
    this.#revisions.set(workName, revision);
    const [oldest] = this.#revisions.keys();
    if (this.#revisions.size > namesMax && oldest !== undefined) this.#revisions.delete(oldest);
  }

  /** A session begins: nothing said in an earlier one arrives any more, and another hub may count from the start. */
  clear(): void {
    this.#revisions.clear();
  }
}
