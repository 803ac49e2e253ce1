import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';

/** Bytes of all answers together that are made in one turn of the event loop; they take some 2 ms to send. */
const bytesPerTurnMax = 1024 * 1024;

/** One who waits for its turn. */
interface Waiter {
  /** Nothing happens the second time. */
  readonly goOn: () => void;
  readonly bytes: number;
}

/**
 * Lets answers that are made in chunks have their turn, a few per turn of the event loop, so that small requests are answered
 * between the chunks of everybody's long lists. Users take turns; those of one user go on in the order in which they came.
 */
export class ChunkTurns {
  readonly #clock: Clock;
  /** By user; the one whose turn is next first. */
  readonly #lines = new Map<string, Set<Waiter>>();
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the next chunk of an answer, of so many bytes, may be made, or at once when its stream is closed. */
  async wait(stream: Writable, sender: string, bytes: number): Promise<void> {
    if (stream.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { goOn: resolve, bytes };
    const line = this.#lines.getOrInsertComputed(sender, () => new Set());
    line.add(waiter);
    // Not in its turn: what the answer has in memory would stay there until all others have had theirs.
    stream.once('close', resolve);
    if (!this.#isRunning) void this.#run();
    await promise;
    line.delete(waiter);
    stream.off('close', resolve);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#lines.size > 0) {
      await this.#clock.yieldToOthers();
      for (let bytes = 0; bytes < bytesPerTurnMax && this.#lines.size > 0; ) bytes += this.#startNext();
    }
    this.#isRunning = false;
  }

  /** @returns the bytes of the one that goes on. */
  #startNext(): number {
    const [next] = this.#lines;
    if (next === undefined) return 0;
    const [sender, line] = next;
    this.#lines.delete(sender);
    const [waiter] = line;
    if (waiter === undefined) return 0;
    line.delete(waiter);
    if (line.size > 0) this.#lines.set(sender, line);
    waiter.goOn();
    return waiter.bytes;
  }
}
