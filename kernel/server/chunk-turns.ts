import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';

/** Chunks of all answers together that are made in one turn of the event loop: 1 MiB, which takes some 2 ms to send. */
const chunksPerTurnMax = 4;

/** One who waits for its turn. */
interface Waiter {
  /** Nothing happens the second time. */
  readonly goOn: () => void;
  readonly stream: Writable;
}

/**
 * Lets answers that are made in chunks have their turn in the order in which they came, a few per turn of the event loop, so
 * that small requests are answered between the chunks of everybody's long lists. One line for all answers of a listener.
 */
export class ChunkTurns {
  readonly #clock: Clock;
  #waiting: Waiter[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the next chunk of an answer may be made, or at once when its stream is closed. */
  async wait(stream: Writable): Promise<void> {
    if (stream.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Not in its turn: what the answer has in memory would stay there until all others have had theirs.
    stream.once('close', resolve);
    this.#waiting.push({ goOn: resolve, stream });
    if (this.#waiting.length === 1) void this.#run();
    await promise;
    stream.off('close', resolve);
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#clock.yieldToOthers();
      const open = this.#waiting.filter(({ stream }) => !stream.destroyed);
      for (const { goOn } of open.slice(0, chunksPerTurnMax)) goOn();
      // Whoever comes meanwhile finds that somebody looks after the line already.
      this.#waiting = open.slice(chunksPerTurnMax);
    }
  }
}
