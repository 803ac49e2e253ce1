import type { Clock } from '../base/clock.ts';
import { Histogram } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { parseLocalKey } from '../meta/key.ts';

/** Upper bounds of the buckets of durations, seconds (client-go `workqueue` metrics). */
const secondsBounds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

/** What became of the keys of a queue; for metrics. */
export interface WorkQueueStatistics {
  addCount: number;
  retryCount: number;
  readonly queueSeconds: Histogram;
  readonly workSeconds: Histogram;
}

/** Tuning of a work queue. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Delay after the first failure of a key; doubles with each further one. Default 100 ms. */
  readonly backoffFirstMs?: number;
  /** Longest delay after failures. Default 60 s. */
  readonly backoffMaxMs?: number;
}

/**
 * A queue of keys (`namespace/name`). A key waits at most once, is never handed out twice at the same time, and a key
 * added while it is being worked on comes back afterwards. Namespaces take turns, so that one with many changes does
 * not starve the others. Bounded by the number of objects, since keys are unique.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backoffFirstMs: number;
  readonly #backoffMaxMs: number;
  /** Keys ready to be worked on and since when, by namespace; a namespace is here only while it has ready keys. */
  readonly #ready = new Map<string, Map<string, number>>();
  /** Keys that are worked on, and since when. */
  readonly #working = new Map<string, number>();
  readonly statistics: WorkQueueStatistics = {
    addCount: 0,
    retryCount: 0,
    queueSeconds: new Histogram(secondsBounds),
    workSeconds: new Histogram(secondsBounds),
  };
  /** Keys that changed while being worked on. */
  readonly #again = new Set<string>();
  readonly #failureCounts = new Map<string, number>();
  readonly #timers = new Map<string, { readonly dueMs: number; readonly timer: Disposable }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#backoffFirstMs = options.backoffFirstMs ?? 100;
    this.#backoffMaxMs = options.backoffMaxMs ?? 60_000;
  }

  /** Keys that wait to be taken now (delayed ones do not count). */
  get readyCount(): number {
    let count = 0;
    for (const keys of this.#ready.values()) count += keys.size;
    return count;
  }

  /** Keys that are worked on, and for how long at most, seconds. */
  get unfinished(): { readonly sumSeconds: number; readonly longestSeconds: number } {
    const nowMs = this.#clock.monotonicMs();
    let [sumSeconds, longestSeconds] = [0, 0];
    for (const sinceMs of this.#working.values()) {
      const seconds = (nowMs - sinceMs) / 1000;
      sumSeconds += seconds;
      longestSeconds = Math.max(longestSeconds, seconds);
    }
    return { sumSeconds, longestSeconds };
  }

  /** Makes the key ready now; a pending delay for it is dropped. */
  add(key: string): void {
    if (this.#closed) return;
    this.#cancelTimer(key);
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      this.statistics.addCount++;
      this.#start(key, nowMs);
      taker(key);
      return;
    }
    const { namespace } = parseLocalKey(key);
    const keys = this.#ready.get(namespace);
    if (keys?.has(key) === true) return;
    this.statistics.addCount++;
    if (keys === undefined) this.#ready.set(namespace, new Map([[key, nowMs]]));
    else keys.set(key, nowMs);
  }

  /** Makes the key ready after a delay, or earlier if an earlier delay is pending already. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) return this.add(key);
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const pending = this.#timers.get(key);
    if (pending !== undefined && pending.dueMs <= dueMs) return;
    pending?.timer[Symbol.dispose]();
    const timer = this.#clock.timer(delayMs, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { dueMs, timer });
  }

  /** Makes the key ready after a delay that doubles with each failure, ± 25 %. @returns the delay. */
  addAfterFailure(key: string): number {
    const failureCount = (this.#failureCounts.get(key) ?? 0) + 1;
    this.#failureCounts.set(key, failureCount);
    this.statistics.retryCount++;
    const baseMs = Math.min(this.#backoffMaxMs, this.#backoffFirstMs * 2 ** Math.min(failureCount - 1, 30));
    const delayMs = baseMs * (0.75 + this.#random.nextFloat() / 2);
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** The key is fine again: the next failure starts with the first delay. */
  forgetFailures(key: string): void {
    this.#failureCounts.delete(key);
  }

  /** Waits for a key to work on; call `done` for it afterwards. `undefined` once the queue is closed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const key = this.#nextReady();
    if (key === undefined) return new Promise((resolve) => this.#takers.push(resolve));
    return Promise.resolve(key);
  }

  /** Work on the key has ended; if it changed meanwhile it is ready again. */
  done(key: string): void {
    const sinceMs = this.#working.get(key);
    if (sinceMs !== undefined) this.statistics.workSeconds.observe((this.#clock.monotonicMs() - sinceMs) / 1000);
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Wakes all takers with `undefined` and drops everything that waits. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#ready.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Takes the oldest key of the namespace whose turn it is and moves that namespace to the end. */
  #nextReady(): string | undefined {
    const turn = this.#ready.entries().next();
    if (turn.done === true) return undefined;
    const [namespace, keys] = turn.value;
    const [entry] = keys;
    this.#ready.delete(namespace);
    if (entry === undefined) return undefined;
    const [key, sinceMs] = entry;
    keys.delete(key);
    if (keys.size > 0) this.#ready.set(namespace, keys);
    this.#start(key, sinceMs);
    return key;
  }

  /** @param readySinceMs when it became ready. */
  #start(key: string, readySinceMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.statistics.queueSeconds.observe((nowMs - readySinceMs) / 1000);
    this.#working.set(key, nowMs);
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.timer[Symbol.dispose]();
    this.#timers.delete(key);
  }
}
