/**
 * Counts requests for `/metrics`, under the names kube-apiserver dashboards use: `apiserver_request_total` and
 * `apiserver_current_inflight_requests`. Labels come from a closed set (verbs, served resources, status codes).
 */
export class RequestMetrics {
  readonly #totals = new Map<string, { readonly labels: string; count: number }>();
  #inFlight = 0;

  /** A request has come in. */
  begin(): void {
    this.#inFlight++;
  }

  /** Its answer is known. */
  end(verb: string, resource: string, code: number): void {
    this.#inFlight--;
    const key = `${verb} ${resource} ${code}`;
    const entry = this.#totals.get(key);
    if (entry !== undefined) {
      entry.count++;
      return;
    }
    this.#totals.set(key, { labels: `verb="${verb}",resource="${resource}",code="${code}"`, count: 1 });
  }

  /** Prometheus text format. */
  format(): string {
    const lines = [
      '# HELP apiserver_request_total Requests answered, by verb, resource and HTTP status code.',
      '# TYPE apiserver_request_total counter',
    ];
    for (const { labels, count } of this.#totals.values()) lines.push(`apiserver_request_total{${labels}} ${count}`);
    lines.push(
      '# HELP apiserver_current_inflight_requests Requests that have no answer yet.',
      '# TYPE apiserver_current_inflight_requests gauge',
      `apiserver_current_inflight_requests ${this.#inFlight}`,
    );
    return `${lines.join('\n')}\n`;
  }
}
