import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import type { Clock } from '../../base/clock.ts';
import { ApiError } from '../../meta/errors.ts';
import { type Transport, transportError, type TransportRequest, type TransportResponse } from './transport.ts';

/** One server and how to prove who we are to it. */
export interface NodeTransportOptions {
  /** `https://hub.example:7443`. */
  readonly url: string;
  /** Authorities that may vouch for the server. */
  readonly caPem: string;
  /** Name the server's certificate must carry; default the host in the URL. */
  readonly serverName?: string;
  /** Client certificate and key. */
  readonly identity?: { readonly certificatePem: string; readonly keyPem: string };
  readonly bearerToken?: string;
  /** Time to connect, milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Time between pings, milliseconds. Default 5,000. */
  readonly pingIntervalMs?: number;
  /** The connection counts as dead after this long without an answer to a ping, milliseconds. Default 10,000. */
  readonly deadAfterMs?: number;
  readonly clock: Clock;
}

/** One connection to one server. It does not reconnect: make another one when it is closed. */
export interface NodeTransport extends Transport {
  /** Settles once the connection is gone, with the reason when it was not `close`. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Sends no more requests and waits until those on the way have their answers. */
  close(): Promise<void>;
  /** Drops the connection and everything on it. */
  destroy(): void;
}

const connectTimeoutDefaultMs = 10_000;
const pingIntervalDefaultMs = 5_000;
const deadAfterDefaultMs = 10_000;
/** Bytes a server may send ahead on one stream, and on the whole connection. */
const streamWindowBytes = 1024 * 1024;
const connectionWindowBytes = 16 * 1024 * 1024;

/**
 * Opens one HTTP/2 connection over TLS. Half-open links are found by pings.
 * @throws {ApiError} `ServiceUnavailable` when the server cannot be reached or trusted; the abort reason when given up.
 */
export async function connectNodeTransport(options: NodeTransportOptions, signal: AbortSignal): Promise<NodeTransport> {
  signal.throwIfAborted();
  const session = connect(options.url, {
    ca: options.caPem,
    minVersion: 'TLSv1.2',
    settings: { initialWindowSize: streamWindowBytes, enablePush: false },
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
    ...(options.identity === undefined ? {} : { cert: options.identity.certificatePem, key: options.identity.keyPem }),
  });
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  let failure: Error | undefined;
  session.on('error', (error: Error) => (failure = error));
  session.on('close', () => resolve(failure));
  try {
    await connected(session, options, signal);
  } catch (error) {
    session.destroy();
    throw transportError(error, `connect to ${options.url}`, signal);
  }
  session.setLocalWindowSize(connectionWindowBytes);
  const pinger = new Pinger(session, options);
  session.on('close', () => pinger[Symbol.dispose]());
  return {
    closed,
    request: (request) => sendRequest(session, request, options),
    async close() {
      session.close();
      await closed;
    },
    destroy: () => session.destroy(),
  };
}

async function connected(
  session: ClientHttp2Session,
  options: NodeTransportOptions,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timeoutMs = options.connectTimeoutMs ?? connectTimeoutDefaultMs;
  const onAbort = () => reject(signal.reason);
  session.once('connect', () => resolve());
  session.once('error', reject);
  session.once('close', () => reject(new Error('the connection was closed')));
  signal.addEventListener('abort', onAbort, { once: true });
  using _timer = options.clock.timer(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Finds links that are dead without saying so. Keeps itself going by timers that end with the session. */
class Pinger implements Disposable {
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #deadAfterMs: number;
  #timer: Disposable | undefined;

  constructor(session: ClientHttp2Session, options: NodeTransportOptions) {
    this.#session = session;
    this.#clock = options.clock;
    this.#intervalMs = options.pingIntervalMs ?? pingIntervalDefaultMs;
    this.#deadAfterMs = options.deadAfterMs ?? deadAfterDefaultMs;
    this.#wait();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    this.#timer = this.#clock.timer(this.#intervalMs, () => this.#ping());
  }

  #ping(): void {
    if (this.#session.destroyed) return;
    this.#timer = this.#clock.timer(this.#deadAfterMs, () => {
      this.#session.destroy(new Error(`the server did not answer a ping within ${this.#deadAfterMs} ms`));
    });
    this.#session.ping((error) => {
      this[Symbol.dispose]();
      if (error === null) this.#wait();
    });
  }
}

async function sendRequest(
  session: ClientHttp2Session,
  request: TransportRequest,
  options: NodeTransportOptions,
): Promise<TransportResponse> {
  const { method, path, headers, body, signal } = request;
  signal.throwIfAborted();
  if (session.closed || session.destroyed) {
    throw new ApiError('ServiceUnavailable', `Cannot ${method} ${path}: the connection is closed`);
  }
  const hasBody = body !== undefined;
  const stream = session.request(
    {
      ':method': method,
      ':path': path,
      ...headers,
      ...(options.bearerToken === undefined ? {} : { authorization: `Bearer ${options.bearerToken}` }),
      // Without it a server may take the body of a DELETE for absent.
      ...(hasBody ? { 'content-length': String(body.byteLength) } : {}),
    },
    { endStream: !hasBody },
  );
  if (hasBody) stream.end(body);
  const onAbort = () => stream.close(8); // CANCEL (RFC 9113 §7)
  signal.addEventListener('abort', onAbort, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', onAbort));
  try {
    const answer = await responseHeaders(stream);
    return {
      status: Number(answer[':status'] ?? 0),
      headers: answer as Record<string, string>,
      body: bodyOf(stream, request),
    };
  } catch (error) {
    throw transportError(error, `${method} ${path}`, signal);
  }
}

async function responseHeaders(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
  stream.once('response', resolve);
  stream.on('error', reject);
  stream.once('close', () => reject(new Error('the connection was lost before the answer')));
  return promise;
}

/** Chunks as they come. Ending the loop early cancels the request at the server. */
async function* bodyOf(stream: ClientHttp2Stream, request: TransportRequest): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
    // A cancelled stream ends without an error.
    if (request.signal.aborted) throw request.signal.reason;
    if (stream.rstCode !== 0) throw new Error(`the server gave the answer up (code ${stream.rstCode})`);
  } catch (error) {
    throw transportError(error, `${request.method} ${request.path}`, request.signal);
  } finally {
    if (!stream.destroyed) stream.close(8);
  }
}
