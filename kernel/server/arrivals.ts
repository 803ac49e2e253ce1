import type { Clock } from '../base/clock.ts';

/** What may begin in a turn of the event loop, and what may wait for it. */
interface ArrivalLimits {
  /** How many begin: those who just came wait as long as that takes. */
  readonly startsPerTurnMax: number;
  /** How many of everybody wait. */
  readonly waitingMax: number;
}

/** For requests: a hundred take some 15 ms; each that waits is a stream in memory, of some 16 KB. */
export const requestArrivals: ArrivalLimits = { startsPerTurnMax: 100, waitingMax: 20_000 };
/** For handshakes: sixteen take some 15 ms. Connections are bounded where they are taken. */
export const handshakeArrivals: ArrivalLimits = { startsPerTurnMax: 16, waitingMax: Infinity };

/**
 * Lets requests begin when they come, up to a number per turn of the event loop; beyond it their sources (connections; for
 * handshakes, addresses) take turns, so that one of which little comes is not behind all that comes of others, and the loop is
 * free for new connections between.
 */
export class Arrivals {
  readonly #clock: Clock;
  readonly #limits: ArrivalLimits;
  /** What waits to begin, by source; the one whose turn is next first. */
  readonly #waiting = new Map<unknown, (() => void)[]>();
  #waitingCount = 0;
  /** Since the end of a turn was last seen. */
  #startCount = 0;
  #isRunning = false;

  constructor(clock: Clock, limits: ArrivalLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Begins a request, now or in a later turn. @param start must not throw; it has to look whether its client is still there.
   * @returns how many of the source wait; `undefined` when no more may, and it has as many as others: it never begins.
   */
  begin(source: unknown, start: () => void): number | undefined {
    const { startsPerTurnMax, waitingMax } = this.#limits;
    if (this.#startCount < startsPerTurnMax && this.#waiting.size === 0) {
      this.#startCount++;
      // Not from the first one on: a look at every turn would cost more than a small answer.
      if (this.#startCount > startsPerTurnMax / 2 && !this.#isRunning) void this.#run();
      start();
      return 0;
    }
    const own = this.#waiting.getOrInsertComputed(source, () => []);
    if (this.#waitingCount >= waitingMax && own.length >= waitingMax / this.#waiting.size) return undefined;
    this.#waitingCount++;
    if (!this.#isRunning) void this.#run();
    return own.push(start);
  }

  /** Nothing of a source is to begin any more. */
  forget(source: unknown): void {
    this.#waitingCount -= this.#waiting.get(source)?.length ?? 0;
    this.#waiting.delete(source);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    do {
      await this.#clock.yieldToOthers();
      this.#startCount = 0;
      while (this.#startCount < this.#limits.startsPerTurnMax && this.#startNext());
    } while (this.#waiting.size > 0);
    this.#isRunning = false;
  }

  /** @returns false when nothing waits. */
  #startNext(): boolean {
    const [next] = this.#waiting;
    if (next === undefined) return false;
    const [source, starts] = next;
    this.#waiting.delete(source);
    const start = starts.shift();
    this.#waitingCount--;
    if (starts.length > 0) this.#waiting.set(source, starts);
    this.#startCount++;
    start?.();
    return true;
  }
}
