import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { startListener } from '../../server/listener.ts';
import { openAuthority } from '../../server/pki/file-authority.ts';
import { servingProfile } from '../../server/pki/kept-certificate.ts';
import { connectNodeTransport } from './node-transport.ts';

const { signal } = new AbortController();

/** A listener behind a link that can be made to swallow everything in silence. */
async function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'planform-transport-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tools = { clock: systemClock, random: systemRandom };
  const authority = await openAuthority({ folder, commonName: 'test', ...tools });
  const listener = await startListener({
    handler: { handle: async () => ({ status: 200, headers: {}, body: Buffer.from('hello') }) },
    host: '127.0.0.1',
    port: 0,
    serving: await authority.issue(servingProfile()),
    clientCaPems: [],
    logger: silentLogger,
    ...tools,
  });
  const sockets: Socket[] = [];
  const link = createServer((near) => {
    const far = connectTcp(listener.port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => socket.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => link.listen(0, '127.0.0.1', resolve));
  const address = link.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    link.close();
    await listener.stop(0);
  });
  const silence = () => {
    for (const socket of sockets) socket.unpipe().resume();
  };
  return { url: `https://127.0.0.1:${port}`, caPem: authority.certificatePem, silence };
}

test('connectNodeTransport() finds a half-open link by its pings', async (t) => {
  const { url, caPem, silence } = await setUp(t);
  const options = { url, caPem, clock: systemClock, pingIntervalMs: 10, deadAfterMs: 200 };
  const transport = await connectNodeTransport(options, signal);
  const request = { method: 'GET', path: '/', headers: {}, body: undefined, signal };
  assert.equal((await transport.request(request)).status, 200);
  silence();
  assert.match((await transport.closed)?.message ?? '', /did not answer a ping within 200 ms/);
});

test('connectNodeTransport() gives up when nobody answers or it is told to', async (t) => {
  const { url, caPem } = await setUp(t);
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.after(() => mute.close());
  const address = mute.address();
  const muteUrl = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const slow = connectNodeTransport({ url: muteUrl, caPem, clock: systemClock, connectTimeoutMs: 50 }, signal);
  await assert.rejects(slow, /no answer within 50 ms/);
  const stopped = AbortSignal.abort(new DOMException('stop', 'AbortError'));
  await assert.rejects(connectNodeTransport({ url, caPem, clock: systemClock }, stopped), { name: 'AbortError' });
});
