import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { widget } from './testing/fake-resources.ts';
import { type ListenerWorld, openListener } from './testing/listener-world.ts';

const widgets = '/apis/test.planform.dev/v1/namespaces/a/widgets';
const adminToken = Buffer.from('admin-token').toString('base64url');

interface Dialing {
  readonly protocols?: string[];
  readonly origin?: string;
  /** Show no certificate. */
  readonly isBare?: boolean;
}

function dial(
  { listener, authority, admin }: ListenerWorld,
  path: string,
  { protocols, origin, isBare }: Dialing = {},
) {
  const identity = isBare === true ? {} : { cert: admin.certificatePem, key: admin.keyPem };
  return new WebSocket(`wss://127.0.0.1:${listener.port}${path}`, protocols ?? [], {
    ca: authority.certificatePem,
    ...identity,
    ...(origin === undefined ? {} : { origin }),
  });
}

async function nextMessage(socket: WebSocket) {
  const [bytes, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  assert.equal(isBinary, false);
  return JSON.parse(bytes.toString()) as {
    readonly type: string;
    readonly object: { readonly code?: number; readonly metadata: { readonly name?: string } };
  };
}

/** Status and body with which an upgrade was refused. */
async function refusal(socket: WebSocket): Promise<{ readonly status: number; readonly text: string }> {
  const [, incoming] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return { status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

test('a watch over WebSocket is one text message per event, without a subprotocol', async (t) => {
  // research/kernel.md §0.5: Headlamp dials wss:// to the API server for every watch, no subprotocol
  const world = await openListener(t);
  const socket = dial(world, `${widgets}?watch=1`);
  await once(socket, 'open');
  world.resources.seed(widget, 'a', 'w');
  const event = await nextMessage(socket);
  assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'w']);
  socket.close();
  await once(socket, 'close');
});

test('a watch over WebSocket ends with a close when the server stops', async (t) => {
  const world = await openListener(t);
  const socket = dial(world, `${widgets}?watch=1`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await world.listener.stop(5_000);
  assert.equal((await closed)[0], 1000);
});

test('a token may stand among the subprotocols; another one is agreed on', async (t) => {
  // Kubernetes: authentication/request/websocket/protocol.go
  const world = await openListener(t);
  const protocols = [`base64url.bearer.authorization.k8s.io.${adminToken}`, 'base64.binary.k8s.io'];
  const socket = dial(world, `${widgets}?watch=1`, { protocols, isBare: true, origin: 'https://console.example' });
  await once(socket, 'open');
  assert.equal(socket.protocol, 'base64.binary.k8s.io');
  world.resources.seed(widget, 'a', 'w');
  assert.equal((await nextMessage(socket)).type, 'ADDED');
  socket.terminate();
});

test('a revision that is too old is the only message', async (t) => {
  const world = await openListener(t);
  const socket = dial(world, `${widgets}?watch=1&resourceVersion=1`);
  const closed = once(socket, 'close');
  assert.equal((await nextMessage(socket)).object.code, 410);
  await closed;
});

test('what is refused is refused before the upgrade, with a Status', async (t) => {
  const world = await openListener(t);
  const asked = [
    [dial(world, `${widgets}?watch=1&fieldSelector=bad%3Dx`), 400, 'BadRequest'],
    [dial(world, `${widgets}/absent`), 404, 'NotFound'],
    [dial(world, `${widgets}?watch=1`, { isBare: true }), 403, 'Forbidden'],
    [dial(world, `${widgets}?watch=1`, { origin: 'https://evil.example' }), 401, 'Unauthorized'],
  ] as const;
  // Listened to at once: which of them is answered first is open.
  const answers = asked.map(([socket, status, reason]) => ({ answering: refusal(socket), status, reason }));
  for (const { answering, status, reason } of answers) {
    const answer = await answering;
    assert.equal(answer.status, status);
    assert.equal((JSON.parse(answer.text) as { reason: string }).reason, reason);
  }
});

test('a page of the same origin may use the certificate of its user', async (t) => {
  const world = await openListener(t);
  const socket = dial(world, `${widgets}?watch=1`, { origin: `https://127.0.0.1:${world.listener.port}` });
  await once(socket, 'open');
  socket.terminate();
});

test('an upgrade to anything else, or a broken one, is answered as a plain request', async (t) => {
  const world = await openListener(t);
  const ask = async (headers: Record<string, string>) => {
    const { listener, authority, admin } = world;
    const sent = request({
      host: '127.0.0.1',
      port: listener.port,
      path: '/version',
      ca: authority.certificatePem,
      cert: admin.certificatePem,
      key: admin.keyPem,
      headers: { connection: 'Upgrade', ...headers },
    });
    sent.end();
    const [incoming] = (await once(sent, 'response')) as [IncomingMessage];
    incoming.resume();
    return incoming.statusCode;
  };
  assert.equal(await ask({ upgrade: 'h2c' }), 200);
  assert.equal(await ask({ upgrade: 'SPDY/3.1' }), 200);
  assert.equal(await ask({ upgrade: 'websocket' }), 200);
});

test('a client that sends what nobody asked for is cut off', async (t) => {
  const world = await openListener(t);
  const socket = dial(world, `${widgets}?watch=1`);
  await once(socket, 'open');
  socket.send('x'.repeat(100_000));
  const [code] = (await once(socket, 'close')) as [number];
  assert.ok(code === 1009 || code === 1006, String(code));
});
