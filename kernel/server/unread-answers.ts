import type { Clock } from '../base/clock.ts';

/** An answer that is in memory because its client has not taken it yet. */
export interface UnreadAnswer {
  /** Who asked for it; each user has a share of the memory. Empty for those nobody knows. */
  readonly sender: string;
  /** Since when its client has been to take something, on the monotonic clock; absent while more of it is being made. */
  readonly lateSinceMs: number | undefined;
  /** Gives it up: its client is too slow. */
  cut(): void;
}

/** Answers up to this size have memory of their own: those who ask for little are not to wait for lists and late watchers. */
const smallBytesMax = 64 * 1024;
const largeShare = 0.75;
/** What one user may have of either memory: the others are answered whatever it does. */
const userShare = 0.75;
/** Answers that have waited for less are not given up for others. */
const patienceMs = 1_000;
/** Time between two looks at which of them have, when there was nothing to give up: it means a look at all of them. */
const lookEveryMs = 50;

/**
 * Bounds the memory of answers that clients do not take, of everybody and of each user. When it is full, those whose clients
 * have taken nothing for a while are given up, so that clients that read are answered whatever others do.
 */
export class UnreadAnswers {
  readonly #small: AnswerPool;
  readonly #large: AnswerPool;
  #cutCount = 0;

  constructor(bytesMax: number, clock: Clock) {
    const cut = (answer: UnreadAnswer) => {
      this.#cutCount++;
      answer.cut();
    };
    this.#small = new AnswerPool(bytesMax * (1 - largeShare), clock, cut);
    this.#large = new AnswerPool(bytesMax * largeShare, clock, cut);
  }

  /** Bytes of all of them, as they are counted. */
  get bytes(): number {
    return this.#small.bytes + this.#large.bytes;
  }

  /** How many were given up. */
  get cutCount(): number {
    return this.#cutCount;
  }

  /** Counts an answer, which is in memory from now on. @returns false, with nothing counted, when there is no room. */
  add(answer: UnreadAnswer, bytes: number): boolean {
    this.remove(answer);
    if (!this.hasRoom(answer.sender, bytes)) return false;
    this.#poolFor(bytes).add(answer, bytes);
    return true;
  }

  /** Counts an answer whether or not there is room: many are late for a moment when much happens; who stays late is cut. */
  note(answer: UnreadAnswer, bytes: number): void {
    this.remove(answer);
    this.hasRoom(answer.sender, bytes);
    this.#poolFor(bytes).add(answer, bytes);
  }

  /** True if there is room for so much of a user, or can be made. */
  hasRoom(sender: string, bytes: number): boolean {
    return this.#poolFor(bytes).hasRoom(sender, bytes);
  }

  /** It was taken, or its client has gone. */
  remove(answer: UnreadAnswer): void {
    if (!this.#small.remove(answer)) this.#large.remove(answer);
  }

  #poolFor(bytes: number): AnswerPool {
    return bytes > smallBytesMax ? this.#large : this.#small;
  }
}

/** What one user, or everybody, has of a pool. */
interface Holding {
  bytes: number;
  /** When nothing was found to give up. */
  lookedMs: number;
}

/** Answers that share memory. */
class AnswerPool {
  readonly #bytesMax: number;
  readonly #clock: Clock;
  readonly #cut: (answer: UnreadAnswer) => void;
  /** Bytes of each. */
  readonly #answers = new Map<UnreadAnswer, number>();
  readonly #all: Holding = { bytes: 0, lookedMs: -Infinity };
  /** By user; those that have nothing are forgotten. */
  readonly #holdings = new Map<string, Holding>();

  constructor(bytesMax: number, clock: Clock, cut: (answer: UnreadAnswer) => void) {
    this.#bytesMax = bytesMax;
    this.#clock = clock;
    this.#cut = cut;
  }

  get bytes(): number {
    return this.#all.bytes;
  }

  add(answer: UnreadAnswer, bytes: number): void {
    this.#answers.set(answer, bytes);
    this.#all.bytes += bytes;
    const own = this.#holdings.get(answer.sender);
    if (own === undefined) this.#holdings.set(answer.sender, { bytes, lookedMs: -Infinity });
    else own.bytes += bytes;
  }

  /** @returns false when it was not there. */
  remove(answer: UnreadAnswer): boolean {
    const bytes = this.#answers.get(answer);
    if (bytes === undefined) return false;
    this.#answers.delete(answer);
    this.#all.bytes -= bytes;
    const own = this.#holdings.get(answer.sender);
    if (own === undefined) return true;
    own.bytes -= bytes;
    if (own.bytes <= 0) this.#holdings.delete(answer.sender);
    return true;
  }

  hasRoom(sender: string, bytes: number): boolean {
    const own = this.#holdings.get(sender);
    if (own !== undefined && !this.#fits(own, this.#bytesMax * userShare - bytes, sender)) return false;
    return this.#fits(this.#all, this.#bytesMax - bytes, undefined);
  }

  /** @param sender whose answers may be given up; `undefined`: everybody's. */
  #fits(holding: Holding, bytesMax: number, sender: string | undefined): boolean {
    if (holding.bytes <= bytesMax) return true;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - holding.lookedMs < lookEveryMs) return false;
    this.#makeRoom(holding, bytesMax, sender, nowMs);
    if (holding.bytes <= bytesMax) return true;
    holding.lookedMs = nowMs;
    return false;
  }

  /** Gives answers up, those that began first, until no more than `bytesMax` are left. */
  #makeRoom(holding: Holding, bytesMax: number, sender: string | undefined, nowMs: number): void {
    for (const answer of this.#answers.keys()) {
      if (holding.bytes <= bytesMax) return;
      if (sender !== undefined && answer.sender !== sender) continue;
      if (nowMs - (answer.lateSinceMs ?? nowMs) < patienceMs) continue;
      this.remove(answer);
      this.#cut(answer);
    }
  }
}
