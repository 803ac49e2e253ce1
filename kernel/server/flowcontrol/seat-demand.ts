/** How many seats a level could have used over a period. */
export interface SeatDemand {
  /** Weighted by time. */
  readonly average: number;
  /** Standard deviation, weighted by time. */
  readonly deviation: number;
  readonly highest: number;
}

/** Integrates the seats wanted at a level (in use and waited for) over time. Costs a few additions per change. */
export class SeatDemandMeter {
  #value = 0;
  #sinceMs: number;
  #startMs: number;
  #sum = 0;
  #squares = 0;
  #highest = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
    this.#startMs = nowMs;
  }

  /** From now on that many seats are wanted. */
  set(seats: number, nowMs: number): void {
    this.#integrate(nowMs);
    this.#value = seats;
    if (seats > this.#highest) this.#highest = seats;
  }

  /** What was wanted since the last reading; the next period begins. */
  read(nowMs: number): SeatDemand {
    this.#integrate(nowMs);
    const elapsedMs = nowMs - this.#startMs;
    const average = elapsedMs > 0 ? this.#sum / elapsedMs : this.#value;
    const variance = elapsedMs > 0 ? this.#squares / elapsedMs - average * average : 0;
    const demand = { average, deviation: Math.sqrt(Math.max(0, variance)), highest: this.#highest };
    this.#startMs = nowMs;
    this.#sum = 0;
    this.#squares = 0;
    this.#highest = this.#value;
    return demand;
  }

  #integrate(nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs <= 0) return;
    this.#sinceMs = nowMs;
    this.#sum += this.#value * elapsedMs;
    this.#squares += this.#value * this.#value * elapsedMs;
  }
}
