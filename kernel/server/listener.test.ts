import assert from 'node:assert/strict';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom } from '../base/system-random.ts';
import { createHttpClient, requestJson } from '../client/http/http-client.ts';
import { connectNodeTransport } from '../client/http/node-transport.ts';
import { readWhole } from '../client/http/transport.ts';
import { isApiError } from '../meta/errors.ts';
import { PortUnavailableError, startListener } from './listener.ts';
import { servingProfile } from './pki/kept-certificate.ts';
import { widget } from './testing/fake-resources.ts';
import { type ListenerWorld, openListener } from './testing/listener-world.ts';

const { signal } = new AbortController();
const widgets = '/apis/test.planform.dev/v1/namespaces/a/widgets';

/** One request over HTTP/1.1. */
async function http1(
  { listener, authority, admin }: ListenerWorld,
  path: string,
  sent: { method?: string; body?: string } = {},
) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const outgoing = httpsRequest(
    {
      host: '127.0.0.1',
      port: listener.port,
      path,
      method: sent.method ?? 'GET',
      ca: authority.certificatePem,
      cert: admin.certificatePem,
      key: admin.keyPem,
      // Node sends the body of a DELETE unframed otherwise.
      headers: sent.body === undefined ? {} : { 'content-length': Buffer.byteLength(sent.body) },
      agent: new Agent({ keepAlive: false }),
    },
    (incoming) => {
      readWhole(incoming, 1e9).then(
        (bytes) => resolve({ status: incoming.statusCode ?? 0, text: Buffer.from(bytes).toString() }),
        reject,
      );
    },
  );
  outgoing.on('error', reject);
  outgoing.end(sent.body);
  return promise;
}

/** Sends bytes and waits until the other end hangs up; what came back. */
async function rawExchange(socket: ReturnType<typeof connectTcp>, bytes: string | Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => resolve());
  socket.on('close', () => resolve());
  socket.write(bytes);
  await promise;
  return Buffer.concat(chunks).toString('latin1');
}

test('startListener() serves the same objects over HTTP/1.1 and HTTP/2', async (t) => {
  const world = await openListener(t);
  const client = createHttpClient({ transport: await world.open() });
  const created = await client.create(widget, { metadata: { namespace: 'a', name: 'w' } }, {}, signal);
  assert.equal(created.metadata.name, 'w');
  const over1 = await http1(world, `${widgets}/w`);
  assert.deepEqual(JSON.parse(over1.text), created);
  const deleted = await http1(world, `${widgets}/w`, { method: 'DELETE', body: '{"propagationPolicy":"Background"}' });
  assert.equal(deleted.status, 200);
  assert.deepEqual(world.resources.lastOptions, { propagationPolicy: 'Background' });
  await assert.rejects(client.get(widget, { namespace: 'a', name: 'w' }, signal), (error) =>
    isApiError(error, 'NotFound'),
  );
});

test('startListener() streams a long list over both versions', async (t) => {
  const world = await openListener(t);
  for (let index = 0; index < 1_000; index++) {
    world.resources.seed(widget, 'a', `w${index}`, { spec: { size: 'x'.repeat(1_400) } });
  }
  const over1 = await http1(world, widgets);
  assert.equal((JSON.parse(over1.text) as { items: unknown[] }).items.length, 1_000);
  const client = createHttpClient({ transport: await world.open() });
  assert.equal((await client.list(widget, { namespace: 'a' }, signal)).items.length, 1_000);
});

test('startListener() takes certificates of its own authorities only', async (t) => {
  const [world, stranger] = [await openListener(t), await openListener(t)];
  const transport = await world.open(stranger.admin);
  const request = { method: 'GET', path: `${widgets}/w`, headers: {}, body: undefined, signal } as const;
  assert.equal((await transport.request(request)).status, 401);
});

test('a watch ends at the server when its client leaves, and at the client when the server stops', async (t) => {
  const world = await openListener(t);
  const client = createHttpClient({ transport: await world.open() });
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of client.watch(widget, { namespace: 'a', resourceVersion: '' }, signal))
      seen.push(event.type);
  })();
  const early = client.watch(widget, { namespace: 'a', resourceVersion: '' }, signal)[Symbol.asyncIterator]();
  const first = early.next();
  world.resources.seed(widget, 'a', 'w');
  assert.equal((await first).done, false);
  await early.return?.();
  while (seen.length === 0) await systemClock.yieldToOthers();
  await world.listener.stop(5_000);
  await watching;
  assert.deepEqual(seen, ['ADDED']);
});

test('startListener() survives garbage', async (t) => {
  const world = await openListener(t);
  const { port } = world.listener;
  const tcp = () => connectTcp(port, '127.0.0.1');
  const tls = (protocols: string[]) =>
    connectTls({ port, host: '127.0.0.1', ca: world.authority.certificatePem, ALPNProtocols: protocols });
  await rawExchange(tcp(), Buffer.alloc(4_096, 0xa5));
  await rawExchange(tcp(), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await rawExchange(tls(['http/1.1']), 'NONSENSE\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.match(
    await rawExchange(tls(['http/1.1']), `GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
    /^(HTTP\/1.1 4|$)/,
  );
  await rawExchange(tls(['h2']), Buffer.alloc(4_096, 0x5a));
  assert.equal((await http1(world, '/version')).status, 200);
});

test('startListener() copes with bodies that are too large or never finished', async (t) => {
  const world = await openListener(t);
  const large = await http1(world, widgets, { method: 'POST', body: 'x'.repeat(3 * 1024 * 1024 + 1) });
  assert.equal(large.status, 413);
  const transport = await world.open();
  const over2 = await requestJson(
    { transport },
    { method: 'POST', path: widgets, body: 'x'.repeat(4 * 1024 * 1024) },
    signal,
  ).then(
    () => 'accepted',
    (error: unknown) => isApiError(error, 'RequestEntityTooLarge', 'ServiceUnavailable'),
  );
  assert.equal(over2, true);
  const { listener, authority, admin } = world;
  const half = connectTls({
    port: listener.port,
    host: '127.0.0.1',
    ca: authority.certificatePem,
    cert: admin.certificatePem,
    key: admin.keyPem,
    ALPNProtocols: ['http/1.1'],
  });
  half.on('error', () => undefined);
  half.write(
    `POST ${widgets} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"`,
    () => half.destroy(),
  );
  assert.equal((await http1(world, '/version')).status, 200);
});

test('stop() lets a request finish within the grace and cuts it after', async (t) => {
  const [slowStarted, stuckStarted, release] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  const world = await openListener(t, {
    async handle({ path, signal: gone }) {
      const given = Promise.withResolvers<void>();
      gone.addEventListener('abort', () => given.resolve());
      (path === '/slow' ? slowStarted : stuckStarted).resolve();
      await (path === '/slow' ? release : given).promise;
      return { status: 200, headers: {}, body: Buffer.from('done') };
    },
  });
  const transport = await world.open();
  const get = (path: string) => transport.request({ method: 'GET', path, headers: {}, body: undefined, signal });
  const slow = get('/slow');
  const stuck = assert.rejects(get('/stuck'), (error) => isApiError(error, 'ServiceUnavailable'));
  await Promise.all([slowStarted.promise, stuckStarted.promise]);
  const stopped = world.listener.stop(100);
  release.resolve();
  assert.equal((await slow).status, 200);
  await assert.rejects(get('/late'), (error) => isApiError(error, 'ServiceUnavailable'));
  await stuck;
  await stopped;
});

test('replaceCertificate() serves new connections with the new certificate and keeps the old ones', async (t) => {
  const [world, other] = [await openListener(t), await openListener(t)];
  const before = await world.open();
  const { certificatePem, keyPem } = await other.authority.issue(servingProfile());
  world.listener.replaceCertificate({ certificatePem, keyPem });
  const url = `https://127.0.0.1:${world.listener.port}`;
  const options = { url, caPem: other.authority.certificatePem, identity: world.admin, clock: systemClock };
  const after = await connectNodeTransport(options, signal);
  const get = { method: 'GET', path: '/version', headers: {}, body: undefined, signal };
  assert.deepEqual([(await before.request(get)).status, (await after.request(get)).status], [200, 200]);
  after.destroy();
});

test('startListener() says which port is busy', async (t) => {
  const { listener, serving } = await openListener(t);
  const handler = { handle: async () => ({ status: 200, headers: {}, body: undefined }) };
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const options = { handler, host: '127.0.0.1', port: listener.port, serving, clientCaPems: [], ...tools };
  await assert.rejects(startListener(options), (error) => {
    return error instanceof PortUnavailableError && error.code === 'InUse' && error.port === listener.port;
  });
});

test('connectNodeTransport() says why it cannot connect', async (t) => {
  const [world, stranger] = [await openListener(t), await openListener(t)];
  const url = `https://127.0.0.1:${world.listener.port}`;
  const connectWith = (caPem: string, at: string) =>
    connectNodeTransport({ url: at, caPem, clock: systemClock }, signal);
  await assert.rejects(connectWith(stranger.authority.certificatePem, url), (error) =>
    isApiError(error, 'ServiceUnavailable'),
  );
  await assert.rejects(connectWith(world.authority.certificatePem, 'https://127.0.0.1:1'), /Cannot connect to https:/);
});

test('connectNodeTransport() notices a server that went away', async (t) => {
  const world = await openListener(t);
  const url = `https://127.0.0.1:${world.listener.port}`;
  const identity = world.admin;
  const caPem = world.authority.certificatePem;
  const options = { url, caPem, identity, clock: systemClock, pingIntervalMs: 10, deadAfterMs: 1_000 };
  const transport = await connectNodeTransport(options, signal);
  await world.listener.stop(0);
  await transport.closed;
  await assert.rejects(transport.request({ method: 'GET', path: '/', headers: {}, body: undefined, signal }), (error) =>
    isApiError(error, 'ServiceUnavailable'),
  );
});

test('startListener() tells who has too many connections, and serves others on those they have', async (t) => {
  const world = await openListener(t, undefined, { connectionsPerAddressMax: 2 });
  const transports = [await world.open(), await world.open()];
  const third = await world.open();
  const ask = (transport: (typeof transports)[number]) =>
    transport.request({ method: 'GET', path: '/version', headers: {}, body: undefined, signal });
  const refused = await ask(third);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '10');
  const status = JSON.parse(Buffer.from(await readWhole(refused.body, 1e5)).toString()) as Record<string, unknown>;
  assert.equal(status['reason'], 'TooManyRequests');
  assert.match(String(status['message']), /127\.0\.0\.1 has more than the 2 that are allowed/);
  for (const transport of transports) assert.equal((await ask(transport)).status, 200);
  assert.equal((await http1(world, '/version')).status, 429);
});

test('startListener() refuses answers while clients leave too many unread, and gives them again', async (t) => {
  const world = await openListener(t, undefined, { unreadBytesMax: 400_000 });
  for (let index = 0; index < 20; index++)
    world.resources.seed(widget, 'a', `w${index}`, { spec: { size: 'x'.repeat(10_000) } });
  const slow = await world.open();
  const answers = await Promise.all(
    Array.from({ length: 4 }, () =>
      slow.request({ method: 'GET', path: widgets, headers: {}, body: undefined, signal }),
    ),
  );
  // 200 KB each: the first is not taken, so there is no room for more.
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 429, 429, 429],
  );
  for (const { body } of answers) await readWhole(body, 1e6);
  const { status } = await slow.request({ method: 'GET', path: widgets, headers: {}, body: undefined, signal });
  assert.equal(status, 200);
});
