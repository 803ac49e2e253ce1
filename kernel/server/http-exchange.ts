import type { Writable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { isFeed } from '../base/feed.ts';
import type { Credentials, UserInfo } from '../ports/auth.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { type BodyBudget, BodyShare, type UserBudgets } from './body-budget.ts';
import type { ChunkTurns } from './chunk-turns.ts';
import { drained, joined, writeFeed } from './feed-writer.ts';
import { readRequestBody } from './http-body.ts';
import type { HttpChannel, RequestHeaders } from './http-channel.ts';
import { credentialsOf, type Peer } from './peer.ts';
import { tooManyUnread } from './server-limits.ts';
import { errorResponse } from './status.ts';
import type { UnreadAnswer, UnreadAnswers } from './unread-answers.ts';

const noQuery = new URLSearchParams();
const noBytes = new Uint8Array();
/** Every request ends with it, so it is made once: its stack says nothing. */
const clientGone = new DOMException('The client has gone', 'AbortError');

/** Memory that the requests of a server share. */
interface ExchangeMemory {
  /** For bodies of requests: those of everybody, and those on this connection. */
  readonly bodies: readonly BodyBudget[];
  readonly ofUsers: UserBudgets;
  /** For answers that clients have not taken yet. */
  readonly unread: UnreadAnswers;
  /** For answers that are made in chunks. */
  readonly turns: ChunkTurns;
}

/** What the requests on one connection have in common. */
export interface ExchangeConnection {
  readonly peer: Peer;
  readonly memory: ExchangeMemory;
  /**
   * Ends the connection: its client takes too little of it, and others need the memory. A stream alone would not do, as what was
   * written to it may wait at the socket already.
   */
  cut(): void;
}

/** What of a streamed answer is in memory at once: a chunk, twice more of it in TLS and at the socket, and what it is made from. */
const streamedBytes = 1024 * 1024;

/** A watcher that is late: a batch of events at its stream, and those that wait for it. */
const lateWatcherBytes = 256 * 1024;
/** What of its events is made at once. */
const watcherBatchBytes = 64 * 1024;

function unreadBytesOf({ body }: ApiResponse): number {
  if (body === undefined) return 0;
  return body instanceof Uint8Array ? body.byteLength : streamedBytes;
}

/** One request over HTTP and its answer. What most requests never look at (query, signal) is made on first use. */
export class HttpExchange implements ApiRequest, Disposable, UnreadAnswer {
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
  readonly #connection: ExchangeConnection;
  readonly #clock: Clock;
  readonly #memory: ExchangeMemory;
  sender = '';
  #isUnread = false;
  lateSinceMs: number | undefined;
  #share: BodyShare | undefined;
  readonly #search: string;
  #query: URLSearchParams | undefined;
  #abort: AbortController | undefined;
  #abortReason: DOMException | undefined;

  constructor(channel: HttpChannel, connection: ExchangeConnection, clock: Clock, requestId: string) {
    const { url } = channel;
    const { peer, memory } = connection;
    const question = url.indexOf('?');
    this.#channel = channel;
    this.#connection = connection;
    this.#clock = clock;
    this.#memory = memory;
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
      if (this.#isUnread) this.#memory.unread.remove(this);
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

  /** Its client takes too long to take the answer, and others need the memory. */
  cut(): void {
    this.#connection.cut();
  }

  hasRoom(): boolean {
    return this.#memory.unread.hasRoom(this.sender, streamedBytes);
  }

  sentBy({ name }: UserInfo): void {
    this.sender = name;
  }

  /** The request is over: whoever needs its body has kept what it needs. */
  [Symbol.dispose](): void {
    this.#share?.[Symbol.dispose]();
  }

  #readBody(bytesMax: number): Promise<Uint8Array> {
    const { incoming, headers } = this.#channel;
    const share = (this.#share ??= new BodyShare(this.#memory.bodies, this.#memory.ofUsers, this.sender));
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
    const { outgoing, sendMessages } = this.#channel;
    if (outgoing.destroyed) return discard(response.body);
    if (response.isLongRunning === true) {
      return sendMessages === undefined ? this.#send(response) : sendMessages(response, this.#clock);
    }
    const { unread } = this.#memory;
    this.#isUnread = unread.add(this, unreadBytesOf(response));
    if (this.#isUnread) return this.#send(response);
    await discard(response.body);
    return this.#send(errorResponse(tooManyUnread()));
  }

  async #send({ status, headers, body }: ApiResponse): Promise<void> {
    const { outgoing } = this.#channel;
    const isHead = this.method === 'HEAD';
    if (body === undefined || body instanceof Uint8Array) {
      const bytes = body ?? noBytes;
      const hasLength = status !== 304 && status !== 204;
      const head = hasLength ? { ...headers, 'content-length': String(bytes.byteLength) } : headers;
      const hasBody = !isHead && bytes.byteLength > 0;
      this.#channel.sendHead(status, head, hasBody);
      this.lateSinceMs = this.#clock.monotonicMs();
      if (hasBody) outgoing.end(bytes);
    } else {
      this.#channel.sendHead(status, headers, !isHead);
      await (isHead ? discard(body) : this.#stream(body));
    }
    this.#channel.finish(this.#clock);
  }

  /** A watcher that does not take its events counts as unread; one that is cut goes on from what it saw last. */
  #writeEvents(bytes: Uint8Array): boolean {
    const { outgoing } = this.#channel;
    const { unread } = this.#memory;
    if (outgoing.write(bytes)) return true;
    // Anew each time: it has taken what was written before.
    this.lateSinceMs = this.#clock.monotonicMs();
    unread.note(this, lateWatcherBytes);
    this.#isUnread = true;
    return false;
  }

  /** Waits until the client took what was written; only so long can it be given up for others. */
  async #taken(): Promise<void> {
    this.lateSinceMs = this.#clock.monotonicMs();
    await drained(this.#channel.outgoing, this.#clock);
    this.lateSinceMs = undefined;
  }

  /** What waits for its turn is not late. */
  async #turn(bytes: number): Promise<void> {
    this.lateSinceMs = undefined;
    await this.#memory.turns.wait(this.#channel.outgoing, this.sender, bytes);
  }

  /** A watcher took its events. One that is behind has its turn with all others that are, and with long lists. */
  async #caughtUp(isBehind: boolean): Promise<void> {
    if (isBehind) await this.#turn(watcherBatchBytes);
    this.#memory.unread.remove(this);
    this.#isUnread = false;
  }

  async #stream(body: AsyncIterable<Uint8Array>): Promise<void> {
    const { outgoing } = this.#channel;
    try {
      if (isFeed(body)) {
        const write = (parts: readonly Uint8Array[]) => this.#writeEvents(joined(parts));
        const taken = (isBehind: boolean) => this.#caughtUp(isBehind);
        return await writeFeed(body, { stream: outgoing, write, taken, end: () => outgoing.end() }, this.#clock);
      }
      for await (const chunk of body) {
        if (outgoing.destroyed || outgoing.writableEnded) return;
        if (!outgoing.write(chunk)) await this.#taken();
        await this.#turn(chunk.byteLength);
      }
      this.lateSinceMs = this.#clock.monotonicMs();
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
