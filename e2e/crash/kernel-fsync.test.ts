import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { Hub } from '../kernel/hub.ts';
import { eventually } from '../world.ts';
import { requireTool } from './require-tool.ts';

const clientCount = 4;
const createsPerClient = 25;

test('no answer to a create is written to its socket before the fdatasync that covers it', async (t) => {
  if (!requireTool(t, 'strace', ['--version'])) return;
  await using traced = await Hub.prepare();
  const tracePath = join(traced.folder, 'trace');
  const calls = 'trace=pwrite64,fsync,fdatasync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg';
  // 6,000 characters: a whole page of the log, of which the trace shows what rows are in it. -D: the hub stays our child.
  const strace = ['strace', '-D', '-f', '-yy', '-e', calls, '-e', 'signal=none', '-s', '6000', '-o', tracePath];
  await using hub = await Hub.start({ dataFolder: traced.dataFolder, port: traced.port, wrapper: strace });
  const ports = await Promise.all(Array.from({ length: clientCount }, (_, client) => createAll(hub, `c${client}`)));
  // The connections are still open: the last thing on each of them is the answer to its last create.
  await hub.stop('SIGKILL');
  const trace = await readWhole(tracePath);
  const checked = checkTrace(trace, new Map(ports.map((port, client) => [port, `c${client}`])));
  assert.equal(checked, clientCount * createsPerClient);
});

/** strace goes on writing for a moment after the last call. */
async function readWhole(path: string): Promise<string> {
  let before = '';
  return eventually('strace has written everything', 10_000, async () => {
    const text = await readFile(path, 'latin1');
    if (text !== '' && text === before) return text;
    before = text;
    return undefined;
  });
}

/** Creates one object after the other on one HTTP/1.1 connection. @returns its local port. */
async function createAll(hub: Hub, prefix: string): Promise<number> {
  const { ca, admin } = hub.credentials();
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca, ...admin });
  const send = (method: string, path: string, body: string) => sendRequest(hub, agent, { method, path, body });
  // The first answer shares its exchange with the end of the TLS handshake.
  const ports = new Set([await send('GET', '/healthz', '')]);
  for (let index = 0; index < createsPerClient; index++) {
    // Names end in a dot and a letter, so that none is the beginning of another.
    const body = JSON.stringify({ metadata: { name: `${prefix}-${index}.x` } });
    ports.add(await send('POST', '/api/v1/namespaces/default/configmaps', body));
  }
  const [port, ...others] = ports;
  assert.ok(port !== undefined && others.length === 0, 'All creates went over one connection');
  return port;
}

/** @returns the local port of the connection. */
function sendRequest(
  hub: Hub,
  agent: https.Agent,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: string },
): Promise<number> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = https.request(`${hub.url}${path}`, { agent, method, headers }, (response) => {
    const { localPort = 0 } = response.socket;
    response.resume().on('end', () => {
      if (response.statusCode === (method === 'GET' ? 200 : 201)) resolve(localPort);
      else reject(new Error(`${method} ${path}: status ${response.statusCode}`));
    });
  });
  request.on('error', reject).end(body);
  return promise;
}

/** What the server had read and written on one connection since it last began to read. */
interface Exchange {
  hasAnswer: boolean;
  /** Names that were durable when the first byte of the answer was written. */
  durable: ReadonlySet<string>;
}

const socketPattern =
  /^\d+ +(read|recvfrom|recvmsg|write|writev|sendto|sendmsg)\(\d+<TCP:\[127\.0\.0\.1:\d+->127\.0\.0\.1:(\d+)\]>/;

/**
 * Follows the calls in their order. A name is durable once a sync of the write-ahead log has begun after a page with it
 * was written there, and has ended. TLS hides what is in a socket, so answers are counted: on each connection the last
 * exchanges (some reads, then writes) are its creates, in order.
 * @returns how many answers were checked.
 */
function checkTrace(trace: string, prefixByPort: ReadonlyMap<number, string>): number {
  const exchanges = new Map<number, Exchange[]>();
  const disk = new DiskView();
  for (const line of trace.split('\n')) {
    disk.take(line);
    const [, call = '', port = ''] = socketPattern.exec(line) ?? [];
    if (!prefixByPort.has(Number(port))) continue;
    const list = exchanges.get(Number(port)) ?? [];
    exchanges.set(Number(port), list);
    const last = list.at(-1);
    if (call.startsWith('re')) {
      if (last === undefined || last.hasAnswer) list.push({ hasAnswer: false, durable: new Set() });
    } else if (last?.hasAnswer === false) {
      last.hasAnswer = true;
      last.durable = new Set(disk.durable);
    }
  }
  let checked = 0;
  for (const [port, prefix] of prefixByPort) {
    const answers = (exchanges.get(port) ?? []).filter(({ hasAnswer }) => hasAnswer).slice(-createsPerClient);
    assert.equal(answers.length, createsPerClient);
    for (const [index, { durable }] of answers.entries()) {
      const name = `${prefix}-${index}.x`;
      assert.ok(durable.has(name), `${name} was acknowledged before it was on disk`);
      const next = `${prefix}-${index + 1}.x`;
      assert.ok(!durable.has(next), `${next} is not on disk yet: answers are matched to the right creates`);
      checked++;
    }
  }
  return checked;
}

/** What is on disk for certain, going by the calls so far. */
class DiskView {
  readonly durable = new Set<string>();
  readonly #written = new Set<string>();
  /** Names covered by the sync a thread is in. */
  readonly #syncing = new Map<string, readonly string[]>();

  take(line: string): void {
    const [thread = ''] = line.split(' ', 1);
    if (/ pwrite64\(\d+<[^>]*store\.db-wal>/.test(line)) {
      for (const [name] of line.matchAll(/c\d+-\d+\.x/g)) this.#written.add(name);
    }
    if (/ f(data)?sync\(\d+<[^>]*store\.db-wal>/.test(line)) this.#syncing.set(thread, [...this.#written]);
    if (/ (f(data)?sync\(\d+<[^>]*store\.db-wal>\)|<\.\.\. f(data)?sync resumed>.*) += 0$/.test(line)) {
      for (const name of this.#syncing.get(thread) ?? []) this.durable.add(name);
      this.#syncing.delete(thread);
    }
  }
}
