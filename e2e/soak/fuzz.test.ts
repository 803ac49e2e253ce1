/**
 * A million requests that are almost right against a whole bare kernel, and ten thousand connections that speak nonsense:
 * never a failure of the kernel's own, never its end. `SOAK_REQUESTS` takes another number.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { widget } from '../../kernel/server/testing/fake-resources.ts';
import { fuzz, type FuzzDraft, fuzzDrafts, fuzzProtobuf, fuzzWrite } from '../../kernel/server/testing/fuzz.ts';
import { openListener } from '../../kernel/server/testing/listener-world.ts';
import { openMemoryStore } from '../../kernel/store/memory/memory-store.ts';
import { assembleKernel } from '../../programs/apiserver/assemble.ts';
import { bareKernelKinds } from '../../programs/apiserver/kinds.ts';

const requestCount = Number(process.env['SOAK_REQUESTS'] ?? 1_000_000);
/** Requests that one kernel gets: what it stores stays in memory. */
const requestsPerKernel = 25_000;
const connectionCount = Math.ceil(requestCount / 100);

/** What kubectl posts, as JSON and as protobuf: `<kind> <base64> <json>` a line. */
const posted = readFileSync(join(import.meta.dirname, '../../kernel/schema/testdata/kubectl.txt'), 'utf8');

function standardDrafts(): readonly FuzzDraft[] {
  return posted
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, base64 = '', ...rest] = line.split(' ');
      const object = JSON.parse(rest.join(' ')) as { kind: string; apiVersion: string; metadata?: { name?: string } };
      const url = collectionOf(object);
      const path = `${url}/${object.metadata?.name ?? 'x'}`;
      const apply = fuzzWrite('PATCH', `${path}?fieldManager=m&force=true`, object, 'application/apply-patch+yaml');
      const merge = fuzzWrite('PATCH', path, object, 'application/strategic-merge-patch+json');
      return [
        fuzzProtobuf(url, Uint8Array.fromBase64(base64)),
        fuzzWrite('POST', url, object),
        fuzzWrite('PUT', path, object),
        fuzzWrite('PUT', `${path}/status`, object),
        apply,
        merge,
      ];
    });
}

const clusterScoped = new Set(bareKernelKinds.filter(({ scope }) => scope === 'Cluster').map(({ kind }) => kind));

function collectionOf({ kind, apiVersion }: { readonly kind: string; readonly apiVersion: string }): string {
  const definition = bareKernelKinds.find((candidate) => candidate.kind === kind);
  const plural = definition?.plural ?? `${kind.toLowerCase()}s`;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return clusterScoped.has(kind) || kind === 'Namespace' ? `${root}/${plural}` : `${root}/namespaces/default/${plural}`;
}

test(`a whole kernel answers ${requestCount} requests that are almost right, and none with a failure of its own`, async () => {
  const totals = new Map<number, number>();
  for (let sent = 0; sent < requestCount; sent += requestsPerKernel) {
    const failures: string[] = [];
    const stop = new AbortController();
    const tools = { clock: systemClock, random: seededRandom(sent) };
    const kernel = await assembleKernel(
      {
        store: openMemoryStore(),
        kinds: [...bareKernelKinds, widget],
        component: 'soak',
        version: '0.0.0',
        runtime: { name: 'node', platform: 'test' },
        log: { ...silentLogger, error: (message, fields) => failures.push(`${message} ${JSON.stringify(fields)}`) },
        onFatal: (error) => failures.push(String(error)),
        plug: () => ({}),
        ...tools,
      },
      stop.signal,
    );
    const certificate = {
      commonName: 'admin',
      organizations: ['system:masters'],
      fingerprint: 'f',
      publicKeyFingerprint: 'p',
    };
    const statuses = await fuzz({
      handler: kernel.handler,
      credentials: { certificate },
      random: seededRandom(sent + 1),
      requestCount: Math.min(requestsPerKernel, requestCount - sent),
      drafts: [...fuzzDrafts, ...standardDrafts()],
      failures,
    });
    for (const [status, count] of statuses) totals.set(status, (totals.get(status) ?? 0) + count);
    stop.abort();
    await kernel.close();
  }
  console.log(`answers by status: ${JSON.stringify(Object.fromEntries([...totals].toSorted(([a], [b]) => a - b)))}`);
});

/** Sends bytes and waits until the other end hangs up or has said something. */
async function exchange(socket: Socket, bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => resolve()).on('close', () => resolve());
  socket.on('data', () => resolve());
  socket.setTimeout(200, resolve);
  socket.write(bytes);
  await promise;
  socket.destroy();
}

test(`a listener survives ${connectionCount} connections that speak nonsense`, async (t) => {
  const world = await openListener(t);
  const { listener, authority } = world;
  const random = seededRandom(1);
  const requestLine = Buffer.from(
    'GET /version HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
  );
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const start = [new Uint8Array(), requestLine, preface];
  for (let index = 0; index < connectionCount; index++) {
    const noise = random.bytes(Math.floor(random.nextFloat() * 300));
    const bytes = Buffer.concat([start[index % start.length] ?? preface, noise]);
    const isTls = random.nextFloat() < 0.7;
    const address = { port: listener.port, host: '127.0.0.1' };
    const socket = isTls
      ? connectTls({ ...address, ca: authority.certificatePem, ALPNProtocols: [index % 2 === 0 ? 'h2' : 'http/1.1'] })
      : connectTcp(address);
    await exchange(socket, bytes);
  }
  const transport = await world.open();
  const { signal } = new AbortController();
  const answer = await transport.request({ method: 'GET', path: '/version', headers: {}, body: undefined, signal });
  assert.equal(answer.status, 200);
});
