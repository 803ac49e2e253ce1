import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { errorText } from '../meta/errors.ts';
import type { ApiResponse, RequestHandler } from '../ports/endpoint.ts';
import { listenWithMany } from './accepting.ts';
import { Arrivals, handshakeArrivals, requestArrivals } from './arrivals.ts';
import { BodyBudget, UserBudgets } from './body-budget.ts';
import { ChunkTurns } from './chunk-turns.ts';
import { compressed, isWorthCompressing } from './compression.ts';
import { http1Channel, http2Channel, type HttpChannel, type RequestHeaders } from './http-channel.ts';
import { type ExchangeConnection, HttpExchange } from './http-exchange.ts';
import { type CutReason, Protection } from './protection.ts';
import { RequestIds } from './request-ids.ts';
import { peerOf, upgradeCredentials } from './peer.ts';
import { AddressCounts, defaultServerLimits, type ServerLimits, tooManyConnections } from './server-limits.ts';
import { errorResponse } from './status.ts';
import { UnreadAnswers } from './unread-answers.ts';

/** A serving certificate and its key, PEM. */
export interface ServingCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What a listener is made of. */
export interface ListenerOptions {
  readonly handler: RequestHandler;
  /** Address to listen on, for example `127.0.0.1`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly serving: ServingCertificate;
  /** Authorities whose client certificates are believed. Certificates are asked for, never required. */
  readonly clientCaPems: readonly string[];
  /** Default: `defaultServerLimits`. */
  readonly limits?: ServerLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where clients that are cut off are counted. Default: in the log alone. */
  readonly protection?: Protection;
}

/** A server that takes requests. */
export interface Listener {
  readonly port: number;
  /**
   * Serves new connections with another certificate. @param clientCaPems authorities believed from now on; default: as before.
   * Where one of before is not among them, all connections end: clients come back with what counts.
   */
  replaceCertificate(serving: ServingCertificate, clientCaPems?: readonly string[]): void;
  /**
   * Stops: takes no connections, tells clients to go elsewhere, ends watches, lets other requests finish for
   * `graceMs` and then cuts what is left.
   */
  stop(graceMs: number): Promise<void>;
}

const unavailableTexts = {
  InUse: 'another process listens there',
  NotAllowed: 'this user is not allowed to',
  NoAddress: 'this machine has no such address',
} as const;
/** What the system says → what that means here. */
const unavailableCodes: Readonly<Record<string, keyof typeof unavailableTexts>> = {
  EADDRINUSE: 'InUse',
  EACCES: 'NotAllowed',
  EADDRNOTAVAIL: 'NoAddress',
  ENOTFOUND: 'NoAddress',
  EAI_AGAIN: 'NoAddress',
};

/** The port cannot be had: pick another one, or another address. */
export class PortUnavailableError extends Error {
  override readonly name = 'PortUnavailableError';
  readonly host: string;
  readonly port: number;
  /** `InUse`: another process listens there; `NotAllowed`: this user may not; `NoAddress`: it is not one of this machine. */
  readonly code: keyof typeof unavailableTexts;

  constructor(host: string, port: number, code: PortUnavailableError['code'], options?: ErrorOptions) {
    super(`Cannot listen on ${host}:${port}: ${unavailableTexts[code]}`, options);
    this.host = host;
    this.port = port;
    this.code = code;
  }
}

const connectionsMax = 20_000;
const headerBytesMax = 32 * 1024;
/** Window per stream, bytes: large enough for uploads over slow links, small enough for many streams. */
const streamWindowBytes = 256 * 1024;
/** Memory one connection may take for its streams, MiB. Watches count towards it. */
const sessionMemoryMiB = 64;
/** Connections of an address beyond those it may have that are told so before more are dropped without a word. */
const refusedConnectionsMax = 100;
const handshakeTimeoutMs = 10_000;
/** Longest time for the headers of an HTTP/1.1 request, and for a whole request without its answer. */
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 75_000;
/** How often it is looked for requests that take longer. */
const slowCheckMs = 5_000;
/** A connection on which nothing happened for so long is closed. Clients ping, or connect again. */
const idleTimeoutMs = 120_000;
const http1Options: ServerOptions = {
  headersTimeout: headersTimeoutMs,
  requestTimeout: requestTimeoutMs,
  keepAliveTimeout: idleTimeoutMs,
  connectionsCheckingInterval: slowCheckMs,
};
/** Idle time after which the system probes whether the other end still lives. */
const probeAfterMs = 30_000;

/** Starts serving. @throws {PortUnavailableError} when the port cannot be had. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const server = createServer(options);
  const connections = new Connections(options);
  connections.attach(server);
  const servers = await listen(server, options);
  for (const one of servers) {
    one.on('error', (error) => options.logger.error('Listener failed', { error: errorText(error) }));
  }
  const { port } = server.address() as AddressInfo;
  let believed = options.clientCaPems;
  return {
    port,
    replaceCertificate(serving, clientCaPems = believed) {
      server.setSecureContext(secureContext({ clientCaPems }, serving));
      if (!believed.every((pem) => clientCaPems.includes(pem))) connections.end();
      believed = clientCaPems;
    },
    stop: (graceMs) => connections.stop(servers, graceMs),
  };
}

function createServer(options: ListenerOptions): Http2SecureServer {
  return createSecureServer({
    ...secureContext(options, options.serving),
    allowHTTP1: true,
    minVersion: 'TLSv1.2',
    requestCert: options.clientCaPems.length > 0,
    rejectUnauthorized: false,
    handshakeTimeout: handshakeTimeoutMs,
    maxSessionMemory: sessionMemoryMiB,
    settings: {
      maxConcurrentStreams: (options.limits ?? defaultServerLimits).streamsPerConnectionMax,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: headerBytesMax,
    },
    http1Options,
  });
}

function secureContext(
  { clientCaPems }: Pick<ListenerOptions, 'clientCaPems'>,
  { certificatePem, keyPem }: ServingCertificate,
) {
  return { cert: certificatePem, key: keyPem, ca: [...clientCaPems] };
}

/** @returns all that listen. */
async function listen(server: Http2SecureServer, { host, port }: ListenerOptions): Promise<readonly Server[]> {
  try {
    return await listenWithMany(server, { host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? unavailableCodes[String(error.code)] : undefined;
    throw code === undefined ? error : new PortUnavailableError(host, port, code, { cause: error });
  }
}

/** What is known of a connection. */
interface Connection extends ExchangeConnection {
  /** Its address, when that has too many. */
  readonly refusedAddress: string | undefined;
}

/** The connections of one listener and the requests on them. */
class Connections {
  readonly #options: ListenerOptions;
  readonly #known = new WeakMap<object, Connection>();
  readonly #limits: ServerLimits;
  readonly #bodies: BodyBudget;
  readonly #ofUsers: UserBudgets;
  readonly #unread: UnreadAnswers;
  readonly #turns: ChunkTurns;
  readonly #arrivals: Arrivals;
  /** By address. */
  readonly #handshakes: Arrivals;
  readonly #protection: Protection;
  readonly #addresses = new AddressCounts();
  /** Addresses and ports of connections too many. */
  readonly #refused = new Set<string>();
  /** By address and port. */
  readonly #sockets = new Map<string, Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #exchanges = new Set<HttpExchange>();
  readonly #longRunning = new Set<HttpExchange>();
  readonly #requestIds: RequestIds;
  #isStopping = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const limits = options.limits ?? defaultServerLimits;
    this.#limits = limits;
    this.#bodies = new BodyBudget(limits.bodiesBytesMax);
    this.#ofUsers = new UserBudgets(limits.bodiesPerUserBytesMax);
    this.#unread = new UnreadAnswers(limits.unreadBytesMax, options.clock);
    this.#turns = new ChunkTurns(options.clock);
    this.#arrivals = new Arrivals(options.clock, requestArrivals);
    this.#handshakes = new Arrivals(options.clock, handshakeArrivals);
    this.#protection = options.protection ?? new Protection(options.clock, options.logger);
    this.#requestIds = new RequestIds(options.random);
  }

  /** Handles everything the server reports. Nothing a client sends may end the process. */
  attach(server: Http2SecureServer): void {
    const { logger } = this.#options;
    // Node begins a handshake with each connection at once; here those of one address wait for those of others.
    const [shakeHands] = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (!this.#addSocket(socket)) return;
      this.#handshakes.begin(socket.remoteAddress, () => {
        if (!socket.destroyed) shakeHands?.call(server, socket);
      });
    });
    server.on('secureConnection', (socket) => socket.on('error', ignoreBrokenConnection));
    server.on('tlsClientError', (error, socket) => {
      logger.debug('TLS handshake failed', { error: errorText(error) });
      socket.destroy(); // Node leaves one that only takes too long to whoever listens here
    });
    server.on('sessionError', (error) => logger.debug('HTTP/2 session failed', { error: errorText(error) }));
    server.on('clientError', refuseBrokenRequest);
    server.on('session', (session) => this.#addSession(session));
    server.on('request', (incoming, outgoing) => {
      // Told apart without the classes of node:http: importing it loads all of fetch, 10 MB and 30 ms.
      if (!('stream' in incoming) && !('stream' in outgoing)) this.#serveHttp1(incoming, outgoing);
    });
    server.on('upgrade', (incoming: IncomingMessage, socket: TLSSocket, firstBytes: Buffer) => {
      void this.#serveUpgrade(incoming, socket, firstBytes);
    });
    // Node turns HTTP/2 streams into `request` events as well. It costs as much as the rest of a small request, so the
    // listener it added for that goes and streams are served as they are.
    server.removeAllListeners('stream');
    server.on('stream', (stream: ServerHttp2Stream, headers) => this.#serveHttp2(stream, headers as RequestHeaders));
  }

  /** @returns false when it is one too many, or gone. */
  #addSocket(socket: Socket): boolean {
    const { remoteAddress } = socket;
    socket.on('error', ignoreBrokenConnection);
    if (remoteAddress === undefined) return this.#drop(socket); // gone already
    // The bound of a server itself would not count those that others took for it.
    if (this.#sockets.size >= connectionsMax) return this.#drop(socket, 'connections');
    const place = placeOf(socket);
    const excess = this.#addresses.add(remoteAddress) - this.#limits.connectionsPerAddressMax;
    socket.on('close', () => {
      this.#addresses.remove(remoteAddress);
      this.#refused.delete(place);
    });
    if (excess > refusedConnectionsMax) return this.#drop(socket, 'address_connections');
    if (excess > 0) this.#refused.add(place);
    socket.setKeepAlive(true, probeAfterMs);
    // Node does it for HTTP/2 only. Without, the last piece of an answer in pieces waits 40 ms for the client's acknowledgement.
    socket.setNoDelay();
    this.#sockets.set(place, socket);
    socket.on('close', () => {
      if (this.#sockets.get(place) === socket) this.#sockets.delete(place);
    });
    return true;
  }

  /** @returns false. */
  #drop(socket: Socket, reason?: CutReason): boolean {
    if (reason !== undefined) this.#protection.count(reason, socket.remoteAddress ?? '');
    socket.destroy();
    return false;
  }

  #addSession(session: ServerHttp2Session): void {
    if (this.#isStopping) return session.destroy();
    this.#sessions.add(session);
    session.on('error', ignoreBrokenConnection);
    // Streams that are open may go on; a connection on which nothing happens makes room for others.
    session.setTimeout(idleTimeoutMs, () => session.close());
    session.on('close', () => {
      this.#sessions.delete(session);
      this.#arrivals.forget(session);
    });
  }

  #serveHttp1(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const connection = this.#connectionOf(incoming.socket, incoming.socket as TLSSocket);
    this.#arrivals.begin(incoming.socket, () => {
      if (outgoing.destroyed) return;
      void this.#serve(
        http1Channel(incoming, outgoing, () => this.#isStopping || connection.refusedAddress !== undefined),
        connection,
      );
    });
  }

  /** Node has let go of the socket: it is answered here and closed, or goes on as a WebSocket. Never rejects. */
  async #serveUpgrade(incoming: IncomingMessage, socket: TLSSocket, firstBytes: Buffer): Promise<void> {
    const connection = this.#connectionOf(socket, socket);
    const { peer, headers } = upgradeCredentials(connection.peer, incoming.headers as RequestHeaders);
    try {
      const { upgradeChannel } = await import('./websocket.ts');
      await this.#serve(upgradeChannel(incoming, socket, firstBytes, headers), { ...connection, peer });
    } catch (error) {
      this.#options.logger.error('Upgrade failed', { error: errorText(error) });
      socket.destroy();
    }
  }

  #serveHttp2(stream: ServerHttp2Stream, headers: RequestHeaders): void {
    const { session } = stream;
    if (session === undefined) return;
    const waiting = this.#arrivals.begin(session, () => this.#serveStream(stream, session, headers));
    if (waiting === 0) return;
    // Its connection may break before anybody serves it: an error nobody listens for would end the process.
    stream.on('error', ignoreBrokenConnection);
    if (waiting === undefined) {
      this.#protection.count('waiting_streams', session.socket?.remoteAddress ?? '');
      return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    }
    // What waits are streams that are open, or were until they were reset: nobody needs so many of those.
    if (waiting > this.#limits.streamsPerConnectionMax) session.destroy();
  }

  #serveStream(stream: ServerHttp2Stream, session: Http2Session, headers: RequestHeaders): void {
    // Most of those that are opened to be reset are so by now, before anything was done for them.
    if (stream.closed || stream.destroyed) return;
    const connection = this.#connectionOf(session, session.socket as TLSSocket);
    void this.#serve(http2Channel(stream, headers), connection);
    if (connection.refusedAddress !== undefined) session.close();
  }

  /** Answers one request; never rejects. */
  async #serve(channel: HttpChannel, connection: Connection): Promise<void> {
    const { handler, clock, logger } = this.#options;
    const exchange = new HttpExchange(channel, connection, clock, this.#requestIds.next());
    this.#exchanges.add(exchange);
    try {
      const { refusedAddress, peer } = connection;
      if (refusedAddress !== undefined) return await exchange.respond(this.#refusal(refusedAddress));
      let response = await handler.handle(exchange);
      if (isWorthCompressing(response, channel.headers['accept-encoding'], peer.isLoopback)) {
        response = await compressed(response);
      }
      if (response.isLongRunning === true) this.#addLongRunning(exchange);
      await exchange.respond(response);
    } catch (error) {
      const { method, path, requestId } = exchange;
      logger.error('Answer failed', { method, path, requestId, error: errorText(error) });
      channel.outgoing.destroy();
    } finally {
      exchange[Symbol.dispose]();
      this.#exchanges.delete(exchange);
      this.#longRunning.delete(exchange);
    }
  }

  #refusal(address: string): ApiResponse {
    return errorResponse(tooManyConnections(address, this.#limits.connectionsPerAddressMax));
  }

  #addLongRunning(exchange: HttpExchange): void {
    this.#longRunning.add(exchange);
    if (this.#isStopping) exchange.abort(serverStops);
  }

  /** What is known of a connection; established once. @param key the session of HTTP/2, the socket of HTTP/1.1. */
  #connectionOf(key: object, socket: TLSSocket): Connection {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const bodies = [this.#bodies, new BodyBudget(this.#limits.bodiesPerConnectionBytesMax)];
    const place = placeOf(socket);
    const refusedAddress = this.#refused.has(place) ? socket.remoteAddress : undefined;
    const memory = { bodies, ofUsers: this.#ofUsers, unread: this.#unread, turns: this.#turns };
    // Neither the session nor the TLS socket will do: they end when what they have written is taken, and it never is.
    const cut = () => {
      const own = this.#sockets.get(place);
      if (own !== undefined) this.#drop(own, 'slow_reader');
    };
    const connection = { peer: peerOf(socket), memory, refusedAddress, cut };
    this.#known.set(key, connection);
    return connection;
  }

  /** Drops every connection; new ones are taken. */
  end(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  async stop(servers: readonly Server[], graceMs: number): Promise<void> {
    this.#isStopping = true;
    const closed = Promise.all(
      servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
    );
    for (const exchange of this.#longRunning) exchange.abort(serverStops);
    for (const session of this.#sessions) session.close();
    using _timer = this.#options.clock.timer(graceMs, () => this.#cut());
    await closed;
  }

  /** The grace is over: gives up every request and drops every connection. */
  #cut(): void {
    const { logger } = this.#options;
    if (this.#exchanges.size > 0) logger.warn('Requests cut off by the stop', { count: this.#exchanges.size });
    for (const exchange of this.#exchanges) exchange.abort(serverStops);
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

const serverStops = new DOMException('The server stops', 'AbortError');

/** Clients may vanish at any time; what they had open learns it from its own `close` event. */
function ignoreBrokenConnection(): void {
  // Nothing to do: the socket or session is destroyed already.
}

/** What is answered to requests that the parser of HTTP/1.1 gives up on, by its code; 400 to all others. */
const brokenRequests: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/** Answers what is not HTTP where the connection still takes it. */
function refuseBrokenRequest({ code = '' }: Error & { readonly code?: string }, socket: Socket): void {
  const status = brokenRequests.get(code) ?? '400 Bad Request';
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  else socket.destroy();
}
