import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf } from '../../bench/servers.ts';
import { Hub, type Identity } from '../kernel/hub.ts';
import { send } from '../kernel/http-request.ts';
import { type Misbehaviour, misbehaviourNamed, misbehaviours, type Victim } from './clients.ts';
import { startCrowd } from './crowd.ts';
import { beServed, type Wait } from './good-client.ts';

/** How bad it gets, and what is to hold. */
export interface SiegeOptions {
  /** Clients that misbehave in the same way at the same time. */
  readonly clientCount: number;
  /** How long they do. */
  readonly holdMs: number;
  /** Most memory of the server, as the system counts it (VmHWM), over what it had before, MiB. */
  readonly growthMibMax: number;
  /** Most that may be left of it when they have gone, MiB. */
  readonly leftMibMax: number;
  /** Answers that the good client gets meanwhile, at least. */
  readonly answersMin: number;
  /** Processor time the server may take for others, at most, before it has answered one of its requests, milliseconds. */
  readonly cpuMsMax: number;
  /** The name of the one way to misbehave. Default: all, one after the other. */
  readonly only?: string | undefined;
}

/** What came out of one way to misbehave. */
export interface SiegeResult {
  readonly name: string;
  /** Memory of the server before, at most, and when they had gone, MiB. */
  readonly beforeMib: number;
  readonly peakMib: number;
  readonly afterMib: number;
  /** Processor time of the server meanwhile, milliseconds. */
  readonly cpuMs: number;
  /** Clients that were cut off, and answers 500 and above, since the server began. */
  readonly cutCount: number;
  readonly failureCount: number;
  /** What the good client waited for, on a connection it kept, with one of its own, and for events. */
  readonly kept: Waits;
  readonly connecting: Waits;
  readonly events: Waits;
}

/** Times of many, milliseconds, and the processor time of the server in the same. */
interface Waits {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpuP99: number;
  readonly cpuMax: number;
}

const bad = '/api/v1/namespaces/bad/configmaps';
/** What makes a list of 8 MB. */
const objectCount = 800;
const objectBytes = 10_000;
/** How soon memory is back when they have gone: a collection waits until the process has been idle for some seconds. */
const recoveryMs = 60_000;

const rights = [{ verbs: ['get', 'list', 'watch', 'create', 'delete'], apiGroups: [''], resources: ['configmaps'] }];

/** Lets many clients misbehave, one way after the other, and sees that a good one is served meanwhile and memory is bounded. */
export async function besiege(options: SiegeOptions, tell: (result: SiegeResult) => void): Promise<void> {
  await using server = await Hub.start({ subcommand: 'kernel' });
  const token = await prepare(server, 'bad');
  const client: Identity = { bearerToken: await prepare(server, 'default') };
  await fill(server);
  const victim: Victim = { url: server.url, port: server.port, ca: server.credentials().ca, token, collection: bad };
  const chosen = options.only === undefined ? misbehaviours : [misbehaviourNamed(options.only)];
  const beforeMib = memoryMib(server.pid, 'VmRSS');
  for (const misbehaviour of chosen) {
    await siege({ server, misbehaviour, victim, client, beforeMib, ...options }, tell);
  }
}

interface Siege extends SiegeOptions {
  readonly server: Hub;
  readonly misbehaviour: Misbehaviour;
  readonly victim: Victim;
  readonly client: Identity;
  readonly beforeMib: number;
}

/** One way to misbehave. @throws {AssertionError} when something does not hold. */
async function siege(options: Siege, tell: (result: SiegeResult) => void): Promise<void> {
  const { server, misbehaviour, victim, client, clientCount, holdMs, beforeMib, growthMibMax, leftMibMax } = options;
  forgetPeak(server.pid);
  const startedCpuMs = cpuMsOf(server.pid);
  const ended = new AbortController();
  const served = beServed(server, client, ended.signal);
  try {
    await using _crowd = await Promise.race([
      startCrowd({ name: misbehaviour.name, victim, clientCount }),
      served.then(() => assert.fail('Nobody told the good client to stop')),
    ]);
    await Promise.race([sleep(holdMs), served]);
    ended.abort();
    await served;
  } finally {
    // Also when the crowd did not begin: it would go on for ever.
    ended.abort();
  }
  const [service, peakMib] = [await served, memoryMib(server.pid, 'VmHWM')];
  const cpuMs = cpuMsOf(server.pid) - startedCpuMs;
  await beServed(server, client, ended.signal);
  const allowedMib = beforeMib + leftMibMax;
  const afterMib = await memoryBelow(server.pid, allowedMib);
  const [kept, connecting, events] = [waitsOf(service.kept), waitsOf(service.connecting), waitsOf(service.events)];
  const metrics = await send(server, { path: '/metrics' });
  const cutCount = sumOf(metrics.text, /^planform_listener_cut_total\{.*\} (\d+)$/gm);
  const failureCount = sumOf(metrics.text, /^apiserver_request_total\{.*code="5\d\d".*\} (\d+)$/gm);
  const counts = { cpuMs, cutCount, failureCount };
  tell({ name: misbehaviour.name, beforeMib, peakMib, afterMib, ...counts, kept, connecting, events });
  assert.equal(failureCount, 0, 'Whatever clients do is no failure of the server');
  const grownMib = peakMib - beforeMib;
  assert.ok(grownMib <= growthMibMax, `Memory grew by ${grownMib} MiB, allowed are ${growthMibMax}`);
  assert.ok(afterMib <= allowedMib, `${afterMib} MiB were in use when all had gone, allowed are ${allowedMib}`);
  const cpuMax = Math.max(kept.cpuMax, connecting.cpuMax, events.cpuMax);
  assert.ok(
    cpuMax <= options.cpuMsMax,
    `An answer took ${cpuMax} ms of processor time, allowed are ${options.cpuMsMax}`,
  );
  assert.ok(kept.count >= options.answersMin, `${kept.count} answers, wanted are ${options.answersMin}`);
}

/** The sum of the numbers that a pattern finds in `/metrics`. */
function sumOf(metrics: string, pattern: RegExp): number {
  return [...metrics.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function waitsOf(waits: readonly Wait[]): Waits {
  const at = (values: readonly number[], share: number) => {
    const sorted = values.toSorted((a, b) => a - b);
    return Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  };
  const [ms, cpu] = [waits.map((wait) => wait.ms), waits.map(({ cpuMs }) => cpuMs)];
  return {
    count: waits.length,
    p50: at(ms, 0.5),
    p99: at(ms, 0.99),
    max: at(ms, 1),
    cpuP99: at(cpu, 0.99),
    cpuMax: at(cpu, 1),
  };
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

/** Makes the system forget the most memory a process had (proc(5), `clear_refs`). */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Waits until the memory of a process is back, for a minute at most. @returns what it is then, MiB. */
async function memoryBelow(pid: number, wantedMib: number): Promise<number> {
  const deadlineMs = performance.now() + recoveryMs;
  let mib = memoryMib(pid, 'VmRSS');
  while (mib > wantedMib && performance.now() < deadlineMs) {
    await sleep(500);
    mib = memoryMib(pid, 'VmRSS');
  }
  return mib;
}

/** @throws {AssertionError} when the process is no more. */
function memoryMib(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  assert.ok(kibibytes !== undefined, 'The server has ended');
  return Math.round(Number(kibibytes) / 1024);
}
