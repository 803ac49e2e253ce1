/** How fast objects are created, next to etcd in the same minute. */
import type { LoadResult } from './h2-load.ts';
import { head, row } from './report.ts';
import { scratchFolder, startEtcd } from './servers.ts';
import { median } from './statistics.ts';
import { type CostedResult, costedLoad, jobOf, load, type Target, valueBytes } from './target.ts';

const rounds = 3;

/** Requests after which V8 has compiled what a create runs; they are not counted. */
const warmUpCount = 3_000;

/** Creates at 1, 16 and 64 clients in turns with etcd; noise of the machine hits both. */
export async function measureCreates(target: Target): Promise<void> {
  using folder = scratchFolder('etcd');
  const etcd = await startEtcd(folder.path);
  const endpoint = etcd.url.slice('http://'.length);
  await load(
    'h2-load.ts',
    jobOf(target, { kind: 'create', clientCount: 16, requestCount: warmUpCount, prefix: 'warm' }),
  );
  head('create 1 KB, clients', 'per s', 'p50 ms', 'p99 ms', 'errors', 'CPU ms each', 'etcd Put per s', 'ratio');
  for (const [clientCount, requestCount] of [
    [1, 1_000],
    [16, 5_000],
    [64, 6_000],
  ] as const) {
    const own: CostedResult[] = [];
    const reference: LoadResult[] = [];
    for (let round = 0; round < rounds; round++) {
      const part = { clientCount, requestCount, prefix: `c${clientCount}-${round}` };
      own.push(await costedLoad(target, jobOf(target, { kind: 'create', ...part })));
      reference.push(await load('etcd-load.ts', { endpoint, valueBytes, ...part }));
    }
    const etcdRate = median(reference.map((result) => result.perSecond));
    row(String(clientCount), ...summary(own), etcdRate, median(own.map((result) => result.perSecond)) / etcdRate);
  }
  await etcd.stop();
}

/** Creates over as many connections as a fleet of agents has. */
export async function measureManyConnections(target: Target): Promise<void> {
  const clientCount = 1_000;
  const job = jobOf(target, { kind: 'create', clientCount, connectionCount: clientCount, requestCount: 6_000 });
  head('create 1 KB, connections', 'per s', 'p50 ms', 'p99 ms', 'errors', 'CPU ms each');
  row(String(clientCount), ...summary([await costedLoad(target, { ...job, prefix: 'many' })]));
}

function summary(results: readonly CostedResult[]): (string | number)[] {
  const middle = (pick: (result: CostedResult) => number) => median(results.map(pick));
  return [
    middle((result) => result.perSecond),
    middle((result) => result.p50Ms),
    middle((result) => result.p99Ms),
    String(results.reduce((sum, result) => sum + result.errorCount, 0)),
    middle((result) => result.cpuMs),
  ];
}
