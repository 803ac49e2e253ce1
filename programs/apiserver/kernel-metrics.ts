import type { MetricFamily, MetricSource } from '../../kernel/base/metrics.ts';
import { Histogram } from '../../kernel/base/metrics.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { KindCatalog } from '../../kernel/ports/resources.ts';
import type { Commit, Store } from '../../kernel/ports/store.ts';
import { forwardedStore } from '../../kernel/store/forwarded-store.ts';

/** What is stored and watched, under the names of kube-apiserver 1.36. Watches of controllers in the process count too. */
export function cacheMetrics(cache: ObjectCache, catalog: KindCatalog): MetricSource {
  return () => {
    const kinds = catalog.list().map((kind) => {
      const resource = formatResource(kind.plural, kind.group);
      const { size, watcherCount } = cache.resource(resource);
      const { group, plural, storageVersion: version } = kind;
      return { resource, size, watcherCount, group, plural, version };
    });
    return [
      gauge(
        'apiserver_storage_objects',
        'Objects stored, by resource.',
        kinds.map(({ resource, size: value }) => ({ labels: { resource }, value })),
      ),
      gauge(
        'apiserver_resource_objects',
        'Objects stored, by group and resource.',
        kinds.map(({ group, plural, size: value }) => ({ labels: { group, resource: plural }, value })),
      ),
      gauge(
        'apiserver_longrunning_requests',
        'Watches that are open.',
        kinds
          .filter(({ watcherCount }) => watcherCount > 0)
          .map(({ group, plural, version, watcherCount: value }) => ({
            labels: {
              component: 'apiserver',
              group,
              resource: plural,
              scope: 'cluster',
              subresource: '',
              verb: 'WATCH',
              version,
            },
            value,
          })),
      ),
    ];
  };
}

function gauge(name: string, help: string, samples: MetricFamily['samples']): MetricFamily {
  return { name, help, type: 'gauge', samples };
}

/** Kubernetes apiserver `etcd3/metrics`. */
const secondsBounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** A store whose commits are timed. */
export interface MeasuredStore {
  readonly store: Store;
  readonly metrics: MetricSource;
  /** Why the last commit was refused; `undefined` when it was not. */
  readonly problem: () => string | undefined;
}

/** Times the commits of a store, from the call until they are durable: what dashboards ask etcd for. */
export function measuredStore(store: Store, clock: Clock): MeasuredStore {
  const seconds = new Histogram(secondsBounds);
  let [errorCount, requestCount] = [0, 0];
  let problem: string | undefined;
  const append = async (commit: Commit) => {
    const startedMs = clock.monotonicMs();
    requestCount++;
    try {
      await store.append(commit);
      problem = undefined;
    } catch (error) {
      errorCount++;
      problem = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      seconds.observe((clock.monotonicMs() - startedMs) / 1000);
    }
  };
  const labels = { operation: 'commit', type: '' };
  const family = (name: string, type: MetricFamily['type'], help: string, value: number | Histogram): MetricFamily => ({
    name,
    help,
    type,
    samples: [{ labels, value }],
  });
  return {
    store: { ...forwardedStore(store), append },
    problem: () => problem,
    metrics: () => [
      family('etcd_request_duration_seconds', 'histogram', 'Time until a commit was durable.', seconds),
      family('etcd_requests_total', 'counter', 'Commits.', requestCount),
      family('etcd_request_errors_total', 'counter', 'Commits that were refused.', errorCount),
    ],
  };
}
