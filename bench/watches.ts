/** How long events take to their watchers. The watchers run in this process and take half of the machine. */
import type { ClientHttp2Session } from 'node:http2';
import { connect, request } from './h2-load.ts';
import { head, row } from './report.ts';
import { cpuMsOf, memoryOf } from './servers.ts';
import { percentile } from './statistics.ts';
import { jobOf, type Target } from './target.ts';

const collection = '/api/v1/namespaces/kube-system/configmaps';

interface FanOut {
  readonly connectionCount: number;
  readonly watcherCount: number;
  readonly eventCount: number;
  /** Events before those, which run code for the first time, here and in the server; they are not counted. */
  readonly warmUpCount: number;
}

/** Many events to some watchers, and one event to very many; what a watch takes while nothing happens. */
export async function measureWatches(target: Target): Promise<void> {
  head('watch fan-out', 'events', 'lag p50 ms', 'lag p99 ms', 'last one ms', 'server CPU ms', 'KiB RSS per watch');
  await measureFanOut(target, { connectionCount: 1, watcherCount: 100, eventCount: 100, warmUpCount: 10 });
  await measureFanOut(target, { connectionCount: 100, watcherCount: 10_000, eventCount: 1, warmUpCount: 0 });
}

async function measureFanOut(target: Target, fanOut: FanOut): Promise<void> {
  const { connectionCount, watcherCount, eventCount, warmUpCount } = fanOut;
  const pid = target.server.child.pid ?? 0;
  const rssBeforeKib = memoryOf(pid).rssKib;
  const writer = await connect(jobOf(target, {}));
  const readers = await Promise.all(Array.from({ length: connectionCount }, () => connect(jobOf(target, {}))));
  const sentMs = new Map<string, number>();
  const lags: number[] = [];
  const finished = Promise.withResolvers<void>();
  const onMark = (mark: string) => {
    const sentAtMs = sentMs.get(mark);
    if (sentAtMs === undefined) return;
    lags.push(performance.now() - sentAtMs);
    if (lags.length === watcherCount * eventCount) finished.resolve();
  };
  const revision = await headRevision(writer);
  const opened = Array.from({ length: watcherCount }, (_, index) =>
    watch(readers[index % connectionCount] ?? writer, revision, onMark),
  );
  await Promise.all(opened);
  const watchKib = (memoryOf(pid).rssKib - rssBeforeKib) / watcherCount;
  const prefix = `fan-${watcherCount}-${process.pid}`;
  for (let event = 0; event < warmUpCount; event++) await createMarked(writer, `${prefix}-warm-${event}`);
  const cpuBeforeMs = cpuMsOf(pid);
  for (let event = 0; event < eventCount; event++) {
    const mark = `${prefix}-${event}`;
    sentMs.set(mark, performance.now());
    await createMarked(writer, mark);
  }
  await finished.promise;
  const cpuMs = cpuMsOf(pid) - cpuBeforeMs;
  for (const session of [writer, ...readers]) session.destroy();
  const name = `${watcherCount.toLocaleString('en')} watchers × ${eventCount}`;
  row(name, String(lags.length), percentile(lags, 50), percentile(lags, 99), Math.max(...lags), cpuMs, watchKib);
}

/** Opens a watch; resolves when the server has answered, so that it is live. */
function watch(session: ClientHttp2Session, revision: string, onMark: (mark: string) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stream = session.request({ ':path': `${collection}?watch=1&resourceVersion=${revision}` });
  stream.on('response', () => resolve()).on('error', reject);
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const mark = /"mark":"([^"]+)"/.exec(line)?.[1];
      if (mark !== undefined) onMark(mark);
    }
  });
  return promise;
}

async function headRevision(session: ClientHttp2Session): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stream = session.request({ ':path': `${collection}?limit=1` });
  let text = '';
  stream
    .setEncoding('utf8')
    .on('data', (chunk: string) => (text += chunk))
    .on('end', () => resolve(text))
    .on('error', reject);
  const list = JSON.parse(await promise) as { metadata: { resourceVersion: string } };
  return list.metadata.resourceVersion;
}

async function createMarked(session: ClientHttp2Session, mark: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: mark }, data: { mark } };
  const headers = { ':path': collection, ':method': 'POST', 'content-type': 'application/json' };
  const { status } = await request(session, headers, Buffer.from(JSON.stringify(object)));
  if (status !== 201) throw new Error(`Cannot create "${mark}": status ${status}`);
}
