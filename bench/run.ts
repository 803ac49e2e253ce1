/**
 * Measures the kernel and prints a Markdown report: `npm run bench` (about four minutes on two cores). Every figure is
 * the median of several rounds; etcd runs in turns with the kernel, so that noise hits both.
 */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type LoadJob, type LoadResult } from './h2-load.ts';
import {
  type MeasuredServer,
  cpuMsOf,
  credentialFiles,
  freePort,
  memoryOf,
  scratchFolder,
  startEtcd,
  startPlanform,
} from './servers.ts';
import { median, percentile } from './statistics.ts';

const execute = promisify(execFile);
const rounds = 3;
const valueBytes = 1024;

async function load(file: string, job: object): Promise<LoadResult> {
  const { stdout } = await execute(process.execPath, [join(import.meta.dirname, file), JSON.stringify(job)]);
  return JSON.parse(stdout) as LoadResult;
}

interface Target {
  readonly server: MeasuredServer;
  readonly credentials: ReturnType<typeof credentialFiles>;
}

const jobOf = ({ server, credentials }: Target, part: Partial<LoadJob>): LoadJob => ({
  url: server.url,
  ...credentials,
  kind: 'get',
  clientCount: 1,
  requestCount: 1_000,
  namespace: 'default',
  prefix: 'load',
  valueBytes,
  ...part,
});

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

function row(...cells: readonly (string | number)[]): void {
  console.log(`| ${cells.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)).join(' | ')} |`);
}

async function measureCreates(target: Target, etcd: MeasuredServer): Promise<void> {
  console.log(
    '\n| create 1 KB ConfigMaps, clients | per s | p50 ms | p99 ms | errors | etcd Put per s | ratio |\n|---|---|---|---|---|---|---|',
  );
  for (const [clientCount, requestCount] of [
    [1, 1_500],
    [16, 8_000],
    [64, 12_000],
  ] as const) {
    const own: LoadResult[] = [];
    const reference: LoadResult[] = [];
    for (let round = 0; round < rounds; round++) {
      const prefix = `c${clientCount}-${round}`;
      own.push(await load('h2-load.ts', jobOf(target, { kind: 'create', clientCount, requestCount, prefix })));
      reference.push(
        await load('etcd-load.ts', {
          endpoint: etcd.url.slice('http://'.length),
          clientCount,
          requestCount,
          valueBytes,
          prefix,
        }),
      );
    }
    const rate = median(own.map((result) => result.perSecond));
    const etcdRate = median(reference.map((result) => result.perSecond));
    row(
      String(clientCount),
      rate,
      median(own.map((result) => result.p50Ms)),
      median(own.map((result) => result.p99Ms)),
      String(own.reduce((sum, result) => sum + result.errorCount, 0)),
      etcdRate,
      rate / etcdRate,
    );
  }
}

async function measureOthers(target: Target): Promise<void> {
  console.log(
    '\n| request | clients | per s | p50 ms | p99 ms | server CPU ms each | bytes |\n|---|---|---|---|---|---|---|',
  );
  const prefix = 'c64-0';
  const jobs: readonly (readonly [string, Partial<LoadJob>])[] = [
    ['get', { kind: 'get', clientCount: 1, requestCount: 2_000, prefix }],
    ['get', { kind: 'get', clientCount: 16, requestCount: 20_000, prefix: 'c16-0' }],
    ['merge patch', { kind: 'merge-patch', clientCount: 16, requestCount: 6_000, prefix }],
    ['server-side apply', { kind: 'apply', clientCount: 16, requestCount: 4_000, prefix }],
  ];
  for (const [name, part] of jobs)
    await measureJob(target, name, { ...part, requestCount: Math.min(part.requestCount ?? 0, 8_000) });
  await load(
    'h2-load.ts',
    jobOf(target, { kind: 'create', clientCount: 16, requestCount: 10_000, prefix: 'list', namespace: 'kube-public' }),
  );
  await measureJob(target, 'list limit=500', {
    kind: 'list-page',
    clientCount: 1,
    requestCount: 100,
    namespace: 'kube-public',
  });
  await measureJob(target, 'list of 10,000', {
    kind: 'list',
    clientCount: 1,
    requestCount: 20,
    namespace: 'kube-public',
  });
}

async function measureJob(target: Target, name: string, part: Partial<LoadJob>): Promise<void> {
  const results: (LoadResult & { readonly cpuMs: number })[] = [];
  for (let round = 0; round < rounds; round++) {
    const cpuBefore = cpuMsOf(target.server.child.pid ?? 0);
    const result = await load('h2-load.ts', jobOf(target, part));
    results.push({ ...result, cpuMs: (cpuMsOf(target.server.child.pid ?? 0) - cpuBefore) / (part.requestCount ?? 1) });
  }
  const middle = (pick: (result: (typeof results)[number]) => number) => median(results.map(pick));
  row(
    name,
    String(part.clientCount),
    middle((r) => r.perSecond),
    middle((r) => r.p50Ms),
    middle((r) => r.p99Ms),
    middle((r) => r.cpuMs),
    String(Math.round(middle((r) => r.bytesPerRequest))),
  );
}

async function measureFanOut(target: Target): Promise<void> {
  const watcherCount = 100;
  const updateCount = 100;
  const session = await connect(jobOf(target, {}));
  const lags: number[] = [];
  const sent = new Map<string, number>();
  let finished: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finished = resolve));
  for (let watcher = 0; watcher < watcherCount; watcher++) {
    const stream = session.request({ ':path': '/api/v1/namespaces/kube-system/configmaps?watch=1&resourceVersion=0' });
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const nowMs = performance.now();
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const mark = /"mark":"([^"]+)"/.exec(line)?.[1];
        const sentMs = mark === undefined ? undefined : sent.get(mark);
        if (sentMs !== undefined) lags.push(nowMs - sentMs);
        if (lags.length === watcherCount * updateCount) finished();
      }
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const startedMs = performance.now();
  for (let update = 0; update < updateCount; update++) {
    const mark = `m${update}`;
    const body = Buffer.from(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `fan-${process.pid}-${update}` },
        data: { mark },
      }),
    );
    sent.set(mark, performance.now());
    const stream = session.request({
      ':path': '/api/v1/namespaces/kube-system/configmaps',
      ':method': 'POST',
      'content-type': 'application/json',
      'content-length': body.byteLength,
    });
    stream.end(body);
    await new Promise((resolve, reject) =>
      stream
        .on('data', () => undefined)
        .on('end', resolve)
        .on('error', reject),
    );
  }
  await done;
  const tookMs = performance.now() - startedMs;
  session.destroy();
  console.log('\n| watch fan-out | events | total ms | lag p50 ms | lag p99 ms |\n|---|---|---|---|---|');
  row(
    `${watcherCount} watchers × ${updateCount} creates`,
    String(lags.length),
    tookMs,
    percentile(lags, 50),
    percentile(lags, 99),
  );
}

async function measureStarts(): Promise<void> {
  using folder = scratchFolder('start');
  const args = ['hub', '--data', folder.path, '--port', String(await freePort())];
  const starts: number[] = [];
  const memory: number[] = [];
  let firstMs = 0;
  for (let start = 0; start < 8; start++) {
    const server = await startPlanform(args);
    if (start === 0) firstMs = server.readyMs;
    else starts.push(server.readyMs);
    if (start === 7) {
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      memory.push(memoryOf(server.child.pid ?? 0).rssKib / 1024, memoryOf(server.child.pid ?? 0).anonymousKib / 1024);
    }
    await server.stop();
  }
  console.log(
    '\n| hub | first start ms | second start ms (median of 7) | idle RSS MiB after 20 s | of it anonymous |\n|---|---|---|---|---|',
  );
  row('empty', firstMs, median(starts), ...memory);
}

async function measureAgentMemory(): Promise<void> {
  using folder = scratchFolder('agent');
  const server = await startPlanform(['agent', 'run', '--data', folder.path, '--port', String(await freePort())]);
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const { rssKib, anonymousKib } = memoryOf(server.child.pid ?? 0);
  await server.stop();
  console.log('\n| agent | start ms | idle RSS MiB after 20 s | of it anonymous |\n|---|---|---|---|');
  row('standalone, no workload', server.readyMs, rssKib / 1024, anonymousKib / 1024);
}

console.log(
  `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${new Date().toISOString().slice(0, 10)}`,
);
await measureStarts();
await measureAgentMemory();
{
  using data = scratchFolder('hub');
  using etcdData = scratchFolder('etcd');
  const server = await startPlanform(['hub', '--data', data.path, '--port', String(await freePort())]);
  const etcd = await startEtcd(etcdData.path);
  try {
    const target = { server, credentials: credentialFiles(join(data.path, 'kubeconfig'), data.path) };
    const { rssKib: before } = memoryOf(server.child.pid ?? 0);
    await measureCreates(target, etcd);
    await measureOthers(target);
    await measureFanOut(target);
    const { rssKib: after } = memoryOf(server.child.pid ?? 0);
    console.log(
      `\nHub RSS: ${(before / 1024).toFixed(0)} MiB before, ${(after / 1024).toFixed(0)} MiB after all of this (about 75,000 objects of 1.4 KB).`,
    );
  } finally {
    await server.stop();
    await etcd.stop();
  }
}
