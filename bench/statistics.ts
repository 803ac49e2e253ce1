/** The value below which `percent` % of the values lie; 0 for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Median of what one call takes, µs, of five rounds of some 40 ms each. */
export function microsecondsOf(call: () => unknown): number {
  let times = 16;
  const rounds: number[] = [];
  while (rounds.length < 5) {
    const begun = process.hrtime.bigint();
    for (let index = 0; index < times; index++) call();
    const took = Number(process.hrtime.bigint() - begun);
    if (took < 20_000_000) times *= 2;
    else rounds.push(took / times / 1000);
  }
  return median(rounds);
}
