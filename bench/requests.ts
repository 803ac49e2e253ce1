/** What reads and changes of objects cost. */
import type { LoadJob } from './h2-load.ts';
import { head, row } from './report.ts';
import { median } from './statistics.ts';
import { type CostedResult, costedLoad, jobOf, load, type Target } from './target.ts';

const rounds = 3;
/** Namespace of the objects that are only listed. */
const listed = 'kube-public';

/** Gets, patches, applies and lists. Makes the objects it needs. */
export async function measureRequests(target: Target): Promise<void> {
  const objects = { prefix: 'asked', requestCount: 5_000 };
  await load('h2-load.ts', jobOf(target, { kind: 'create', clientCount: 16, ...objects }));
  await load('h2-load.ts', jobOf(target, { kind: 'create', clientCount: 16, requestCount: 10_000, namespace: listed }));
  head('request', 'clients', 'per s', 'p50 ms', 'p99 ms', 'server CPU ms each', 'bytes');
  await measure(target, 'get', { kind: 'get', clientCount: 1, ...objects, requestCount: 2_000 });
  await measure(target, 'get', { kind: 'get', clientCount: 16, ...objects });
  await measure(target, 'merge patch', { kind: 'merge-patch', clientCount: 16, ...objects });
  await measure(target, 'server-side apply', { kind: 'apply', clientCount: 16, ...objects });
  await measure(target, 'list limit=500', { kind: 'list-page', requestCount: 100, namespace: listed });
  await measure(target, 'list of 10,000', { kind: 'list', requestCount: 20, namespace: listed });
}

async function measure(target: Target, name: string, part: Partial<LoadJob>): Promise<void> {
  const job = jobOf(target, part);
  const results: CostedResult[] = [];
  for (let round = 0; round < rounds; round++) results.push(await costedLoad(target, job));
  const middle = (pick: (result: CostedResult) => number) => median(results.map(pick));
  const errorCount = results.reduce((sum, result) => sum + result.errorCount, 0);
  if (errorCount > 0) throw new Error(`${errorCount} of ${rounds * job.requestCount} requests (${name}) failed`);
  row(
    name,
    String(job.clientCount),
    middle((result) => result.perSecond),
    middle((result) => result.p50Ms),
    middle((result) => result.p99Ms),
    middle((result) => result.cpuMs),
    String(Math.round(middle((result) => result.bytesPerRequest))),
  );
}
