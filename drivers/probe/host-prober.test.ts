import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { openHostProber } from './host-prober.ts';

const prober = openHostProber({ clock: systemClock });
const { signal } = new AbortController();

function http(port: number, path: string, headers: readonly { name: string; value: string }[] = []) {
  return { kind: 'http', scheme: 'HTTP', address: '127.0.0.1', port, path, headers } as const;
}

test('openHostProber() tells by the status of the answer', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/hangs') return;
    const status = request.headers['x-status'] ?? request.url?.slice(1);
    response.writeHead(Number(status)).end('body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cases = [
    { path: '/200', ok: true },
    { path: '/302', ok: true },
    { path: '/404', ok: false, message: 'HTTP probe failed with statuscode: 404' },
    { path: '/500', ok: false, message: 'HTTP probe failed with statuscode: 500' },
  ];
  for (const { path, ok, message } of cases) {
    const result = await prober.probe(http(port, path), { timeoutMs: 2_000 }, signal);
    assert.equal(result.ok, ok, path);
    if (message !== undefined) assert.equal(result.message, message);
  }
  const withHeader = await prober.probe(
    http(port, '/500', [{ name: 'X-Status', value: '204' }]),
    { timeoutMs: 2_000 },
    signal,
  );
  assert.equal(withHeader.ok, true);
  const late = await prober.probe(http(port, '/hangs'), { timeoutMs: 50 }, signal);
  assert.deepEqual([late.ok, /timed out after 50 ms/.test(late.message)], [false, true]);
  server.closeAllConnections();
  server.close();
});

test('openHostProber() connects, or says why not', async () => {
  const server = createTcpServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const target = { kind: 'tcp', address: '127.0.0.1', port } as const;
  assert.equal((await prober.probe(target, { timeoutMs: 2_000 }, signal)).ok, true);
  await new Promise((resolve) => server.close(resolve));
  const refused = await prober.probe(target, { timeoutMs: 2_000 }, signal);
  assert.deepEqual([refused.ok, /ECONNREFUSED/.test(refused.message)], [false, true]);
});

test('openHostProber() passes an abort through', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  const target = { kind: 'tcp', address: '127.0.0.1', port: 9 } as const;
  await assert.rejects(prober.probe(target, { timeoutMs: 2_000 }, stop.signal), /stopped/);
});
