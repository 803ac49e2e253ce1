import type { Clock } from '../base/clock.ts';

/** An answer that is in memory because its client has not taken it yet. */
export interface UnreadAnswer {
  /** Since when its client has been to take something, on the monotonic clock; absent while more of it is being made. */
  readonly lateSinceMs: number | undefined;
  /** Gives it up: its client is too slow. */
  cut(): void;
}

/** Answers up to this size have memory of their own: those who ask for little are not to wait for lists and late watchers. */
const smallBytesMax = 64 * 1024;
const largeShare = 0.75;
/** Answers that have waited for less are not given up for others. */
const patienceMs = 1_000;
/** Time between two looks at which of them have, when there was nothing to give up: it means a look at all of them. */
const lookEveryMs = 50;

/**
 * Bounds the memory of answers that clients do not take. When it is full, those whose clients have taken nothing for a while are
 * given up, so that clients that read are answered whatever others do.
 */
export class UnreadAnswers {
  readonly #small: AnswerPool;
  readonly #large: AnswerPool;

  constructor(bytesMax: number, clock: Clock) {
    this.#small = new AnswerPool(bytesMax * (1 - largeShare), clock);
    this.#large = new AnswerPool(bytesMax * largeShare, clock);
  }

  /** Counts an answer, which is in memory from now on. @returns false, with nothing counted, when there is no room. */
  add(answer: UnreadAnswer, bytes: number): boolean {
    this.remove(answer);
    if (!this.hasRoom(bytes)) return false;
    this.#poolFor(bytes).add(answer, bytes);
    return true;
  }

  /** Counts an answer whether or not there is room: many are late for a moment when much happens; who stays late is cut. */
  note(answer: UnreadAnswer, bytes: number): void {
    this.remove(answer);
    this.hasRoom(bytes);
    this.#poolFor(bytes).add(answer, bytes);
  }

  /** True if there is room for so much, or can be made. */
  hasRoom(bytes: number): boolean {
    return this.#poolFor(bytes).hasRoom(bytes);
  }

  /** It was taken, or its client has gone. */
  remove(answer: UnreadAnswer): void {
    this.#small.remove(answer);
    this.#large.remove(answer);
  }

  #poolFor(bytes: number): AnswerPool {
    return bytes > smallBytesMax ? this.#large : this.#small;
  }
}

/** Answers that share memory. */
class AnswerPool {
  readonly #bytesMax: number;
  readonly #clock: Clock;
  /** Bytes of each. */
  readonly #answers = new Map<UnreadAnswer, number>();
  #bytes = 0;
  /** When nothing was found to give up. */
  #lookedMs = -Infinity;

  constructor(bytesMax: number, clock: Clock) {
    this.#bytesMax = bytesMax;
    this.#clock = clock;
  }

  add(answer: UnreadAnswer, bytes: number): void {
    this.#answers.set(answer, bytes);
    this.#bytes += bytes;
  }

  remove(answer: UnreadAnswer): void {
    this.#bytes -= this.#answers.get(answer) ?? 0;
    this.#answers.delete(answer);
  }

  hasRoom(bytes: number): boolean {
    if (this.#bytes + bytes <= this.#bytesMax) return true;
    const nowMs = this.#clock.monotonicMs();
    return nowMs - this.#lookedMs >= lookEveryMs && this.#makeRoom(this.#bytesMax - bytes, nowMs);
  }

  /** Gives answers up, those that began first, until no more than `bytesMax` are left. */
  #makeRoom(bytesMax: number, nowMs: number): boolean {
    for (const answer of this.#answers.keys()) {
      if (this.#bytes <= bytesMax) return true;
      if (nowMs - (answer.lateSinceMs ?? nowMs) < patienceMs) continue;
      this.remove(answer);
      answer.cut();
    }
    if (this.#bytes <= bytesMax) return true;
    this.#lookedMs = nowMs;
    return false;
  }
}
