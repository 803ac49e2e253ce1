import type { Clock } from '../base/clock.ts';

/** Requests that begin in one turn of the event loop, which then takes some 15 ms: as long as those who just came wait for it. */
const startsPerTurnMax = 100;
/** The end of a turn is looked for once so many have begun: a look at every turn would cost more than a small answer. */
const startsUnseenMax = 50;
/** Requests of everybody that may wait to begin: each is a stream in memory, of some 8 KB. */
const waitingMax = 20_000;

/**
 * Lets requests begin when they come, up to a number per turn of the event loop; beyond it connections take turns, so that one on
 * which little is asked is not behind all that is asked on others, and the loop is free for new connections between.
 */
export class Arrivals {
  readonly #clock: Clock;
  /** What waits to begin, by connection; the one whose turn is next first. */
  readonly #waiting = new Map<object, (() => void)[]>();
  #waitingCount = 0;
  /** Since the end of a turn was last seen. */
  #startCount = 0;
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Begins a request, now or in a later turn. @param start must not throw; it has to look whether its client is still there.
   * @returns how many of the connection wait; `undefined` when no more may, and it has as many as others: it never begins.
   */
  begin(connection: object, start: () => void): number | undefined {
    if (this.#startCount < startsPerTurnMax && this.#waiting.size === 0) {
      this.#startCount++;
      if (this.#startCount > startsUnseenMax && !this.#isRunning) void this.#run();
      start();
      return 0;
    }
    const own = this.#waiting.getOrInsertComputed(connection, () => []);
    if (this.#waitingCount >= waitingMax && own.length >= waitingMax / this.#waiting.size) return undefined;
    this.#waitingCount++;
    return own.push(start);
  }

  /** Nothing of a connection is to begin any more. */
  forget(connection: object): void {
    this.#waitingCount -= this.#waiting.get(connection)?.length ?? 0;
    this.#waiting.delete(connection);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    do {
      await this.#clock.yieldToOthers();
      this.#startCount = 0;
      while (this.#startCount < startsPerTurnMax && this.#startNext());
    } while (this.#waiting.size > 0);
    this.#isRunning = false;
  }

  /** @returns false when nothing waits. */
  #startNext(): boolean {
    const [next] = this.#waiting;
    if (next === undefined) return false;
    const [connection, starts] = next;
    this.#waiting.delete(connection);
    const start = starts.shift();
    this.#waitingCount--;
    if (starts.length > 0) this.#waiting.set(connection, starts);
    this.#startCount++;
    start?.();
    return true;
  }
}
