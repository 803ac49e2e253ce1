import type { Clock } from '../base/clock.ts';

/** An answer that is in memory because its client has not taken it yet. */
export interface UnreadAnswer {
  /** Gives it up: its client is too slow. */
  cut(): void;
}

/** Answers up to this size may use memory that larger ones may not: those who ask for little are not to wait for lists. */
const smallBytesMax = 64 * 1024;
const largeShareMax = 0.75;
/** Answers that have waited for less are not given up for others. */
const patienceMs = 1_000;

/**
 * Bounds the memory of answers that clients do not take. When it is full, those that have waited longest are given up, so that
 * clients that read are answered whatever others do.
 */
export class UnreadAnswers {
  readonly #bytesMax: number;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #answers = new Map<UnreadAnswer, { readonly bytes: number; readonly sinceMs: number }>();
  #bytes = 0;

  constructor(bytesMax: number, clock: Clock) {
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  /** Counts an answer, which is in memory from now on. @returns false, with nothing counted, when there is no room. */
  add(answer: UnreadAnswer, bytes: number): boolean {
    this.remove(answer);
    if (!this.hasRoom(bytes)) return false;
    this.#answers.set(answer, { bytes, sinceMs: this.#clock.monotonicMs() });
    this.#bytes += bytes;
    return true;
  }

  /** Counts an answer whether or not there is room: many are late for a moment when much happens; who stays late is cut. */
  note(answer: UnreadAnswer, bytes: number): void {
    this.remove(answer);
    this.hasRoom(bytes);
    this.#answers.set(answer, { bytes, sinceMs: this.#clock.monotonicMs() });
    this.#bytes += bytes;
  }

  /** True if there is room for so much, or can be made. */
  hasRoom(bytes: number): boolean {
    const bytesMax = bytes > smallBytesMax ? this.#bytesMax * largeShareMax : this.#bytesMax;
    if (this.#bytes + bytes <= bytesMax) return true;
    return this.#makeRoom(bytesMax - bytes, this.#clock.monotonicMs() - patienceMs);
  }

  /** It was taken, or its client has gone. */
  remove(answer: UnreadAnswer): void {
    this.#bytes -= this.#answers.get(answer)?.bytes ?? 0;
    this.#answers.delete(answer);
  }

  /** Gives answers up until no more than `bytesMax` are left. */
  #makeRoom(bytesMax: number, beforeMs: number): boolean {
    for (const [answer, { sinceMs }] of this.#answers) {
      if (this.#bytes <= bytesMax) return true;
      if (sinceMs > beforeMs) return false;
      this.remove(answer);
      answer.cut();
    }
    return this.#bytes <= bytesMax;
  }
}
