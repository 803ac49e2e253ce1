import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hub, type Identity } from '../kernel/hub.ts';
import { type RawAnswer, type RawRequest, send } from '../kernel/http-request.ts';
import { type Misbehaviour, misbehaviourNamed, misbehaviours, type Victim } from './clients.ts';
import { startCrowd } from './crowd.ts';

/** How bad it gets. */
export interface SiegeOptions {
  /** Clients that misbehave in the same way at the same time. */
  readonly clientCount: number;
  /** How long they do. */
  readonly holdMs: number;
  /** Most memory of the server, as the system counts it (VmHWM), over what it had before. */
  readonly growthBytesMax: number;
  /** The name of the one way to misbehave. Default: all, one after the other. */
  readonly only?: string | undefined;
}

/** What came out of one way to misbehave. */
export interface SiegeResult {
  readonly name: string;
  readonly answeredCount: number;
  /** Time the good client waited for half of its answers at most, and for the slowest, milliseconds. */
  readonly medianMs: number;
  readonly slowestMs: number;
  /** Memory of the server now and at most, MiB. */
  readonly rssMib: number;
  readonly peakMib: number;
}

const bad = '/api/v1/namespaces/bad/configmaps';
const good = '/api/v1/namespaces/default/configmaps';
/** What makes a list of 8 MB. */
const objectCount = 2_000;
const objectBytes = 4_000;

const rights = [{ verbs: ['get', 'list', 'watch', 'create', 'delete'], apiGroups: [''], resources: ['configmaps'] }];

/** Lets many clients misbehave, one way after the other, and sees that a good one is served meanwhile and memory is bounded. */
export async function besiege(options: SiegeOptions, tell: (result: SiegeResult) => void): Promise<void> {
  await using server = await Hub.start({ subcommand: 'kernel' });
  const token = await prepare(server, 'bad');
  const client: Identity = { bearerToken: await prepare(server, 'default') };
  await fill(server);
  const victim: Victim = { url: server.url, port: server.port, ca: server.credentials().ca, token, collection: bad };
  const before = memoryMib(server.pid, 'VmRSS');
  const chosen = options.only === undefined ? misbehaviours : [misbehaviourNamed(options.only)];
  for (const misbehaviour of chosen) {
    tell(await siege(server, { misbehaviour, victim, client, ...options }));
    const grownMib = memoryMib(server.pid, 'VmHWM') - before;
    const allowedMib = options.growthBytesMax / 1024 ** 2;
    assert.ok(
      grownMib <= allowedMib,
      `${misbehaviour.name}: memory grew by ${grownMib} MiB, allowed are ${allowedMib}`,
    );
  }
}

interface Siege extends SiegeOptions {
  readonly misbehaviour: Misbehaviour;
  readonly victim: Victim;
  readonly client: Identity;
}

async function siege(server: Hub, { misbehaviour, victim, client, clientCount, holdMs }: Siege): Promise<SiegeResult> {
  const ended = new AbortController();
  const served = beServed(server, client, ended.signal);
  {
    await using _crowd = await startCrowd({ name: misbehaviour.name, victim, clientCount });
    await Promise.race([sleep(holdMs), served]);
    ended.abort();
    await served;
  }
  const waits = (await served).toSorted((a, b) => a - b);
  const waitedMs = (share: number) => Math.round(waits[Math.ceil(share * waits.length) - 1] ?? 0);
  return {
    name: misbehaviour.name,
    answeredCount: waits.length,
    medianMs: waitedMs(0.5),
    slowestMs: waitedMs(1),
    rssMib: memoryMib(server.pid, 'VmRSS'),
    peakMib: memoryMib(server.pid, 'VmHWM'),
  };
}

/**
 * Writes and reads until told to stop; whatever others do, each of its requests is answered as it should be.
 * @returns how long each answer took, milliseconds.
 */
async function beServed(server: Hub, as: Identity, stop: AbortSignal): Promise<readonly number[]> {
  const waits: number[] = [];
  const ask = async (request: RawRequest, status: number) => {
    const startedMs = performance.now();
    const answer: RawAnswer = await send(server, { ...request, as });
    assert.equal(answer.status, status, `${request.path}: ${answer.text}`);
    waits.push(performance.now() - startedMs);
  };
  do {
    const name = `good-${crypto.randomUUID()}`;
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    await ask({ method: 'POST', path: good, headers: { 'content-type': 'application/json' }, body }, 201);
    await ask({ path: `${good}/${name}` }, 200);
    await ask({ path: `${good}?limit=5` }, 200);
    await ask({ method: 'DELETE', path: `${good}/${name}` }, 200);
    await sleep(20);
  } while (!stop.aborted);
  return waits;
}

/** A ServiceAccount of a namespace that may work with its ConfigMaps. @returns a token of it. */
async function prepare(server: Hub, namespace: string): Promise<string> {
  const post = async (path: string, object: object, allowed: readonly number[] = [201]) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await send(server, { method: 'POST', path, headers, body: JSON.stringify(object) });
    assert.ok(allowed.includes(answer.status), answer.text);
    return answer.json;
  };
  await post('/api/v1/namespaces', { metadata: { name: namespace } }, [201, 409]);
  await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'worker' } });
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await post(`${roles}/roles`, { metadata: { name: 'work' }, rules: rights });
  await post(`${roles}/rolebindings`, {
    metadata: { name: 'work' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'work' },
    subjects: [{ kind: 'ServiceAccount', name: 'worker', namespace }],
  });
  const answer = await post(`/api/v1/namespaces/${namespace}/serviceaccounts/worker/token`, { spec: {} });
  return (answer['status'] as { readonly token: string }).token;
}

async function fill(server: Hub): Promise<void> {
  const value = 'x'.repeat(objectBytes);
  for (let first = 0; first < objectCount; first += 50) {
    const batch = Array.from({ length: 50 }, (_, index) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c-${first + index}` }, data: { value } };
      const headers = { 'content-type': 'application/json' };
      return send(server, { method: 'POST', path: bad, headers, body: JSON.stringify(object) });
    });
    for (const { status, text } of await Promise.all(batch)) assert.equal(status, 201, text);
  }
}

function memoryMib(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024);
}
