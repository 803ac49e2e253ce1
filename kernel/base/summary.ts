/** Factor from one class of sizes to the next: quantiles are right within 5 %. */
const step = 1.1;
const logStep = Math.log(step);
/** Upper bound of the smallest class; everything below is in it. */
const smallest = 1e-6;
/** Classes up to about 150,000 times a second: what is larger is in the last. */
const classCount = 270;
/** Parts of the window that are forgotten one after the other. */
const partCount = 5;
const quantiles: readonly number[] = [0.5, 0.9, 0.99];

/**
 * Quantiles of the sizes of late, as a Prometheus summary: 0.5, 0.9 and 0.99 of the last `windowMs`, and the sum and count of all
 * there ever were. Takes 5 KB, whatever is observed.
 */
export class Summary {
  readonly #parts: Uint32Array[];
  readonly #partMs: number;
  /** The part of the window that is filled now. */
  #current = 0;
  #endsAtMs: number | undefined;
  #sum = 0;
  #count = 0;

  constructor(windowMs: number) {
    this.#partMs = windowMs / partCount;
    this.#parts = Array.from({ length: partCount }, () => new Uint32Array(classCount));
  }

  /** Counts one. @param nowMs of a clock that never goes back. */
  observe(value: number, nowMs: number): void {
    this.#sum += value;
    this.#count++;
    this.#endsAtMs ??= nowMs + this.#partMs;
    while (nowMs >= this.#endsAtMs) this.#advance(nowMs);
    const part = this.#parts[this.#current] as Uint32Array;
    const index = classOf(value);
    part[index] = (part[index] ?? 0) + 1;
  }

  /** Number of observations, of all times. */
  get count(): number {
    return this.#count;
  }

  /** The size below which that part of the observations lies; `NaN` without any. */
  quantile(part: number): number {
    const counts = Array.from({ length: classCount }, (_, index) =>
      this.#parts.reduce((sum, one) => sum + (one[index] ?? 0), 0),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    let rank = Math.ceil(part * total);
    const found = counts.findIndex((count) => (rank -= count) <= 0 && count > 0);
    return found < 0 ? Number.NaN : (smallest * step ** found) / Math.sqrt(step);
  }

  /** Lines of a series. */
  format(name: string, labels: string): string[] {
    const rest = labels === '' ? '' : `${labels},`;
    const suffix = labels === '' ? '' : `{${labels}}`;
    const lines = quantiles.map((part) => `${name}{${rest}quantile="${part}"} ${this.quantile(part)}`);
    lines.push(`${name}_sum${suffix} ${this.#sum}`, `${name}_count${suffix} ${this.#count}`);
    return lines;
  }

  /** Forgets the oldest part; all of them, one after the other, when nothing came for long. */
  #advance(nowMs: number): void {
    this.#current = (this.#current + 1) % partCount;
    this.#parts[this.#current]?.fill(0);
    const isLongAgo = nowMs - (this.#endsAtMs ?? 0) > this.#partMs * partCount;
    if (isLongAgo) for (const part of this.#parts) part.fill(0);
    this.#endsAtMs = isLongAgo ? nowMs + this.#partMs : (this.#endsAtMs ?? 0) + this.#partMs;
  }
}

function classOf(value: number): number {
  if (value <= smallest) return 0;
  return Math.min(Math.ceil(Math.log(value / smallest) / logStep), classCount - 1);
}
