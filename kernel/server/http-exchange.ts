import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Clock } from '../base/clock.ts';
import type { Credentials } from '../ports/auth.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { dropRest, readRequestBody } from './http-body.ts';
import { credentialsOf, type Peer } from './peer.ts';

/** A request and its answer over HTTP/1.1 or HTTP/2. */
export interface HttpMessages {
  readonly incoming: IncomingMessage | Http2ServerRequest;
  readonly outgoing: ServerResponse | Http2ServerResponse;
}

/** Longest time a client may leave an answer unread while more of it waits. */
const stallTimeoutMs = 60_000;
const noQuery = new URLSearchParams();
const noBytes = new Uint8Array();

/** One request over HTTP. What most requests never look at (query, signal) is made on first use. */
export class HttpExchange implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  readonly receivedAtMs: number;
  readonly requestId: string;
  readonly readBody: (bytesMax: number) => Promise<Uint8Array>;
  readonly #messages: HttpMessages;
  readonly #clock: Clock;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;
  #abortReason: unknown;

  constructor(messages: HttpMessages, peer: Peer, clock: Clock, requestId: string) {
    const { incoming, outgoing } = messages;
    const url = incoming.url ?? '/';
    const question = url.indexOf('?');
    this.#messages = messages;
    this.#clock = clock;
    this.method = incoming.method ?? 'GET';
    this.path = question < 0 ? url : url.slice(0, question);
    this.#search = question < 0 ? '' : url.slice(question + 1);
    this.headers = incoming.headers as Readonly<Record<string, string | undefined>>;
    this.receivedAtMs = clock.nowMs();
    this.credentials = credentialsOf(peer, incoming.headers.authorization, this.receivedAtMs);
    this.requestId = requestId;
    this.readBody = (bytesMax) => readRequestBody(incoming, bytesMax, clock);
    outgoing.on('close', () => this.abort(new DOMException('The client has gone', 'AbortError')));
    outgoing.on('error', () => this.abort(new DOMException('The connection broke', 'AbortError')));
  }

  get query(): URLSearchParams {
    if (this.#search === '') return noQuery;
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** Gives the request up: its signal aborts. Later calls change nothing. */
  abort(reason: unknown): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#abort?.abort(reason);
  }

  /**
   * Sends the answer, as fast as the client takes it.
   * @param isLast tells an HTTP/1.1 client that its connection ends with this answer.
   * @throws whatever the body throws; the answer is then cut.
   */
  async respond(response: ApiResponse, isLast: boolean): Promise<void> {
    const { status, headers, body, isLongRunning = false } = response;
    const { incoming, outgoing } = this.#messages;
    if (outgoing.destroyed) return this.#discard(body);
    const isHttp1 = !('stream' in outgoing);
    const whole = body === undefined || body instanceof Uint8Array ? (body ?? noBytes) : undefined;
    writeHead(outgoing, status, {
      ...headers,
      ...(whole === undefined || status === 304 ? {} : { 'content-length': String(whole.byteLength) }),
      ...(isHttp1 && isLast ? { connection: 'close' } : {}),
    });
    if (this.method === 'HEAD') outgoing.end();
    else if (whole !== undefined) end(outgoing, whole);
    else await this.#stream(body as AsyncIterable<Uint8Array>, isLongRunning);
    if ('stream' in incoming && !incoming.complete && !incoming.stream.endAfterHeaders) {
      dropRest(incoming.stream, this.#clock);
    }
  }

  async #stream(body: AsyncIterable<Uint8Array>, isLongRunning: boolean): Promise<void> {
    const { outgoing } = this.#messages;
    // The first event may be hours away; the client must know now that its watch began. HTTP/2 sends headers at once.
    if (isLongRunning && !('stream' in outgoing)) outgoing.flushHeaders();
    try {
      for await (const chunk of body) {
        if (outgoing.destroyed || outgoing.writableEnded) return;
        if (!write(outgoing, chunk)) await this.#drained();
      }
      outgoing.end();
    } catch (error) {
      outgoing.destroy();
      throw error;
    }
  }

  /** A body that is not sent must still learn that nobody reads it. */
  async #discard(body: ApiResponse['body']): Promise<void> {
    if (body === undefined || body instanceof Uint8Array) return;
    await body[Symbol.asyncIterator]().return?.();
  }

  /** Waits until the client took what was written; a client that takes nothing for a minute is cut off. */
  async #drained(): Promise<void> {
    const { outgoing } = this.#messages;
    if (outgoing.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.#clock.timer(stallTimeoutMs, () => {
      outgoing.destroy();
      resolve();
    });
    outgoing.once('drain', resolve).once('close', resolve);
    await promise;
    outgoing.off('drain', resolve).off('close', resolve);
  }
}

/** The two kinds of answers declare the same method with different types. */
function writeHead(outgoing: HttpMessages['outgoing'], status: number, headers: Record<string, string>): void {
  if ('stream' in outgoing) outgoing.writeHead(status, headers);
  else outgoing.writeHead(status, headers);
}

function end(outgoing: HttpMessages['outgoing'], bytes: Uint8Array): void {
  if ('stream' in outgoing) outgoing.end(bytes);
  else outgoing.end(bytes);
}

function write(outgoing: HttpMessages['outgoing'], chunk: Uint8Array): boolean {
  return 'stream' in outgoing ? outgoing.write(chunk) : outgoing.write(chunk);
}
