import { formatMicroTime } from '../../base/clock.ts';
import type { ApiRequest, ApiResponse } from '../../ports/endpoint.ts';
import { textAnswer } from '../health.ts';
import type { FlowControl } from './flow-control.ts';
import type { Seats } from './flow.ts';

/** Where the dumps are served, as in kube-apiserver. */
export const dumpPath = '/debug/api_priority_and_fairness';

/**
 * Answers `dump_priority_levels`, `dump_queues` and `dump_requests` in the columns of kube-apiserver.
 * @param startedAtMs wall-clock time at which the monotonic clock was 0.
 */
export function dumpAnswer(
  { path, query }: ApiRequest,
  control: FlowControl,
  startedAtMs: number,
): ApiResponse | undefined {
  switch (path.slice(dumpPath.length + 1)) {
    case 'dump_priority_levels':
      return textAnswer(200, table(levelColumns, levelRows(control)));
    case 'dump_queues':
      return textAnswer(200, table(queueColumns, queueRows(control)));
    case 'dump_requests': {
      const isDetailed = (query.get('includeRequestDetails') ?? '') !== '';
      const columns = isDetailed ? [...requestColumns, ...detailColumns] : requestColumns;
      return textAnswer(200, table(columns, requestRows(control, startedAtMs, isDetailed)));
    }
    default:
      return undefined;
  }
}

const levelColumns = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];

function levelRows({ levels }: FlowControl): string[][] {
  return levels
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((level) => {
      const { set } = level;
      const activeCount = [...set.busyQueues].filter(({ waiting }) => waiting.length > 0).length;
      const isIdle = set.executingCount === 0 && set.waitingCount === 0;
      const { dispatchedCount, rejectedCount, timedOutCount, cancelledCount } = level;
      const counts = [
        set.waitingCount,
        set.executingCount,
        dispatchedCount,
        rejectedCount,
        timedOutCount,
        cancelledCount,
      ];
      return [level.name, activeCount, isIdle, level.isQuiescing, ...counts].map(String);
    });
}

const queueColumns = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];

/** Queues without requests are left out: they have no state. */
function queueRows({ levels }: FlowControl): string[][] {
  return levels.flatMap(({ name, set }) =>
    [...set.busyQueues]
      .toSorted((a, b) => a.index - b.index)
      .map(({ index, waiting, executing, seatsInUse, seatsWaiting, nextDispatchR }) => {
        const counts = [index, waiting.length, executing.size, seatsInUse].map(String);
        const work = `${(seatsWaiting * 0.003).toFixed(8)}ss`;
        return [
          name,
          ...counts,
          `${(nextDispatchR / 1000).toFixed(8)}ss`,
          String(seatsWaiting),
          String(seatsWaiting),
          work,
        ];
      }),
  );
}

const requestColumns = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const detailColumns = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];

function requestRows({ levels, requests }: FlowControl, startedAtMs: number, isDetailed: boolean): string[][] {
  const positions = new Map(
    levels.flatMap(({ set }) =>
      [...set.busyQueues].flatMap(({ index, waiting }) =>
        waiting.map(({ request }, position) => [request, [index, position]] as const),
      ),
    ),
  );
  return [...requests].map((seats) => {
    const { flow, count, place, arrivedMs, startedMs, waitsAs } = seats;
    const [queue, position] = (waitsAs === undefined ? undefined : positions.get(waitsAs)) ?? [
      place?.queue.index ?? -1,
      -1,
    ];
    const time = (ms: number) => formatMicroTime(startedAtMs + ms);
    const start = position >= 0 ? '0001-01-01T00:00:00Z' : time(startedMs);
    const names = [flow.level.name, flow.schema.metadata.name, String(queue), String(position), seats.distinguisher];
    const row = [...names, time(arrivedMs), String(count), '0', '0s', start];
    return isDetailed ? [...row, ...details(seats)] : row;
  });
}

function details({ arrival: { user, request } }: Seats): string[] {
  const { verb, path, resource } = request;
  if (resource === undefined) return [user.name, verb, path, '', '', '', '', ''];
  const { namespace, name, group, version, plural, subresource } = resource;
  return [user.name, verb, path, namespace, name, group === '' ? version : `${group}/${version}`, plural, subresource];
}

/** Columns as wide as their widest cell, each but the last with a comma behind it (Go's tabwriter). */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => (row[index] ?? '').length)) + 2);
  const lines = all.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : `${cell},`.padEnd(widths[index] ?? 0))).join(''),
  );
  return `${lines.join('\n')}\n`;
}
