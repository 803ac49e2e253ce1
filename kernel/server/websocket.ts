/**
 * Answers as WebSocket messages (RFC 6455), for clients that cannot read a stream: browsers, and Headlamp for every
 * watch. Loaded with the first request that asks for an upgrade: `ws` brings `node:http` and 17 MB with it.
 */
import type { IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../base/clock.ts';
import { isFeed } from '../base/feed.ts';
import type { ApiResponse } from '../ports/endpoint.ts';
import { drained, type FeedSink, writeFeed } from './feed-writer.ts';
import type { HttpChannel, RequestHeaders } from './http-channel.ts';

/** Clients have nothing to say here but pings and closes; larger messages end the connection. */
const messageBytesMax = 16 * 1024;
/** How often a client must show that it lives. */
const pingEveryMs = 30_000;
/** Closing because everything was sent (RFC 6455 §7.4.1). */
const closeNormal = 1000;

const acceptor = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: messageBytesMax,
});

/**
 * A channel for an HTTP/1.1 request that asks for an upgrade, whose socket is ours alone from now on. Refusals and answers
 * that end are plain HTTP; an answer that goes on is sent as messages where a WebSocket was asked for.
 * @param headers those of the request after credentials were taken out of the subprotocols.
 */
export function upgradeChannel(
  incoming: IncomingMessage,
  socket: Duplex,
  firstBytes: Buffer,
  headers: RequestHeaders,
): HttpChannel {
  const accept = async () => {
    incoming.headers['sec-websocket-protocol'] = headers['sec-websocket-protocol'];
    return acceptUpgrade(incoming, socket, firstBytes);
  };
  const isWebSocket = headers['upgrade']?.toLowerCase() === 'websocket';
  return {
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers,
    incoming: Readable.from([]),
    outgoing: socket,
    sendHead(status, head, hasBody) {
      const lines = Object.entries({ ...head, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 ${status} \r\n${lines.join('')}\r\n`);
      if (!hasBody) socket.end();
    },
    finish() {
      // The connection ends with the answer.
    },
    ...(isWebSocket ? { sendMessages: async (response, clock) => sendMessages(await accept(), response, clock) } : {}),
  };
}

/** Resolves with the connection and its socket; `undefined` when the client's handshake was wrong (it was told so). */
function acceptUpgrade(incoming: IncomingMessage, socket: Duplex, firstBytes: Buffer): Promise<Accepted | undefined> {
  const { promise, resolve } = Promise.withResolvers<Accepted | undefined>();
  socket.once('close', () => resolve(undefined));
  acceptor.handleUpgrade(incoming, socket, firstBytes, (connection) => resolve({ connection, socket }));
  return promise;
}

interface Accepted {
  readonly connection: WebSocket;
  readonly socket: Duplex;
}

async function sendMessages(accepted: Accepted | undefined, response: ApiResponse, clock: Clock): Promise<void> {
  const { body = new Uint8Array() } = response;
  if (accepted === undefined) {
    if (!(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
    return;
  }
  const { connection, socket } = accepted;
  connection.on('error', ignoreBrokenConnection);
  using _pings = keepAlive(connection, clock);
  const sink = messageSink(accepted, isText(response));
  if (body instanceof Uint8Array) sink.write([body]);
  else if (isFeed(body)) return await writeFeed(body, sink, clock);
  else {
    for await (const part of body) {
      if (socket.destroyed) return;
      if (!sink.write([part])) await drained(socket, clock);
    }
  }
  sink.end();
}

/** Events are JSON and go as text, whatever subprotocol was agreed on (kube-apiserver endpoints/handlers/watch.go). */
function isText({ headers }: ApiResponse): boolean {
  return headers['content-type']?.startsWith('application/json') === true;
}

/** One message per value; `base64.…` subprotocols are for clients that take text only. */
function messageSink({ connection, socket }: Accepted, isPlainText: boolean): FeedSink {
  const isBase64 = !isPlainText && connection.protocol.startsWith('base64.');
  return {
    stream: socket,
    write(parts) {
      for (const part of parts) {
        if (isBase64) connection.send(Buffer.from(part).toString('base64'));
        else connection.send(part, { binary: !isPlainText });
      }
      return !socket.writableNeedDrain;
    },
    end: () => connection.close(closeNormal),
  };
}

/** Pings, and cuts a client that did not answer the last ping. */
function keepAlive(connection: WebSocket, clock: Clock): Disposable {
  let hasAnswered = true;
  connection.on('pong', () => (hasAnswered = true));
  const ping = () => {
    if (!hasAnswered) return connection.terminate();
    hasAnswered = false;
    connection.ping();
    timer = clock.timer(pingEveryMs, ping);
  };
  let timer = clock.timer(pingEveryMs, ping);
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** Clients may vanish at any time; the close of the socket that follows ends the request. */
function ignoreBrokenConnection(): void {
  // Nothing to do: the socket is destroyed already.
}
