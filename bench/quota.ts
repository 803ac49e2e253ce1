/** What a ResourceQuota costs those who create, next to a namespace without one in the same minute. */
import { connect, post, request } from './h2-load.ts';
import { head, row } from './report.ts';
import { median } from './statistics.ts';
import { type CostedResult, costedLoad, jobOf, openKernel, type Target } from './target.ts';

const rounds = 30;
const requestCount = 1_000;
const namespaces = ['limited', 'free'] as const;

/** Creates by 16 clients under a quota of two resources and without, in turns, each first as often as the other. */
export async function measureQuota(): Promise<void> {
  await using target = await openKernel();
  await prepare(target);
  const results = { limited: [] as CostedResult[], free: [] as CostedResult[] };
  for (let round = -1; round < rounds; round++) {
    for (const namespace of round % 2 === 0 ? namespaces : namespaces.toReversed()) {
      const part = { kind: 'create', clientCount: 16, requestCount, namespace, prefix: `r${round + 1}` } as const;
      const result = await costedLoad(target, jobOf(target, part));
      // The first round warms up.
      if (round >= 0) results[namespace].push(result);
    }
  }
  head('create 1 KB, 16 clients', 'per s', 'p50 ms', 'p99 ms', 'errors', 'CPU ms each');
  for (const namespace of namespaces) {
    const middle = (pick: (result: CostedResult) => number) => median(results[namespace].map(pick));
    row(
      namespace === 'limited' ? 'under a quota' : 'without',
      middle(({ perSecond }) => perSecond),
      middle(({ p50Ms }) => p50Ms),
      middle(({ p99Ms }) => p99Ms),
      String(results[namespace].reduce((sum, { errorCount }) => sum + errorCount, 0)),
      middle(({ cpuMs }) => cpuMs),
    );
  }
  const ratioOf = (pick: (result: CostedResult) => number) => {
    const rate = (namespace: (typeof namespaces)[number]) => results[namespace].map(pick);
    const free = rate('free');
    return median(rate('limited').map((value, round) => value / (free[round] ?? Number.NaN)));
  };
  head('under a quota, of what is reached without', 'median of the rounds', 'wanted');
  row(
    'rate',
    ratioOf(({ perSecond }) => perSecond),
    '≥ 0.9',
  );
  row(
    'creates per second of processor time',
    ratioOf(({ cpuMs }) => 1 / cpuMs),
    '',
  );
}

/** Two namespaces, of which one has limits nobody reaches. */
async function prepare({ server, credentials }: Target): Promise<void> {
  const session = await connect({ url: server.url, ...credentials });
  const create = async (path: string, object: object) => {
    const { headers, body } = post(path, 'POST', 'application/json', object);
    const { status } = await request(session, headers, body);
    if (status !== 201) throw new Error(`POST ${path} ended with ${status}`);
  };
  for (const name of namespaces) {
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const hard = { configmaps: '1000000', 'count/configmaps': '1000000', pods: '10' };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard } };
  await create('/api/v1/namespaces/limited/resourcequotas', quota);
  session.close();
}
