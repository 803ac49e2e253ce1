import type { MetricFamily, MetricSample } from '../../base/metrics.ts';
import type { FlowControl } from './flow-control.ts';
import type { Flow } from './flow.ts';
import type { Level } from './level.ts';

const prefix = 'apiserver_flowcontrol_';

/** What flow control says of itself, under the names and labels of kube-apiserver 1.36. */
export function flowMetrics(control: FlowControl): readonly MetricFamily[] {
  return [...levelMetrics(control), ...flowGauges(control.flows), ...flowHistograms(control.flows)];
}

function levelMetrics({ levels, proportion }: FlowControl): readonly MetricFamily[] {
  const gauge = (name: string, help: string, value: (level: Level) => number): MetricFamily => ({
    name: prefix + name,
    help,
    type: 'gauge',
    samples: levels.map((level) => ({ labels: { priority_level: level.name }, value: value(level) })),
  });
  // A level that is exempt has no limit of its own; upstream shows what it needed.
  const limit = (level: Level) => (level.isExempt ? level.demand.highest : level.set.limit);
  return [
    gauge('nominal_limit_seats', 'Seats of a level by its share.', (level) => level.bounds.nominal),
    gauge('lower_limit_seats', 'Seats a level keeps when it lends.', (level) => level.bounds.lowest),
    gauge('upper_limit_seats', 'Seats a level may have when it borrows.', (level) => level.bounds.highest),
    gauge('current_limit_seats', 'Seats a level has now.', limit),
    gauge('request_concurrency_limit', 'The same as nominal_limit_seats.', (level) => level.bounds.nominal),
    gauge('demand_seats_high_watermark', 'Most seats wanted in the last period.', ({ demand }) => demand.highest),
    gauge('demand_seats_average', 'Seats wanted in the last period, on average.', ({ demand }) => demand.average),
    gauge('demand_seats_stdev', 'Standard deviation of the seats wanted.', ({ demand }) => demand.deviation),
    gauge('demand_seats_smoothed', 'Seats wanted, slowly forgotten.', ({ demand }) => demand.smoothed),
    gauge('target_seats', 'Seats a level should have.', ({ demand }) => demand.target),
    gauge('current_r', 'Virtual time of the queues of a level.', ({ set }) => set.currentR / 1000),
    {
      name: `${prefix}seat_fair_frac`,
      help: 'Part of its target that every level gets which no bound holds.',
      type: 'gauge',
      samples: [{ labels: {}, value: proportion }],
    },
  ];
}

function labelsOf({ level, schema }: Flow): Readonly<Record<string, string>> {
  return { flow_schema: schema.metadata.name, priority_level: level.name };
}

function flowGauges(flows: readonly Flow[]): readonly MetricFamily[] {
  const family = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    value: (flow: Flow) => number,
  ): MetricFamily => ({
    name: prefix + name,
    help,
    type,
    samples: flows.map((flow) => ({ labels: labelsOf(flow), value: value(flow) })),
  });
  const rejected = flows.flatMap((flow) =>
    [...flow.statistics.rejected].map(([reason, value]) => ({ labels: { ...labelsOf(flow), reason }, value })),
  );
  return [
    family(
      'dispatched_requests_total',
      'counter',
      'Requests that got seats.',
      ({ statistics }) => statistics.dispatched,
    ),
    {
      name: `${prefix}rejected_requests_total`,
      help: 'Requests that were refused, by why.',
      type: 'counter',
      samples: rejected,
    },
    family('current_inqueue_requests', 'gauge', 'Requests that wait.', ({ statistics }) => statistics.waiting),
    family('current_inqueue_seats', 'gauge', 'Seats they wait for.', ({ statistics }) => statistics.waitingSeats),
    family(
      'current_executing_requests',
      'gauge',
      'Requests that have seats.',
      ({ statistics }) => statistics.executing,
    ),
    family('current_executing_seats', 'gauge', 'Seats they have.', ({ statistics }) => statistics.executingSeats),
    family('request_concurrency_in_use', 'gauge', 'The same.', ({ statistics }) => statistics.executingSeats),
  ];
}

function flowHistograms(flows: readonly Flow[]): readonly MetricFamily[] {
  const family = (name: string, help: string, of: (flow: Flow) => readonly MetricSample[]): MetricFamily => ({
    name: prefix + name,
    help,
    type: 'histogram',
    // Series that nobody has anything to say about would make most of the page.
    samples: flows.flatMap(of).filter(({ value }) => typeof value !== 'number' && value.count > 0),
  });
  return [
    family('work_estimated_seats', 'Seats that requests take.', (flow) => [
      { labels: labelsOf(flow), value: flow.statistics.seats },
    ]),
    family('request_wait_duration_seconds', 'Time in a queue, by whether the request got its seats.', (flow) => [
      { labels: { execute: 'true', ...labelsOf(flow) }, value: flow.statistics.waitedSeconds },
      { labels: { execute: 'false', ...labelsOf(flow) }, value: flow.statistics.refusedSeconds },
    ]),
    family('request_execution_seconds', 'Time with seats, of watches until they begin.', (flow) => [
      { labels: { ...labelsOf(flow), type: 'regular' }, value: flow.statistics.executionSeconds },
      { labels: { ...labelsOf(flow), type: 'watch' }, value: flow.statistics.watchSetupSeconds },
    ]),
    family('request_queue_length_after_enqueue', 'Length of the queue a request came into.', (flow) => [
      { labels: labelsOf(flow), value: flow.statistics.queueLength },
    ]),
  ];
}
