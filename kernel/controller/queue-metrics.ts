import type { Histogram, MetricFamily } from '../base/metrics.ts';
import type { WorkQueue } from './work-queue.ts';

/** The queues of controllers in numbers, under the names of client-go (`workqueue_*`). @param queues by controller. */
export function queueMetrics(queues: ReadonlyMap<string, WorkQueue>): readonly MetricFamily[] {
  const family = (
    name: string,
    type: MetricFamily['type'],
    help: string,
    value: (queue: WorkQueue) => number | Histogram,
  ): MetricFamily => ({
    name: `workqueue_${name}`,
    help,
    type,
    samples: [...queues].map(([controller, queue]) => ({ labels: { name: controller }, value: value(queue) })),
  });
  return [
    family('adds_total', 'counter', 'Keys that became ready.', ({ statistics }) => statistics.addCount),
    family('depth', 'gauge', 'Keys that wait.', ({ readyCount }) => readyCount),
    family(
      'retries_total',
      'counter',
      'Keys that came back after a failure.',
      ({ statistics }) => statistics.retryCount,
    ),
    family('queue_duration_seconds', 'histogram', 'Time a key waited.', ({ statistics }) => statistics.queueSeconds),
    family('work_duration_seconds', 'histogram', 'Time a pass took.', ({ statistics }) => statistics.workSeconds),
    family(
      'unfinished_work_seconds',
      'gauge',
      'Age of passes that run, summed.',
      (queue) => queue.unfinished.sumSeconds,
    ),
    family(
      'longest_running_processor_seconds',
      'gauge',
      'Age of the oldest pass that runs.',
      (queue) => queue.unfinished.longestSeconds,
    ),
  ];
}
