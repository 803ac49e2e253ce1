import { Histogram, type MetricFamily, type MetricSample } from '../../base/metrics.ts';
import { shortName } from './issuer-documents.ts';
import type { IssuerKeys } from './issuer-keys.ts';

const prefix = 'apiserver_authentication_jwt_authenticator';
/** Seconds, as upstream. */
const latencyBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** An issuer and what is known of its keys. */
interface ReportedIssuer {
  readonly url: string;
  readonly keys: IssuerKeys;
}

/** What is known of the keys of issuers: under upstream's names, and, of our own, whether each answers. */
export function issuerMetrics(issuers: readonly ReportedIssuer[]): readonly MetricFamily[] {
  const samplesOf = (of: (keys: IssuerKeys) => readonly MetricSample[]) =>
    issuers.flatMap(({ url, keys }) =>
      of(keys).map(({ labels, value }) => ({ labels: { jwt_issuer_hash: shortName(url), ...labels }, value })),
    );
  return [
    {
      name: `${prefix}_jwks_fetch_last_timestamp_seconds`,
      help: 'When the keys of an issuer were last fetched, by result.',
      type: 'gauge',
      samples: samplesOf(({ times }) =>
        Object.entries(times).map(([result, value]) => ({ labels: { result }, value })),
      ),
    },
    {
      name: `${prefix}_jwks_fetch_last_key_set_info`,
      help: 'Always 1; the hash names the keys of an issuer that count now.',
      type: 'gauge',
      samples: samplesOf(({ hash }) => (hash === undefined ? [] : [{ labels: { hash }, value: 1 }])),
    },
    {
      name: 'planform_authentication_issuer_reachable',
      help: 'Whether an issuer answered when it was last asked for its keys.',
      type: 'gauge',
      samples: issuers.flatMap(({ url, keys: { isReachable } }) =>
        isReachable === undefined
          ? []
          : [{ labels: { jwt_issuer_hash: shortName(url), issuer: url }, value: Number(isReachable) }],
      ),
    },
  ];
}

/** How long it took to verify tokens that were not known yet, by issuer and result. */
export class IssuerLatency {
  readonly #histograms = new Map<string, Record<'success' | 'failure', Histogram>>();

  observe(url: string, result: 'success' | 'failure', seconds: number): void {
    let found = this.#histograms.get(url);
    if (found === undefined) {
      found = { success: new Histogram(latencyBounds), failure: new Histogram(latencyBounds) };
      this.#histograms.set(url, found);
    }
    found[result].observe(seconds);
  }

  /** Of these issuers; others are forgotten. */
  metrics(urls: readonly string[]): MetricFamily {
    for (const url of this.#histograms.keys()) if (!urls.includes(url)) this.#histograms.delete(url);
    return {
      name: `${prefix}_latency_seconds`,
      help: 'How long tokens that are not remembered take to be verified.',
      type: 'histogram',
      samples: [...this.#histograms].flatMap(([url, { success, failure }]) => [
        { labels: { result: 'success', jwt_issuer_hash: shortName(url) }, value: success },
        { labels: { result: 'failure', jwt_issuer_hash: shortName(url) }, value: failure },
      ]),
    };
  }
}
