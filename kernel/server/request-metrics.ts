/** Counts requests and their durations for `/metrics`, under the names and labels of kube-apiserver. */
import { apiserverFamily, Histogram, type MetricFamily, type MetricSample } from '../base/metrics.ts';

/** Upper bounds of the buckets of durations, seconds (kube-apiserver endpoints/metrics). */
const bucketSeconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
] as const;

/** What a request was about. */
export interface RequestLabels {
  /** As kube-apiserver names it: `GET`, `LIST`, `WATCH`, `APPLY`, … */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** Empty for paths that are no resources. */
  readonly resource: string;
  /** For paths that are no resources: what they are, such as `/version`. */
  readonly subresource: string;
  readonly scope: '' | 'resource' | 'namespace' | 'cluster';
}

/** How a request ended. */
export interface RequestOutcome {
  readonly code: number;
  readonly seconds: number;
  /** The answer goes on: how long it takes says nothing about the server. */
  readonly isLongRunning: boolean;
  /** It was refused to protect the server. */
  readonly isTerminated: boolean;
  /** Of the answer; absent when they are not known before it is sent. */
  readonly bytes: number | undefined;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly countByCode: Map<number, number>;
  readonly durations: Histogram;
  readonly sizes: Histogram;
  /** Requests that flow control refused, or that were given up at their deadline. */
  terminatedCount: number;
}

/** Upper bounds of the buckets of sizes, bytes (kube-apiserver `apiserver_response_sizes`). */
const bucketBytes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The counters of one server. */
export class RequestMetrics {
  readonly #isServed: (labels: RequestLabels) => boolean;
  readonly #series = new Map<string, Series>();
  readonly #inFlight = { mutating: 0, readOnly: 0 };

  /**
   * @param isServed false for labels that nothing here has: they are counted together, since anybody can make them up and
   *   the number of series must stay bounded.
   */
  constructor(isServed: (labels: RequestLabels) => boolean) {
    this.#isServed = isServed;
  }

  /** A request has come in. @param method of HTTP. */
  begin(method: string): void {
    this.#inFlight[kindOf(method)]++;
  }

  /** Its answer is known. */
  end(method: string, labels: RequestLabels, outcome: RequestOutcome): void {
    const { code, seconds, isLongRunning, isTerminated, bytes } = outcome;
    this.#inFlight[kindOf(method)]--;
    const series = this.#seriesOf(labels);
    series.countByCode.set(code, (series.countByCode.get(code) ?? 0) + 1);
    if (isTerminated) series.terminatedCount++;
    if (isLongRunning) return;
    series.durations.observe(seconds);
    if (bytes !== undefined) series.sizes.observe(bytes);
  }

  /** What it has counted. */
  families(): readonly MetricFamily[] {
    const all = [...this.#series.values()];
    const durations = all.filter(hasDurations).map(({ labels, durations: value }) => ({ labels, value }));
    const sli = 'The same, for service levels: time in queues and in webhooks counts as well.';
    return [
      apiserverFamily(
        'request_total',
        'counter',
        'Requests answered, by verb, resource and HTTP status code.',
        all.flatMap(totals),
      ),
      apiserverFamily(
        'request_duration_seconds',
        'histogram',
        'Time until an answer is known, without answers that go on.',
        durations,
      ),
      apiserverFamily('request_sli_duration_seconds', 'histogram', sli, durations),
      apiserverFamily(
        'response_sizes',
        'histogram',
        'Bytes of answers that were whole when they began.',
        all.flatMap(sizes),
      ),
      apiserverFamily(
        'request_terminations_total',
        'counter',
        'Requests refused to protect the server.',
        all.flatMap(terminations),
      ),
      apiserverFamily(
        'current_inflight_requests',
        'gauge',
        'Requests that have no answer yet.',
        Object.entries(this.#inFlight).map(([kind, value]) => ({ labels: { request_kind: kind }, value })),
      ),
    ];
  }

  #seriesOf(labels: RequestLabels): Series {
    const { verb, group, version, resource, subresource, scope } = labels;
    const key = `${verb} ${scope} ${group}/${version}/${resource}/${subresource}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#isServed(labels)) return this.#open(key, labels);
    const other: RequestLabels = { verb: '', group: '', version: '', resource: '', subresource: '/other', scope: '' };
    return this.#series.get('other') ?? this.#open('other', other);
  }

  #open(key: string, { verb, group, version, resource, subresource, scope }: RequestLabels): Series {
    const series = {
      labels: { component: 'apiserver', group, resource, scope, subresource, verb, version },
      countByCode: new Map<number, number>(),
      durations: new Histogram(bucketSeconds),
      sizes: new Histogram(bucketBytes),
      terminatedCount: 0,
    };
    this.#series.set(key, series);
    return series;
  }
}

function kindOf(method: string): 'mutating' | 'readOnly' {
  return method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating';
}

function hasDurations({ durations }: Series): boolean {
  return durations.count > 0;
}

function totals({ labels, countByCode }: Series): MetricSample[] {
  return [...countByCode].map(([code, value]) => ({ labels: { code: String(code), ...labels }, value }));
}

function sizes({ labels, sizes: value }: Series): MetricSample[] {
  return value.count === 0 ? [] : [{ labels, value }];
}

function terminations({ labels, terminatedCount: value }: Series): MetricSample[] {
  return value === 0 ? [] : [{ labels: { code: '429', ...labels }, value }];
}
