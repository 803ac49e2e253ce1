/**
 * Numbers about a running program in the text format of Prometheus. Whoever counts keeps plain numbers and histograms and is
 * asked for them when somebody reads; nothing is kept twice.
 */

/** What a program says of itself, in Prometheus' terms. */
export interface MetricFamily {
  /** As dashboards ask for it: `apiserver_request_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: Iterable<MetricSample>;
}

/** One series: a number, or a histogram. */
export interface MetricSample {
  /** In the order they are written; values may hold anything. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Histogram;
}

/** Somebody with numbers to tell; asked at each reading. */
export type MetricSource = () => Iterable<MetricFamily>;

/** Counts observations by size. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds upper bounds of the buckets, ascending, all included in their bucket. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  /** Counts one. */
  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    const bounds = this.#bounds;
    for (let index = 0; index < bounds.length; index++) {
      if (value > (bounds[index] ?? 0)) continue;
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
      return;
    }
  }

  /** Number of observations. */
  get count(): number {
    return this.#count;
  }

  /** Lines of a series. */
  format(name: string, labels: string): string[] {
    const rest = labels === '' ? '' : `${labels},`;
    const suffix = labels === '' ? '' : `{${labels}}`;
    let count = 0;
    const lines = this.#bounds.map((bound, index) => {
      count += this.#counts[index] ?? 0;
      return `${name}_bucket{${rest}le="${bound}"} ${count}`;
    });
    lines.push(`${name}_bucket{${rest}le="+Inf"} ${this.#count}`);
    lines.push(`${name}_sum${suffix} ${this.#sum}`, `${name}_count${suffix} ${this.#count}`);
    return lines;
  }
}

/** Prometheus text format 0.0.4. Families without samples are left out. */
export function formatMetrics(families: Iterable<MetricFamily>): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    const own = [...samples].flatMap(({ labels, value }) => sampleLines(name, formatLabels(labels), value));
    if (own.length === 0) continue;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...own);
  }
  return `${lines.join('\n')}\n`;
}

function sampleLines(name: string, labels: string, value: number | Histogram): readonly string[] {
  if (value instanceof Histogram) return value.format(name, labels);
  return [`${name}${labels === '' ? '' : `{${labels}}`} ${value}`];
}

/** `a="b",c="d"`. */
function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, escapeCharacter)}"`)
    .join(',');
}

function escapeCharacter(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
