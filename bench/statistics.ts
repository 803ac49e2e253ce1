/** The value below which `percent` % of the values lie; 0 for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Median of the processor time of one call, µs, of five rounds of some 40 ms each: other programs do not count. */
export function microsecondsOf(call: () => unknown): number {
  let times = 16;
  const rounds: number[] = [];
  while (rounds.length < 5) {
    const begun = process.cpuUsage();
    for (let index = 0; index < times; index++) call();
    const { user, system } = process.cpuUsage(begun);
    if (user + system < 20_000) times *= 2;
    else rounds.push((user + system) / times);
  }
  return median(rounds);
}
