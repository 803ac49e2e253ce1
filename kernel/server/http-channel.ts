import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { ApiResponse } from '../ports/endpoint.ts';
import { dropRest } from './http-body.ts';

/** Headers as they came, lower-case names. Values that may stand several times are joined, but for `set-cookie`. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>;

/** One request and the way its answer takes: what HTTP/1.1 and HTTP/2 do differently. */
export interface HttpChannel {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: RequestHeaders;
  /** The body of the request. */
  readonly incoming: Readable;
  /** The body of the answer. */
  readonly outgoing: Writable;
  /** @param hasBody false: the answer is complete with its head. */
  sendHead(status: number, headers: Readonly<Record<string, string>>, hasBody: boolean): void;
  /** Called once the answer is on its way: whatever the client still sends is dropped. */
  finish(clock: Clock): void;
  /** Set when the client wants an answer that goes on (watch, `log -f`) as messages: sends it whole. */
  readonly sendMessages?: (response: ApiResponse, clock: Clock) => Promise<void>;
}

/** A channel over HTTP/2. Streams are used directly: Node's compatible objects cost more than everything we do. */
export function http2Channel(stream: ServerHttp2Stream, headers: RequestHeaders): HttpChannel {
  return {
    method: headers[':method'] ?? 'GET',
    url: headers[':path'] ?? '/',
    headers,
    incoming: stream,
    outgoing: stream,
    sendHead(status, head, hasBody) {
      if (stream.headersSent) return;
      // As a flat list, which Node sends as it is; an object it would copy.
      const fields: string[] = [':status', String(status)];
      for (const name in head) fields.push(name, head[name] ?? '');
      stream.respond(fields, { endStream: !hasBody });
    },
    finish(clock) {
      if (!stream.readableEnded && !stream.endAfterHeaders && !stream.destroyed) dropRest(stream, clock);
    },
  };
}

/**
 * A channel over HTTP/1.1.
 * @param isLast asked when the answer begins: true ends the connection with it.
 */
export function http1Channel(incoming: IncomingMessage, outgoing: ServerResponse, isLast: () => boolean): HttpChannel {
  return {
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers: incoming.headers as RequestHeaders,
    incoming,
    outgoing,
    sendHead(status, head, hasBody) {
      outgoing.writeHead(status, isLast() ? { ...head, connection: 'close' } : head);
      // The first bytes of a stream may be hours away; the client must know now that it began.
      if (hasBody && head['content-length'] === undefined) outgoing.flushHeaders();
      if (!hasBody) outgoing.end();
    },
    finish() {
      // Node reads and drops the rest by itself, or closes the connection.
    },
  };
}
