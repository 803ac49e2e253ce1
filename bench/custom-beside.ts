/**
 * Custom objects on `planform kernel` and on the custom resource server of Kubernetes, in turns, medians of three:
 * `sh e2e/kernel/golden/record.sh serve` starts that server and says what follows here:
 * `node bench/custom-beside.ts <url> <ca.pem> <cert.pem> <key.pem> <pid of the server> <pid of its etcd>`.
 */
import { connect, type LoadJob, type LoadResult, post, request } from './h2-load.ts';
import { head, row } from './report.ts';
import { cpuMsOf } from './servers.ts';
import { median } from './statistics.ts';
import { jobOf, load, openKernel } from './target.ts';

const rounds = 3;
const objectCount = 2_000;
const listedCount = 10_000;
const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.bench.example.com' },
  spec: {
    group: 'bench.example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { data: { type: 'object', additionalProperties: { type: 'string' } } },
          },
        },
      },
    ],
  },
};

type Reach = Pick<LoadJob, 'url' | 'caPath' | 'certPath' | 'keyPath'>;

/** A server and the processes that do its work. */
interface Side {
  readonly name: string;
  readonly reach: Reach;
  readonly pids: readonly number[];
}

type Costed = LoadResult & { readonly cpuMs: number };

const [url = '', caPath = '', certPath = '', keyPath = '', ...pids] = process.argv.slice(2);
if (pids.length === 0) throw new Error('Name the server of Kubernetes: url, ca, cert, key and its process ids');
await using kernel = await openKernel();
const ours = jobOf(kernel, {});
const sides: readonly Side[] = [
  { name: 'planform kernel', reach: ours, pids: [kernel.server.child.pid ?? 0] },
  { name: 'Kubernetes 1.36', reach: { url, caPath, certPath, keyPath }, pids: pids.map(Number) },
];
for (const { reach } of sides) await define(reach);

head('request', 'clients', 'server', 'per s', 'p50 ms', 'p99 ms', 'server CPU ms each', 'errors');
await measure('create 1 KB', { kind: 'create', clientCount: 16, requestCount: objectCount });
await measure('merge patch', { kind: 'merge-patch', clientCount: 16, requestCount: objectCount });
await measure('server-side apply', { kind: 'apply', clientCount: 16, requestCount: objectCount });
const listed = { namespace: 'kube-public', prefix: 'listed' };
for (const side of sides) await run(side, { ...listed, kind: 'create', clientCount: 16, requestCount: listedCount });
await measure('list of 10,000', { ...listed, kind: 'list', clientCount: 1, requestCount: 10 });

/** Every round creates objects of its own; patches and applies change those of the first. */
async function measure(name: string, part: Partial<LoadJob>): Promise<void> {
  const results = sides.map((): Costed[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const prefix = part.prefix ?? `beside-${part.kind === 'create' ? round : 0}`;
      results[index]?.push(await run(side, { ...part, prefix }));
    }
  }
  for (const [index, side] of sides.entries()) {
    const middle = (pick: (result: Costed) => number) => median((results[index] ?? []).map(pick));
    const errors = (results[index] ?? []).reduce((sum, { errorCount }) => sum + errorCount, 0);
    const times = [middle((one) => one.perSecond), middle((one) => one.p50Ms), middle((one) => one.p99Ms)];
    row(
      name,
      String(part.clientCount),
      side.name,
      ...times,
      middle((one) => one.cpuMs),
      String(errors),
    );
  }
}

async function run({ reach, pids: working }: Side, part: Partial<LoadJob>): Promise<Costed> {
  const { url: at, caPath: ca, certPath: cert, keyPath: key } = reach;
  const job = { ...jobOf(kernel, part), url: at, caPath: ca, certPath: cert, keyPath: key, isCustom: true };
  const cpu = () => working.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  const before = cpu();
  const result = await load('h2-load.ts', job);
  return { ...result, cpuMs: (cpu() - before) / job.requestCount };
}

async function define(reach: Reach): Promise<void> {
  const session = await connect(reach);
  const { headers, body } = post(definitionsPath, 'POST', 'application/json', definition);
  const made = await request(session, headers, body);
  if (made.status !== 201 && made.status !== 409)
    throw new Error(`Define the kind at ${reach.url}: status ${made.status}`);
  const isServed = async () =>
    (await request(session, { ':path': '/apis/bench.example.com/v1/namespaces/default/things' })).status === 200;
  for (let attempt = 0; attempt < 100 && !(await isServed()); attempt++) await new Promise((go) => setTimeout(go, 50));
  session.close();
}
