import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { MetricFamily } from '../kernel/base/metrics.ts';

/** What the system and V8 say of this process, under the names of Prometheus' client libraries. @param storePath of the store's file. */
export function processMetrics(storePath: string): readonly MetricFamily[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const startedSeconds = Date.now() / 1000 - process.uptime();
  return [
    one('process_cpu_seconds_total', 'counter', 'Processor time, user and system.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Memory in use.', rss),
    one('process_virtual_memory_bytes', 'gauge', 'Addresses in use.', virtualBytes()),
    one('process_start_time_seconds', 'gauge', 'Start, since the epoch.', startedSeconds),
    one('process_open_fds', 'gauge', 'Open files and connections.', openFiles()),
    one('nodejs_heap_size_total_bytes', 'gauge', 'Size of the heap of JavaScript.', heapTotal),
    one('nodejs_heap_size_used_bytes', 'gauge', 'Of that, in use.', heapUsed),
    one('nodejs_external_memory_bytes', 'gauge', 'Buffers outside the heap.', external),
    one('apiserver_storage_size_bytes', 'gauge', 'Size of the store.', fileBytes(storePath), {
      storage_cluster_id: 'sqlite',
    }),
  ].filter(({ samples: [{ value }] }) => !Number.isNaN(value));
}

type Single = MetricFamily & {
  readonly samples: readonly [{ readonly labels: Readonly<Record<string, string>>; readonly value: number }];
};

function one(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): Single {
  return { name, type, help, samples: [{ labels, value }] };
}

/** Not everywhere is there a /proc; NaN then, and the number is left out. */
function openFiles(): number {
  return orNaN(() => readdirSync('/proc/self/fd').length);
}

function virtualBytes(): number {
  return orNaN(() => 1024 * Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]));
}

function fileBytes(path: string): number {
  return orNaN(() => statSync(path).size);
}

function orNaN(read: () => number): number {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return Number.NaN;
    throw error;
  }
}
