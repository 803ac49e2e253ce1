import assert from 'node:assert/strict';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf } from '../../bench/servers.ts';
import type { Hub, Identity } from '../kernel/hub.ts';
import { type RawRequest, send } from '../kernel/http-request.ts';

/** What an answer or an event took. */
export interface Wait {
  readonly ms: number;
  /**
   * Processor time of the server meanwhile, milliseconds: what it did for others before, however much of the machine it got. In
   * steps of 10 ms.
   */
  readonly cpuMs: number;
}

/** How a good client was served. */
export interface Service {
  /** Answers on a connection that was kept. */
  readonly kept: readonly Wait[];
  /** Answers with a connection of their own, and its handshake. */
  readonly connecting: readonly Wait[];
  /** From the answer to a create to its event, which may have come first. */
  readonly events: readonly Wait[];
}

const configMaps = '/api/v1/namespaces/default/configmaps';
const pauseMs = 20;
/** Longest time an event may take: one that is lost would be waited for until the test is ended from outside. */
const eventTimeoutMs = 60_000;

/**
 * Creates, reads, lists, watches and deletes ConfigMaps until told to stop. Whatever others do, each request is answered as it
 * should be (no refusal, nothing of the server's own failures), and each create has its event on a watch that never ends.
 */
export async function beServed(server: Hub, as: Identity, stop: AbortSignal): Promise<Service> {
  const [own, connecting] = await Promise.all([writeAndRead(server, as, stop), connectAndRead(server, as, stop)]);
  return { ...own, connecting };
}

async function writeAndRead(server: Hub, as: Identity, stop: AbortSignal): Promise<Omit<Service, 'connecting'>> {
  using own = new KeptAgent();
  await using created = await watchCreated(server, as);
  const kept: Wait[] = [];
  const events: Wait[] = [];
  const ask = async (request: RawRequest, status: number) => {
    kept.push(await answered(server, { ...request, as, agent: own.agent }, status));
  };
  do {
    const name = `good-${crypto.randomUUID()}`;
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    await ask({ method: 'POST', path: configMaps, headers: { 'content-type': 'application/json' }, body }, 201);
    events.push(await timed(server, created.of(name)));
    await ask({ path: `${configMaps}/${name}` }, 200);
    await ask({ path: `${configMaps}?limit=5` }, 200);
    await ask({ method: 'DELETE', path: `${configMaps}/${name}` }, 200);
    await sleep(pauseMs);
  } while (!stop.aborted);
  return { kept, events };
}

async function connectAndRead(server: Hub, as: Identity, stop: AbortSignal): Promise<readonly Wait[]> {
  const connecting: Wait[] = [];
  do {
    connecting.push(await answered(server, { path: `${configMaps}?limit=5`, as }, 200));
    await sleep(pauseMs);
  } while (!stop.aborted);
  return connecting;
}

/** @throws {AssertionError} when the answer is another one. */
async function answered(server: Hub, request: RawRequest, status: number): Promise<Wait> {
  const sent = send(server, request);
  const wait = await timed(server, sent);
  const answer = await sent;
  assert.equal(answer.status, status, `${request.method ?? 'GET'} ${request.path}: ${answer.text}`);
  return wait;
}

async function timed(server: Hub, awaited: Promise<unknown>): Promise<Wait> {
  const [startedMs, startedCpuMs] = [performance.now(), cpuMsOf(server.pid)];
  await awaited;
  return { ms: performance.now() - startedMs, cpuMs: cpuMsOf(server.pid) - startedCpuMs };
}

/** One connection that is kept, as those of controllers are. */
class KeptAgent implements Disposable {
  readonly agent = new https.Agent({ keepAlive: true, maxSockets: 1 });

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}

/** The events of a watch on the ConfigMaps that are created from now on. */
interface CreatedEvents extends AsyncDisposable {
  /** Resolves when an event has told of that object. Rejects when the watch has ended, or takes too long. */
  of(name: string): Promise<void>;
}

async function watchCreated(server: Hub, { bearerToken = '' }: Identity): Promise<CreatedEvents> {
  const seen = new Map<string, PromiseWithResolvers<void>>();
  const seenOf = (name: string) => seen.getOrInsertComputed(name, () => Promise.withResolvers<void>());
  const over = new AbortController();
  const request = https.get(`${server.url}${configMaps}?watch=true`, {
    agent: false,
    ca: server.credentials().ca,
    headers: { authorization: `Bearer ${bearerToken}` },
  });
  const begun = Promise.withResolvers<void>();
  const end = (why: unknown) => {
    over.abort(new Error('The watch of the good client has ended', { cause: why }));
    begun.reject(new Error('The watch of the good client did not begin', { cause: why }));
  };
  request.on('error', end).on('close', () => end(undefined));
  request.on('response', (response) => {
    if (response.statusCode !== 200) return end(response.statusCode);
    begun.resolve();
    let rest = '';
    response.setEncoding('utf8').on('error', end);
    response.on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const name of lines.map(createdIn)) if (name !== undefined) seenOf(name).resolve();
    });
  });
  await begun.promise;
  return {
    async of(name) {
      const lost = Promise.withResolvers<never>();
      const fail = () => lost.reject(new Error(`No event of ${name} within ${eventTimeoutMs} ms`));
      const timer = setTimeout(fail, eventTimeoutMs);
      const end = () => lost.reject(over.signal.reason);
      over.signal.addEventListener('abort', end);
      if (over.signal.aborted) end();
      try {
        await Promise.race([seenOf(name).promise, lost.promise]);
      } finally {
        clearTimeout(timer);
        over.signal.removeEventListener('abort', end);
        seen.delete(name);
      }
    },
    async [Symbol.asyncDispose]() {
      request.destroy();
    },
  };
}

/** The name of the object that an event says was created. */
function createdIn(line: string): string | undefined {
  if (!line.startsWith('{"type":"ADDED"')) return undefined;
  const event = JSON.parse(line) as { readonly object: { readonly metadata: { readonly name: string } } };
  return event.object.metadata.name;
}
