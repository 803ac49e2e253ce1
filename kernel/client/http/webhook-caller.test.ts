import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { openAuthority } from '../../server/pki/file-authority.ts';
import { servingProfile } from '../../server/pki/kept-certificate.ts';
import { httpWebhookCaller, type ServiceResolver } from './webhook-caller.ts';

const { signal } = new AbortController();

type Answer = (body: string, path: string) => { readonly status: number; readonly text: string } | undefined;

/** A web server that answers as it is told; no answer where that is `undefined`. */
async function serve(t: TestContext, answer: Answer) {
  const folder = mkdtempSync(join(tmpdir(), 'planform-webhook-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const authority = await openAuthority({ folder, commonName: 'hook', clock: systemClock, random: systemRandom });
  const { certificatePem, keyPem } = await authority.issue(servingProfile(['hook.web.svc']));
  const server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const told = answer(Buffer.concat(chunks).toString(), request.url ?? '');
      if (told !== undefined) response.writeHead(told.status, { 'content-type': 'application/json' }).end(told.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, caBundle: Buffer.from(authority.certificatePem).toString('base64') };
}

const noService: ServiceResolver = async ({ name }) => {
  throw new Error(`services "${name}" not found`);
};

const call = (address: object, timeoutMs = 5_000) => ({ address, body: { asked: 1 }, timeoutMs, signal });

test('httpWebhookCaller() posts JSON to a URL and reads the answer', async (t) => {
  const echo: Answer = (body, path) => ({
    status: 200,
    text: JSON.stringify({ path, body: JSON.parse(body) as unknown }),
  });
  const { port, caBundle } = await serve(t, echo);
  const caller = httpWebhookCaller({ resolveService: noService, clock: systemClock });
  const url = `https://127.0.0.1:${port}/convert`;
  assert.deepEqual(await caller.post(call({ url, caBundle })), { path: '/convert?timeout=5s', body: { asked: 1 } });
});

test('httpWebhookCaller() reaches a Service where it is and checks its name', async (t) => {
  const { port, caBundle } = await serve(t, (_, path) => ({ status: 200, text: JSON.stringify(path) }));
  const resolveService: ServiceResolver = async () => ({ host: '127.0.0.1', port });
  const caller = httpWebhookCaller({ resolveService, clock: systemClock });
  const service = { namespace: 'web', name: 'hook', path: '/v1/convert', port: 443 };
  assert.equal(await caller.post(call({ service, caBundle })), '/v1/convert?timeout=5s');
  const other = { ...service, name: 'impostor' };
  await assert.rejects(
    caller.post(call({ service: other, caBundle })),
    /^Error: Post "https:\/\/impostor\.web\.svc\/v1\/convert\?timeout=5s": .*impostor\.web\.svc/,
  );
});

test('httpWebhookCaller() says what is wrong', async (t) => {
  const answers: Record<string, ReturnType<Answer>> = {
    '/gone': { status: 404, text: 'no' },
    '/broken': { status: 500, text: 'out of order\n' },
    '/odd': { status: 302, text: '' },
    '/text': { status: 200, text: 'hello' },
    '/large': { status: 200, text: 'x'.repeat(17 * 1024 * 1024) },
    '/silent': undefined,
  };
  const { port, caBundle } = await serve(t, (_, path) => answers[path.slice(0, path.indexOf('?'))]);
  const caller = httpWebhookCaller({ resolveService: noService, clock: systemClock });
  const cases: readonly [string, object, RegExp][] = [
    ['gone', {}, /: the server could not find the requested resource$/],
    ['broken', {}, /: an error on the server \("out of order"\) has prevented the request from succeeding$/],
    ['odd', {}, /HTTP 302/],
    ['text', {}, /the answer is no JSON/],
    ['large', {}, /more than 16777216 bytes/],
    ['silent', {}, /: no answer within 0\.1 s$/],
    ['gone', { caBundle: undefined }, /certificate/],
    ['gone', { url: 'https://127.0.0.1:1/' }, /ECONNREFUSED/],
    ['gone', { url: undefined, service: { namespace: 'a', name: 'b', path: '', port: 1 } }, /services "b" not found$/],
  ];
  for (const [path, change, text] of cases) {
    const address = { url: `https://127.0.0.1:${port}/${path}`, caBundle, ...change };
    await assert.rejects(caller.post(call(address, path === 'silent' ? 100 : 5_000)), text, path);
  }
});

test('httpWebhookCaller() runs only so many calls at once, and none for ever', async (t) => {
  let most = 0;
  let running = 0;
  const open: (() => void)[] = [];
  const resolveService: ServiceResolver = async () => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => open.push(resolve));
    running--;
    throw new Error('not today');
  };
  const caller = httpWebhookCaller({ resolveService, clock: systemClock });
  const address = { service: { namespace: 'a', name: 'b', path: '', port: 443 } };
  const calls = Array.from({ length: 40 }, () => caller.post(call(address)).catch((error: unknown) => String(error)));
  const ended = Promise.all(calls);
  t.after(() => ended);
  while (open.length < 32) await systemClock.yieldToOthers();
  while (open.length > 0) {
    open.shift()?.();
    await systemClock.yieldToOthers();
  }
  assert.deepEqual(new Set(await ended), new Set(['Error: Post "https://b.a.svc/?timeout=5s": not today']));
  assert.equal(most, 32);
});
