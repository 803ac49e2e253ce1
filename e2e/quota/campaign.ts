import assert from 'node:assert/strict';
import type http2 from 'node:http2';
import { type Random, seededRandom } from '../../kernel/base/random.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import { parseQuantity } from '../../kernel/meta/quantity.ts';
import type { ResourceQuota } from '../../kernel/schema/standard/types.ts';
import { type Answer, connect, request } from '../crash/kernel-clients.ts';
import { Hub } from '../kernel/hub.ts';
import { eventually } from '../world.ts';
import { LogReplay } from './log-replay.ts';
import { namespaces, pathOf, QuotaOperations, type QuotaRequest, transactionsPath } from './operations.ts';
import { type Countable, type CountedObject, countedResources, overAdmitted, recount } from './recount.ts';

/** How much is tried. */
export interface CampaignOptions {
  /** Writes of objects that are asked for, over all lives; each of a transaction is one. */
  readonly operationCount: number;
  /** Writes after which the server is killed while more are under way. */
  readonly operationsPerLife: number;
  /** Lives of a server on the same data. */
  readonly livesPerFolder: number;
  readonly seed: number;
}

/** What came of it. */
export interface CampaignResult {
  /** Answered or not. */
  readonly operations: number;
  readonly crashes: number;
  /** Requests that were refused because of a quota. */
  readonly denials: number;
  /** Requests that were done. */
  readonly done: number;
  /** Rows of the log that were followed by a recount. */
  readonly recounts: number;
  /** Dry runs at a limit, half of them within and half beyond, that were answered as a recount says. */
  readonly probes: number;
  /** Every time a write got past a limit. */
  readonly overAdmissions: readonly string[];
}

const connectionCount = 3;
const clientsPerConnection = 8;
/** Answers that are no failure: done, refused, gone, there already, invalid. */
const expected: readonly number[] = [200, 201, 202, 403, 404, 409, 422];
/** Shapes that are tried at the limits. */
const probesPerNamespace = 3;
const copiesMax = 15;

/** Counts of everything, over all lives. */
type Tally = { -readonly [Key in 'operations' | 'crashes' | 'denials' | 'done' | 'probes']: CampaignResult[Key] };

/**
 * Random writes of many clients at once to a server with quotas, which is killed with `kill -9` again and again while they
 * write. After each kill its log is replayed from the disk with a recount after each row; after each start the server must
 * know exactly what the recount says.
 * @throws {AssertionError} for answers nobody expects and for a server that counts otherwise; over-admissions are counted.
 */
export async function runCampaign(options: CampaignOptions, tell: (text: string) => void): Promise<CampaignResult> {
  const tally: Tally = { operations: 0, crashes: 0, denials: 0, done: 0, probes: 0 };
  const overAdmissions: string[] = [];
  let recounts = 0;
  for (let folder = 0; tally.operations < options.operationCount; folder++) {
    const replay = new LogReplay();
    await runFolder(options, options.seed + folder, tally, replay);
    recounts += replay.rowCount;
    overAdmissions.push(...replay.overAdmissions);
    tell(JSON.stringify({ ...tally, recounts, overAdmissions: overAdmissions.length }));
  }
  return { ...tally, recounts, overAdmissions };
}

/** Some lives on one folder of data. */
async function runFolder(options: CampaignOptions, seed: number, tally: Tally, replay: LogReplay): Promise<void> {
  const random = seededRandom(seed);
  const operations = new QuotaOperations(random);
  await using hub = await Hub.prepare({ subcommand: 'kernel' });
  for (let life = 0; life < options.livesPerFolder && tally.operations < options.operationCount; life++) {
    await hub.start();
    await checkServer(hub, replay, random, tally);
    const sessions = await Promise.all(Array.from({ length: connectionCount }, () => connect(hub)));
    const [session] = sessions;
    assert.ok(session !== undefined);
    for (const first of life === 0 ? operations.first() : []) assert.ok((await answered(session, first)).status < 300);
    const end = Promise.withResolvers<void>();
    const last = tally.operations + options.operationsPerLife;
    const clients = sessions.flatMap((own) =>
      Array.from({ length: clientsPerConnection }, async () => {
        while (await sendNext(own, operations, tally)) if (tally.operations >= last) end.resolve();
      }),
    );
    await Promise.race([end.promise, Promise.all(clients)]);
    await hub.stop('SIGKILL');
    tally.crashes++;
    await Promise.all(clients);
    assert.ok(tally.operations >= last, `The server ended by itself:\n${hub.log.slice(-4_000)}`);
    await replay.readOn(hub.dataFolder);
  }
  await hub.start();
  await checkServer(hub, replay, random, tally);
  await checkStatus(hub, replay);
}

/** @returns false when the server has gone. */
async function sendNext(
  session: http2.ClientHttp2Session,
  operations: QuotaOperations,
  tally: Tally,
): Promise<boolean> {
  const next = operations.next();
  tally.operations += next.writes ?? 1;
  const answer = await send(session, next);
  if (answer === undefined) return false;
  checkExpected(next, answer);
  if (answer.status < 300) tally.done++;
  if (isDenial(answer)) tally.denials++;
  return true;
}

function send(session: http2.ClientHttp2Session, { method, path, body, contentType }: QuotaRequest) {
  return request(session, method, path, body, contentType);
}

async function answered(session: http2.ClientHttp2Session, next: QuotaRequest): Promise<Answer> {
  const answer = await send(session, next);
  assert.ok(answer !== undefined, `The server answers ${next.method} ${next.path}`);
  checkExpected(next, answer);
  return answer;
}

function checkExpected({ method, path, body }: QuotaRequest, { status, text }: Answer): void {
  const isKnown = expected.includes(status) && (status !== 403 || isDenial({ status, text }));
  assert.ok(isKnown, `${method} ${path} ${JSON.stringify(body)}: ${status} ${text}`);
}

function isDenial({ status, text }: Pick<Answer, 'status' | 'text'>): boolean {
  return status === 403 && /exceeded quota: |failed quota: .*must specify/.test(text);
}

/** The server has what its log said, and knows to the last unit what fits. */
async function checkServer(hub: Hub, replay: LogReplay, random: Random, tally: Tally): Promise<void> {
  const session = await connect(hub);
  const shapes = new QuotaOperations(random);
  for (const namespace of namespaces) {
    for (const resource of countedResources) {
      const { items } = await listed<KubeObject>(session, namespace, resource);
      const found = items.map(({ metadata }) => `${resource} ${metadata.name}`).toSorted();
      const known = replay
        .namespace(namespace)
        .objects.keys()
        .filter((key) => key.startsWith(`${resource} `));
      assert.deepEqual(found, [...known].toSorted(), `${namespace} after a start`);
    }
    for (let probe = 0; probe < probesPerNamespace; probe++) {
      const resource = countedResources[(probe + tally.crashes) % countedResources.length] ?? '';
      await probeLimit(session, replay, { namespace, resource, object: shapes.object(resource, 'x') }, tally);
    }
  }
  session.destroy();
}

async function listed<T>(session: http2.ClientHttp2Session, namespace: string, resource: string) {
  const answer = await answered(session, { method: 'GET', path: pathOf(namespace, resource) });
  return answer.status === 200 ? (JSON.parse(answer.text) as { readonly items: readonly T[] }) : { items: [] };
}

/** As many copies of an object as fit are taken in a dry run, and one more is not. */
async function probeLimit(
  session: http2.ClientHttp2Session,
  replay: LogReplay,
  {
    namespace,
    resource,
    object,
  }: { readonly namespace: string; readonly resource: string; readonly object: Countable },
  tally: Tally,
): Promise<void> {
  const { objects, quotas } = replay.namespace(namespace);
  if (quotas.size === 0) return;
  const copies = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...object,
      metadata: { name: `probe-${index}`, namespace },
    }));
  const fits = (count: number) => {
    const after = [...objects.values(), ...copies(count).map((one): CountedObject => ({ resource, object: one }))];
    return [...quotas.values()].every(
      ({ quota, used }) => overAdmitted(quota, used, recount(quota, after)).length === 0,
    );
  };
  let most = 0;
  while (most < copiesMax && fits(most + 1)) most++;
  for (const count of [most, most + 1]) {
    if (count === 0) continue;
    const items = copies(count).map((one) => ({ operation: 'Create', object: one }));
    const answer = await answered(session, {
      method: 'POST',
      path: transactionsPath,
      body: { spec: { dryRun: true, items } },
    });
    // An object that hides what a quota limits is refused, however much there is left.
    if (answer.text.includes('must specify')) return;
    assert.equal(
      answer.status,
      fits(count) ? 201 : 403,
      `${count} × ${JSON.stringify(object)} in ${namespace}, where ${most} fit: ${answer.text}`,
    );
    tally.probes++;
  }
}

/** The status of every quota says what a recount does. */
async function checkStatus(hub: Hub, replay: LogReplay): Promise<void> {
  const session = await connect(hub);
  for (const namespace of namespaces) {
    await eventually(`the status of the quotas of ${namespace}`, 10_000, async () => {
      const { items } = await listed<ResourceQuota>(session, namespace, 'resourcequotas');
      const { quotas } = replay.namespace(namespace);
      assert.equal(items.length, quotas.size);
      for (const { metadata, status } of items) {
        const used = Object.entries(status?.used ?? {}).map(([name, text]) => [name, parseQuantity(text)?.nanos]);
        assert.deepEqual(Object.fromEntries(used), quotas.get(metadata.name)?.used, metadata.name);
      }
      return true;
    });
  }
  session.destroy();
}
