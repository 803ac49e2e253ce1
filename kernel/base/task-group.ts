/**
 * Structured concurrency: tasks started in a group are all finished when the group is left. The first failure
 * aborts the others; `join` then throws it.
 *
 * ```ts
 * const group = new TaskGroup(signal);
 * group.start((signal) => serve(signal));
 * await group.join();
 * ```
 */
export class TaskGroup {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  readonly signal: AbortSignal;

  /** @param parent when it aborts, so do all tasks of the group. */
  constructor(parent: AbortSignal) {
    this.signal = AbortSignal.any([parent, this.#controller.signal]);
  }

  /** Starts a task now. It must end soon after its signal aborts. */
  start(task: (signal: AbortSignal) => Promise<void>): void {
    const run = async () => {
      try {
        await task(this.signal);
      } catch (error) {
        if (this.signal.aborted && error === this.signal.reason) return;
        this.#failures.push(error);
        this.#controller.abort(error);
      }
    };
    const running = run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until every task has ended. @throws the only failure, or an `AggregateError` of several. */
  async join(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failures.length === 1) throw this.#failures[0];
    if (this.#failures.length > 1) throw new AggregateError(this.#failures, 'Several tasks failed');
  }

  /** Aborts every task and waits for them. Failures of the tasks are thrown by `join`, not here. */
  async stop(reason: unknown = new DOMException('Stopped', 'AbortError')): Promise<void> {
    this.#controller.abort(reason);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
