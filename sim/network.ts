import type { Random } from '../kernel/base/random.ts';
import { handlerTransport } from '../kernel/client/http/handler-transport.ts';
import type { Transport, TransportRequest, TransportResponse } from '../kernel/client/http/transport.ts';
import { ApiError } from '../kernel/meta/errors.ts';
import type { Credentials } from '../kernel/ports/auth.ts';
import type { RequestHandler } from '../kernel/ports/endpoint.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

/** How a link treats what goes over it. Times in milliseconds; chances from 0 to 1, per request or piece of a stream. */
export interface LinkQuality {
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** A request without a stream arrives a second time, up to `repeatMsMax` later; nobody hears that answer. */
  readonly repeatChance: number;
  readonly repeatMsMax: number;
  /** The request is executed, its answer is lost. */
  readonly lostAnswerChance: number;
  /** The answer takes up to `slowMsMax` longer: others overtake it. */
  readonly slowChance: number;
  readonly slowMsMax: number;
  /** A stream breaks off in the middle of a piece. */
  readonly brokenStreamChance: number;
}

/** A link on which nothing goes wrong. */
export const goodLink: LinkQuality = {
  delayMsMin: 1,
  delayMsMax: 20,
  repeatChance: 0,
  repeatMsMax: 0,
  lostAnswerChance: 0,
  slowChance: 0,
  slowMsMax: 0,
  brokenStreamChance: 0,
};

/**
 * `up`: works. `cut`: connections break at once and new ones are refused. `silent`: nothing arrives and nothing fails,
 * a half-open line; what was sent meanwhile arrives when it ends.
 */
export type LinkState = 'up' | 'cut' | 'silent';

/** A program that answers requests. */
export interface Listener {
  readonly handler: RequestHandler;
  readonly life: Life;
  /** Of the program's own clock and random numbers. */
  readonly options: Omit<Parameters<typeof handlerTransport>[1], 'credentials'>;
}

/** One end dials, the other listens: the link of one site to the hub. */
export interface LinkOptions {
  readonly name: string;
  readonly credentials: Credentials;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trace: Trace;
  /** The hub as it is now; `undefined` while it does not run. */
  readonly listener: () => Listener | undefined;
}

/** How often an agent pings the hub on an open connection, and how long it goes without an answer. */
const pingEveryMs = 5_000;
const pingMsMax = 15_000;
/** How long a program waits for a connection that nobody answers. */
const connectMsMax = 10_000;

/** Counters of what a link did to its traffic. */
export interface LinkCounts {
  requests: number;
  repeats: number;
  lostAnswers: number;
  slowAnswers: number;
  brokenStreams: number;
}

/** The way between one site and the hub. */
export class Link {
  readonly #options: LinkOptions;
  readonly #connections = new Set<Connection>();
  #state: LinkState = 'up';
  #held: (() => void)[] = [];
  quality: LinkQuality = goodLink;
  readonly counts: LinkCounts = { requests: 0, repeats: 0, lostAnswers: 0, slowAnswers: 0, brokenStreams: 0 };

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  get nowMs(): number {
    return this.#options.timeline.nowMs;
  }

  /** Changes the state; what a silent phase held back arrives, in the order it was sent, or is lost with its connection. */
  set(state: LinkState): void {
    if (state === this.#state) return;
    this.note(`link ${state}`);
    this.#state = state;
    if (state === 'cut') this.breakConnections('the network is down');
    if (state === 'silent') return;
    for (const arrive of this.#held.splice(0)) arrive();
  }

  /** Opens a connection for the program behind `life`. @throws {ApiError} `ServiceUnavailable`. */
  async dial(life: Life): Promise<Connection> {
    await this.#travel();
    const listener = this.#options.listener();
    if (this.#state === 'cut' || listener === undefined || !listener.life.isAlive) {
      throw new ApiError(
        'ServiceUnavailable',
        `Cannot connect: ${this.#state === 'cut' ? 'the network is down' : 'connection refused'}`,
      );
    }
    if (this.#state === 'silent') {
      await this.#options.timeline.sleep(connectMsMax);
      throw new ApiError('ServiceUnavailable', 'Cannot connect: no answer');
    }
    await this.#travel();
    const connection = new Connection(this, this.#options, life, listener);
    this.#connections.add(connection);
    return connection;
  }

  /** Both ends learn at once that their connections are gone. */
  breakConnections(reason: string): void {
    for (const connection of this.#connections) connection.break(reason);
  }

  /** Connections of programs that no longer run: the other end learns it, unless the line is silent. */
  breakDead(): void {
    for (const connection of this.#connections) {
      if (!connection.isBetweenLiving) this.carry(() => connection.break('the other end is gone'));
    }
  }

  /** Takes something to the other end: after a delay, later if the line is silent, never if it is cut then. */
  carry(arrive: () => void, notBeforeMs = 0): number {
    const { timeline } = this.#options;
    const dueMs = Math.max(timeline.nowMs + this.delayMs(), notBeforeMs);
    timeline.after(dueMs - timeline.nowMs, () => {
      if (this.#state === 'up') arrive();
      else if (this.#state === 'silent') this.#held.push(arrive);
    });
    return dueMs;
  }

  /** Calls `fire` later, whatever the state of the line. */
  after(delayMs: number, fire: () => void): void {
    this.#options.timeline.after(delayMs, fire);
  }

  /** Whether something of this chance happens now. */
  happens(chance: number): boolean {
    return chance > 0 && this.#options.random.nextFloat() < chance;
  }

  /** Uniform between 0 and `msMax`. */
  someMs(msMax: number): number {
    return Math.floor(this.#options.random.nextFloat() * msMax);
  }

  /** One way, now. */
  delayMs(): number {
    const { delayMsMin, delayMsMax } = this.quality;
    return delayMsMin + this.someMs(delayMsMax - delayMsMin);
  }

  note(text: string): void {
    this.#options.trace.note(this.#options.name, text);
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #travel(): Promise<void> {
    return this.#options.timeline.sleep(this.delayMs());
  }
}

/** A connection from an agent to the hub: any number of requests at a time, each with its own way and fate. */
export class Connection implements Transport {
  readonly #link: Link;
  readonly #agent: Life;
  readonly #listener: Listener;
  readonly #transport: Transport;
  readonly #exchanges = new Set<Exchange>();
  #isOpen = true;

  constructor(link: Link, { credentials }: LinkOptions, agent: Life, listener: Listener) {
    this.#link = link;
    this.#agent = agent;
    this.#listener = listener;
    this.#transport = handlerTransport(listener.handler, { ...listener.options, credentials });
    this.#ping(link.nowMs);
  }

  get isBetweenLiving(): boolean {
    return this.#agent.isAlive && this.#listener.life.isAlive;
  }

  /** Sends a request and waits for the head of its answer. */
  request(request: TransportRequest): Promise<TransportResponse> {
    request.signal.throwIfAborted();
    if (!this.#isOpen) throw unavailable('the connection is closed');
    const exchange = new Exchange(this.#link, request, () => this.#exchanges.delete(exchange));
    this.#exchanges.add(exchange);
    this.#link.counts.requests++;
    const { repeatChance, repeatMsMax } = this.#link.quality;
    const isStream = isStreamRequest(request);
    this.#link.carry(() => exchange.execute(this.#transport, this.#listener.life));
    if (!isStream && this.#link.happens(repeatChance)) this.#repeat(request, this.#link.someMs(repeatMsMax));
    return exchange.head;
  }

  /** Ends the connection for both ends. */
  break(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#link.forget(this);
    for (const exchange of this.#exchanges) exchange.fail(unavailable(reason));
  }

  /** Pings the hub until the connection ends, as the real transport does. */
  #ping(answeredMs: number): void {
    this.#link.after(pingEveryMs, () => {
      if (!this.#isOpen || !this.#agent.isAlive) return;
      const { isAlive } = this.#listener.life;
      if (this.#link.state === 'up' && isAlive) return this.#ping(this.#link.nowMs);
      // A machine that runs again knows nothing of the connection and says so; a silent line says nothing.
      const isReset = this.#link.state === 'up' && !isAlive;
      if (isReset || this.#link.nowMs - answeredMs >= pingMsMax) this.break('no answer to a ping');
      else this.#ping(answeredMs);
    });
  }

  #repeat(request: TransportRequest, afterMs: number): void {
    this.#link.counts.repeats++;
    const again = new Exchange(this.#link, { ...request, signal: new AbortController().signal }, () => undefined);
    // Nobody waits for this answer; whatever it is, it arrives nowhere.
    again.head.catch(() => undefined);
    this.#link.carry(() => {
      this.#link.note(`repeated ${request.method} ${request.path}`);
      again.execute(this.#transport, this.#listener.life);
      again.abandon();
    }, this.#link.nowMs + afterMs);
  }
}

/** One request and its answer on their way. */
class Exchange {
  readonly #link: Link;
  readonly #request: TransportRequest;
  readonly #onEnd: () => void;
  readonly #head = Promise.withResolvers<TransportResponse>();
  readonly #body = new ArrivingBody(() => this.#giveUp());
  /** Aborts at the hub. */
  readonly #hubSide = new AbortController();
  #isOver = false;
  /** Pieces of one answer arrive in order. */
  #lastArrivalMs = 0;

  constructor(link: Link, request: TransportRequest, onEnd: () => void) {
    this.#link = link;
    this.#request = request;
    this.#onEnd = onEnd;
    request.signal.addEventListener('abort', () => this.#giveUp(), { once: true });
  }

  get head(): Promise<TransportResponse> {
    return this.#head.promise;
  }

  /** The request has arrived at the hub. */
  execute(transport: Transport, hub: Life): void {
    if (!hub.isAlive || this.#hubSide.signal.aborted) return;
    void this.#answer(transport, hub);
  }

  /** Breaks off at both ends. */
  fail(error: ApiError): void {
    if (this.#isOver) return;
    this.#end();
    this.#head.reject(error);
    this.#body.fail(error);
    // A hub that does not hear it now hears it when the line is there again.
    const abort = () => this.#hubSide.abort(new DOMException('The connection is gone', 'AbortError'));
    if (this.#link.state === 'silent') this.#link.carry(abort);
    else abort();
  }

  /** Nobody waits for the answer any more, and the hub does not know. */
  abandon(): void {
    this.#isOver = true;
  }

  async #answer(transport: Transport, hub: Life): Promise<void> {
    const { quality } = this.#link;
    const response = await transport
      .request({ ...this.#request, signal: this.#hubSide.signal })
      .catch((error: unknown) => {
        // The request was given up on while the hub worked on it.
        if (this.#hubSide.signal.aborted) return undefined;
        throw error;
      });
    if (response === undefined || !hub.isAlive || this.#isOver) return;
    if (!isStreamRequest(this.#request) && this.#link.happens(quality.lostAnswerChance)) {
      this.#link.counts.lostAnswers++;
      this.#link.note(`lost answer ${response.status} of ${this.#request.method} ${this.#request.path}`);
      this.#send(() => this.fail(unavailable('the connection was reset')));
      return;
    }
    if (this.#link.happens(quality.slowChance)) {
      this.#link.counts.slowAnswers++;
      this.#lastArrivalMs = this.#link.nowMs + this.#link.someMs(quality.slowMsMax);
    }
    this.#send(() => this.#head.resolve({ status: response.status, headers: response.headers, body: this.#body }));
    await this.#sendBody(response.body, hub);
  }

  async #sendBody(body: AsyncIterable<Uint8Array>, hub: Life): Promise<void> {
    try {
      for await (const piece of body) {
        if (!hub.isAlive || this.#isOver) return;
        if (isStreamRequest(this.#request) && this.#link.happens(this.#link.quality.brokenStreamChance)) {
          this.#link.counts.brokenStreams++;
          this.#link.note(`stream broken: ${this.#request.path}`);
          this.#send(() => this.#body.push(piece.subarray(0, piece.byteLength >> 1)));
          this.#send(() => this.fail(unavailable('the stream was reset')));
          return;
        }
        this.#send(() => this.#body.push(piece));
      }
    } catch (error) {
      if (!this.#hubSide.signal.aborted) this.#send(() => this.fail(unavailable(String(error))));
      return;
    }
    if (!hub.isAlive) return;
    this.#send(() => {
      this.#body.finish();
      this.#end();
    });
  }

  #send(arrive: () => void): void {
    this.#lastArrivalMs = this.#link.carry(() => {
      if (!this.#isOver) arrive();
    }, this.#lastArrivalMs);
  }

  /** The agent wants no more of it; the hub hears that later. */
  #giveUp(): void {
    if (this.#isOver) return;
    this.#end();
    const { signal } = this.#request;
    this.#head.reject(signal.aborted ? (signal.reason as Error) : unavailable('given up'));
    if (signal.aborted) this.#body.fail(signal.reason as Error);
    this.#link.carry(() => this.#hubSide.abort(new DOMException('The client is gone', 'AbortError')));
  }

  #end(): void {
    this.#isOver = true;
    this.#onEnd();
  }
}

/** The body of an answer as its pieces arrive. */
class ArrivingBody implements AsyncIterable<Uint8Array> {
  readonly #onLeave: () => void;
  readonly #pieces: Uint8Array[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  finish(): void {
    this.#end ??= { error: undefined };
    this.#wake();
  }

  fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) yield piece;
        else if (this.#end?.error !== undefined) throw this.#end.error;
        else if (this.#end !== undefined) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#onLeave();
    }
  }
}

/** Watches and sessions: their answers go on until somebody ends them. */
function isStreamRequest({ method, path }: TransportRequest): boolean {
  return method === 'GET' && (path.includes('watch=true') || path.endsWith('/session'));
}

function unavailable(why: string): ApiError {
  return new ApiError('ServiceUnavailable', `Cannot reach the hub: ${why}`);
}
