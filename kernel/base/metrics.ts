/**
 * Numbers about a running program in the text format of Prometheus. Whoever counts keeps plain numbers and histograms and is
 * asked for them when somebody reads; nothing is kept twice.
 */

/** What a program says of itself, in Prometheus' terms. */
export interface MetricFamily {
  /** As dashboards ask for it: `apiserver_request_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly samples: Iterable<MetricSample>;
}

/** Observations in a form of their own: histograms, summaries. */
interface Distribution {
  /** Number of observations. */
  readonly count: number;
  /** Lines of a series. @param labels formatted, without braces. */
  format(name: string, labels: string): string[];
}

/** One series: a number, or a histogram or summary. */
export interface MetricSample {
  /** In the order they are written; values may hold anything. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Distribution;
}

/** Somebody with numbers to tell; asked at each reading. */
export type MetricSource = () => Iterable<MetricFamily>;

/** A family that kube-apiserver has too. @param name without the `apiserver_` of all of them. */
export function apiserverFamily(
  name: string,
  type: MetricFamily['type'],
  help: string,
  samples: MetricFamily['samples'],
): MetricFamily {
  return { name: `apiserver_${name}`, help, type, samples };
}

/** Counts observations by size. */
export class Histogram implements Distribution {
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

/** Series of one family by the values of their labels, found without making a text: for what many requests observe. */
export class LabelledSeries<T> {
  readonly #names: readonly string[];
  readonly #make: () => T;
  readonly #root = new Map<string, unknown>();
  readonly #all: { readonly labels: Readonly<Record<string, string>>; readonly value: T }[] = [];

  /** @param make makes what a new series counts with. Whoever names labels keeps their values few. */
  constructor(names: readonly string[], make: () => T) {
    this.#names = names;
    this.#make = make;
  }

  /** The series with these values, in the order of the names. */
  of(...values: readonly string[]): T {
    let node = this.#root;
    const last = values.length - 1;
    for (let index = 0; index < last; index++) {
      node = node.getOrInsertComputed(values[index] ?? '', () => new Map<string, unknown>()) as Map<string, unknown>;
    }
    return node.getOrInsertComputed(values[last] ?? '', () => this.#open(values)) as T;
  }

  /** All series; their `value` is what was made for them. */
  get all(): readonly { readonly labels: Readonly<Record<string, string>>; readonly value: T }[] {
    return this.#all;
  }

  #open(values: readonly string[]): T {
    const value = this.#make();
    this.#all.push({
      labels: Object.fromEntries(this.#names.map((name, index) => [name, values[index] ?? ''])),
      value,
    });
    return value;
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

function sampleLines(name: string, labels: string, value: MetricSample['value']): readonly string[] {
  if (typeof value !== 'number') return value.format(name, labels);
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
