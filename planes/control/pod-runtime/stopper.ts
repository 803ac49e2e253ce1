import type { ContainerState, Runtime } from '../../../drivers/api/runtime.ts';
import { type Clock, sleepUnlessAborted } from '../../../kernel/base/clock.ts';
import type { Logger } from '../../../kernel/base/logger.ts';
import { errorText } from '../../../kernel/meta/errors.ts';

/** How to stop one run. */
export interface StopOrder {
  /** Time from now until KILL, the hook included. */
  readonly graceMs: number;
  /** Runs before TERM, at most as long as the grace lasts; a failure does not keep the container from being stopped. */
  readonly preStop?: (signal: AbortSignal) => Promise<void>;
  /** Called once nothing of it runs any more, or another attempt is due. */
  readonly done: () => void;
}

/** What stopping needs. */
export interface StopperOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends all work when the agent stops; containers go on. */
  readonly signal: AbortSignal;
}

/** At least this long between TERM and KILL, also when the hook took all of the grace (as the kubelet). */
const graceMinMs = 2_000;
/** A stop that failed is due again after this. */
const retryMs = 5_000;

interface Stopping {
  /** Monotonic. */
  readonly deadlineMs: number;
  readonly abort: AbortController;
}

/**
 * Stops containers in the background: a grace period may be long, and a pass must not wait for it. After a restart of
 * the agent the next pass orders again what is still to be stopped.
 */
export class Stopper {
  readonly #options: StopperOptions;
  readonly #stopping = new Map<string, Stopping>();

  constructor(options: StopperOptions) {
    this.#options = options;
  }

  /** True while the run is being stopped. */
  isStopping(id: string): boolean {
    return this.#stopping.has(id);
  }

  /** Begins to stop a run; a shorter grace replaces a longer one, anything else is ignored when it has begun. */
  stop(run: ContainerState, order: StopOrder): void {
    const deadlineMs = this.#options.clock.monotonicMs() + order.graceMs;
    const begun = this.#stopping.get(run.id);
    if (begun !== undefined && begun.deadlineMs <= deadlineMs + graceMinMs) return;
    begun?.abort.abort();
    const abort = new AbortController();
    const stopping = { deadlineMs, abort };
    this.#stopping.set(run.id, stopping);
    void this.#run(run, stopping, order);
  }

  async #run(run: ContainerState, stopping: Stopping, order: StopOrder): Promise<void> {
    const { runtime, clock, log } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, stopping.abort.signal]);
    try {
      if (order.preStop !== undefined) await this.#runHook(run, order.preStop, order.graceMs, signal);
      const graceMs = Math.max(graceMinMs, stopping.deadlineMs - clock.monotonicMs());
      await runtime.stop(run.id, { graceMs: Math.min(graceMs, Math.max(order.graceMs, 0)) }, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('container not stopped', { container: run.id, error: errorText(error), retryInMs: retryMs });
      if (!(await sleepUnlessAborted(clock, retryMs, signal))) return;
    }
    this.#stopping.delete(run.id);
    order.done();
  }

  async #runHook(
    run: ContainerState,
    hook: (signal: AbortSignal) => Promise<void>,
    graceMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const limit = AbortSignal.any([signal, this.#options.clock.timeoutSignal(graceMs)]);
    try {
      await hook(limit);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#options.log.warn('preStop hook failed', { container: run.id, error: errorText(error) });
    }
  }
}
