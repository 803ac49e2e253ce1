/**
 * Counts requests and their durations for `/metrics`, under the names and labels of kube-apiserver, so that dashboards
 * made for it show something: `apiserver_request_total`, `apiserver_request_duration_seconds`,
 * `apiserver_current_inflight_requests`.
 */

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
}

interface Series {
  readonly labels: string;
  readonly countByCode: Map<number, number>;
  readonly buckets: number[];
  sumSeconds: number;
  observedCount: number;
}

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
  end(method: string, labels: RequestLabels, { code, seconds, isLongRunning }: RequestOutcome): void {
    this.#inFlight[kindOf(method)]--;
    const series = this.#seriesOf(labels);
    series.countByCode.set(code, (series.countByCode.get(code) ?? 0) + 1);
    if (isLongRunning) return;
    series.observedCount++;
    series.sumSeconds += seconds;
    const bucket = bucketSeconds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** Prometheus text format. */
  format(): string {
    const all = [...this.#series.values()];
    return [
      '# HELP apiserver_request_total Requests answered, by verb, resource and HTTP status code.',
      '# TYPE apiserver_request_total counter',
      ...all.flatMap(totalLines),
      '# HELP apiserver_request_duration_seconds Time until an answer is known, without answers that go on.',
      '# TYPE apiserver_request_duration_seconds histogram',
      ...all.flatMap(durationLines),
      '# HELP apiserver_current_inflight_requests Requests that have no answer yet.',
      '# TYPE apiserver_current_inflight_requests gauge',
      ...Object.entries(this.#inFlight).map(
        ([kind, count]) => `apiserver_current_inflight_requests{request_kind="${kind}"} ${count}`,
      ),
      '',
    ].join('\n');
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
    const labels =
      `component="apiserver",group="${group}",resource="${resource}",scope="${scope}",` +
      `subresource="${subresource}",verb="${verb}",version="${version}"`;
    const buckets = bucketSeconds.map(() => 0);
    const series = { labels, countByCode: new Map(), buckets, sumSeconds: 0, observedCount: 0 };
    this.#series.set(key, series);
    return series;
  }
}

function kindOf(method: string): 'mutating' | 'readOnly' {
  return method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating';
}

function totalLines({ labels, countByCode }: Series): string[] {
  return [...countByCode].map(([code, count]) => `apiserver_request_total{code="${code}",${labels}} ${count}`);
}

function durationLines({ labels, buckets, sumSeconds, observedCount }: Series): string[] {
  const name = 'apiserver_request_duration_seconds';
  let count = 0;
  const lines = bucketSeconds.map((bound, index) => {
    count += buckets[index] ?? 0;
    return `${name}_bucket{${labels},le="${bound}"} ${count}`;
  });
  lines.push(`${name}_bucket{${labels},le="+Inf"} ${observedCount}`);
  lines.push(`${name}_sum{${labels}} ${sumSeconds}`, `${name}_count{${labels}} ${observedCount}`);
  return lines;
}
