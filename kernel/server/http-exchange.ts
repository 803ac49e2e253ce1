import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { isFeed } from '../base/feed.ts';
import type { Credentials } from '../ports/auth.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { type BodyBudget, BodyShare } from './body-budget.ts';
import { drained, joined, writeFeed } from './feed-writer.ts';
import { readRequestBody } from './http-body.ts';
import type { HttpChannel, RequestHeaders } from './http-channel.ts';
import { credentialsOf, type Peer } from './peer.ts';

const noQuery = new URLSearchParams();
const noBytes = new Uint8Array();
/** Every request ends with it, so it is made once: its stack says nothing. */
const clientGone = new DOMException('The client has gone', 'AbortError');

/** One request over HTTP and its answer. What most requests never look at (query, signal) is made on first use. */
export class HttpExchange implements ApiRequest, Disposable {
  readonly method: string;
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly credentials: Credentials;
  readonly receivedAtMs: number;
  readonly requestId: string;
  readonly uri: string;
  readonly remoteAddresses: readonly string[];
  readonly readBody: (bytesMax: number) => Promise<Uint8Array>;
  readonly #channel: HttpChannel;
  readonly #clock: Clock;
  readonly #budgets: readonly BodyBudget[];
  #share: BodyShare | undefined;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;
  #abortReason: DOMException | undefined;
  #held: Disposable | undefined;

  /** @param budgets memory for bodies that this request shares with others. */
  constructor(channel: HttpChannel, peer: Peer, budgets: readonly BodyBudget[], clock: Clock, requestId: string) {
    const { url } = channel;
    const question = url.indexOf('?');
    this.#channel = channel;
    this.#clock = clock;
    this.#budgets = budgets;
    this.method = channel.method;
    this.path = question < 0 ? url : url.slice(0, question);
    this.#search = question < 0 ? '' : url.slice(question + 1);
    this.headers = channel.headers;
    this.receivedAtMs = clock.nowMs();
    this.credentials = credentialsOf(peer, channel.headers['authorization'], this.receivedAtMs);
    this.requestId = requestId;
    this.uri = url;
    this.remoteAddresses = peer.addresses;
    this.readBody = (bytesMax) => this.#readBody(bytesMax);
    channel.outgoing.on('error', ignoreBrokenChannel);
    channel.outgoing.on('close', () => {
      this.#held?.[Symbol.dispose]();
      this.abort(clientGone);
    });
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

  whenSent(held: Disposable): void {
    if (this.#channel.outgoing.closed) held[Symbol.dispose]();
    else this.#held = held;
  }

  /** The request is over: whoever needs its body has kept what it needs. */
  [Symbol.dispose](): void {
    this.#share?.[Symbol.dispose]();
  }

  #readBody(bytesMax: number): Promise<Uint8Array> {
    const { incoming, headers } = this.#channel;
    const share = (this.#share ??= new BodyShare(this.#budgets));
    return readRequestBody({ incoming, announced: headers['content-length'], share, clock: this.#clock }, bytesMax);
  }

  /** Gives the request up: its signal aborts. Later calls change nothing. */
  abort(reason: DOMException): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#abort?.abort(reason);
  }

  /** Sends the answer, as fast as the client takes it. @throws whatever the body throws; the answer is then cut. */
  async respond(response: ApiResponse): Promise<void> {
    const { status, headers, body } = response;
    const { outgoing, sendMessages } = this.#channel;
    if (outgoing.destroyed) return discard(body);
    if (response.isLongRunning === true && sendMessages !== undefined) return sendMessages(response, this.#clock);
    const isHead = this.method === 'HEAD';
    if (body === undefined || body instanceof Uint8Array) {
      const bytes = body ?? noBytes;
      const hasLength = status !== 304 && status !== 204;
      const head = hasLength ? { ...headers, 'content-length': String(bytes.byteLength) } : headers;
      const hasBody = !isHead && bytes.byteLength > 0;
      this.#channel.sendHead(status, head, hasBody);
      if (hasBody) outgoing.end(bytes);
    } else {
      this.#channel.sendHead(status, headers, !isHead);
      await (isHead ? discard(body) : this.#stream(body));
    }
    this.#channel.finish(this.#clock);
  }

  async #stream(body: AsyncIterable<Uint8Array>): Promise<void> {
    const { outgoing } = this.#channel;
    try {
      if (isFeed(body)) {
        const sink = { stream: outgoing, write: (parts: readonly Uint8Array[]) => outgoing.write(joined(parts)) };
        return await writeFeed(body, { ...sink, end: () => outgoing.end() }, this.#clock);
      }
      for await (const chunk of body) {
        if (outgoing.destroyed || outgoing.writableEnded) return;
        if (!outgoing.write(chunk)) await drained(outgoing, this.#clock);
      }
      outgoing.end();
    } catch (error) {
      outgoing.destroy();
      throw error;
    }
  }
}

/** A body that is not sent must still learn that nobody reads it. */
async function discard(body: ApiResponse['body']): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) return;
  await body[Symbol.asyncIterator]().return?.();
}

/** Clients may vanish at any time; the exchange learns it from the `close` that follows. */
function ignoreBrokenChannel(this: Writable): void {
  // Nothing to do: the channel destroys itself.
}
