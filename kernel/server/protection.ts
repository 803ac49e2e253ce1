import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MetricFamily } from '../base/metrics.ts';

/** Why a client was cut off without an answer; each has its series. Refusals with a Status are counted as requests. */
const reasons = {
  /** A connection whose client took nothing while others needed the memory. */
  slow_reader: 'slowReaders',
  /** A stream that waited to begin behind too many others; clients may ask again at once (RFC 9113 §8.7). */
  waiting_streams: 'waitingStreams',
  /** A connection of an address that has too many. */
  address_connections: 'addressConnections',
  /** A connection while there are too many of everybody. */
  connections: 'connections',
} as const;

/** One of `slow_reader`, `waiting_streams`, `address_connections`, `connections`. */
export type CutReason = keyof typeof reasons;

/** Time over which those that were cut off share a line of the log. */
const logEveryMs = 10_000;

/** Counts the clients that a listener cut off to protect itself, for `/metrics` and the log. */
export class Protection {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #totals = new Map<CutReason, number>();
  /** Since the log last told of them. */
  readonly #untold = new Map<CutReason, number>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** One more. @param address of its client. The log tells of it, and of what follows, some seconds later. */
  count(reason: CutReason, address: string): void {
    this.#totals.set(reason, (this.#totals.get(reason) ?? 0) + 1);
    if (this.#untold.size === 0) this.#clock.timer(logEveryMs, () => this.#tell(address));
    this.#untold.set(reason, (this.#untold.get(reason) ?? 0) + 1);
  }

  /** Numbers for `/metrics`. */
  metrics(): readonly MetricFamily[] {
    const samples = Object.keys(reasons).map((reason) => {
      return { labels: { reason }, value: this.#totals.get(reason as CutReason) ?? 0 };
    });
    const help = 'Clients cut off without an answer: connections, or streams of HTTP/2.';
    return [{ name: 'planform_listener_cut_total', type: 'counter', help, samples }];
  }

  #tell(firstAddress: string): void {
    const counts = Object.fromEntries([...this.#untold].map(([reason, count]) => [reasons[reason], count]));
    this.#untold.clear();
    this.#logger.warn('Clients were cut off: they took too much', { firstAddress, ...counts });
  }
}
