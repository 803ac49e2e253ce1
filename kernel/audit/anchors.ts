import { BoundedQueue } from '../base/bounded-queue.ts';
import { type Clock, sleepUnlessAborted } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MetricFamily } from '../base/metrics.ts';
import { errorText } from '../meta/errors.ts';
import type { AuditStatement } from './heads.ts';

/** A place outside the reach of whoever may tamper with the log, where heads are kept. */
export interface AnchorTarget {
  /** For people and metrics; no secret. */
  readonly name: string;
  /** Keeps it for good. @throws {Error} when it could not; it is sent again. */
  send(statement: AuditStatement, signal: AbortSignal): Promise<void>;
}

/** Heads that wait for one target. A newer head vouches for everything an older one does: beyond it the oldest go. */
const queuedMax = 64;
const firstRetryMs = 1_000;
const retryMaxMs = 60_000;

/** Sends heads to targets, each at its own pace, until they arrive. */
export class Anchors {
  readonly #targets: readonly TargetQueue[];
  readonly #clock: Clock;

  constructor(targets: readonly AnchorTarget[], clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#targets = targets.map((target) => new TargetQueue(target, clock, log));
  }

  /** Queues a statement for every target. */
  add(statement: AuditStatement): void {
    for (const target of this.#targets) target.add(statement);
  }

  /** Sends until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#targets.map((target) => target.run(signal)));
  }

  /** Gives statements that wait a last chance, for at most this long, milliseconds. Call it after `run` has ended. */
  async flush(graceMs: number): Promise<void> {
    await Promise.all(this.#targets.map((target) => target.flush(this.#clock.timeoutSignal(graceMs))));
  }

  /** See `Auditor.metrics`. */
  *metrics(): Generator<MetricFamily, void> {
    const perTarget = (value: (target: TargetQueue) => number) =>
      this.#targets.map((target) => ({ labels: { target: target.name }, value: value(target) }));
    yield {
      name: 'planform_audit_anchor_failures_total',
      help: 'Attempts to anchor a head that failed.',
      type: 'counter',
      samples: perTarget(({ failureCount }) => failureCount),
    };
    yield {
      name: 'planform_audit_anchored_record',
      help: 'Last record whose head has arrived.',
      type: 'gauge',
      samples: perTarget(({ anchoredSequence }) => anchoredSequence),
    };
  }
}

class TargetQueue {
  failureCount = 0;
  anchoredSequence = 0;
  readonly name: string;
  readonly #target: AnchorTarget;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #queue = new BoundedQueue<AuditStatement>(queuedMax);

  constructor(target: AnchorTarget, clock: Clock, log: Logger) {
    this.#target = target;
    this.#clock = clock;
    this.#log = log.child({ anchor: target.name });
    this.name = target.name;
  }

  add(statement: AuditStatement): void {
    if (this.#queue.push(statement)) return;
    this.#queue.shift();
    this.#queue.push(statement);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const statement = await this.#next(signal);
      if (statement === undefined) return;
      await this.#deliver(statement, signal);
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    for (
      let statement = this.#queue.shift();
      statement !== undefined && !signal.aborted;
      statement = this.#queue.shift()
    ) {
      await this.#deliver(statement, signal);
    }
  }

  async #next(signal: AbortSignal): Promise<AuditStatement | undefined> {
    try {
      return await this.#queue.take(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  async #deliver(statement: AuditStatement, signal: AbortSignal): Promise<void> {
    for (let delayMs = firstRetryMs; !signal.aborted; delayMs = Math.min(2 * delayMs, retryMaxMs)) {
      try {
        await this.#target.send(statement, signal);
        this.anchoredSequence = statement.sequence;
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.failureCount++;
        this.#log.warn('cannot anchor the head of the audit log', { error: errorText(error), again: `${delayMs} ms` });
        if (!(await sleepUnlessAborted(this.#clock, delayMs, signal))) return;
      }
    }
  }
}
