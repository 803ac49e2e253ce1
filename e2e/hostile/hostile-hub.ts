import { once } from 'node:events';
import http2 from 'node:http2';
import type { Loot } from './attacker.ts';

/** How a hostile hub answers. Everything absent is answered as by a hub that has nothing to say. */
export interface Wickedness {
  /** Answer to a sync, merged into a proper one. */
  readonly sync?: object | string;
  /** Lines of the watch of Works. */
  readonly watch?: readonly object[];
  /** Bytes for every blob that is asked for. */
  readonly blob?: (path: string) => Uint8Array | string;
}

/**
 * Somebody who has the serving key of a hub and its address: its sites believe it is their hub.
 * Sites come back every second, and each time compare anew.
 */
export class HostileHub implements AsyncDisposable {
  readonly #server: http2.Http2SecureServer;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  #wickedness: Wickedness = {};
  readonly #watches = new Set<http2.ServerHttp2Stream>();
  /** Comparisons asked for since the last change of mind. */
  syncCount = 0;

  private constructor(server: http2.Http2SecureServer) {
    this.#server = server;
    server.on('session', (session) => {
      this.#sessions.add(session.on('error', () => undefined));
    });
    server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
      stream.on('error', () => undefined);
      void this.#answer(stream, `${headers[':path']}`);
    });
  }

  static async listen(port: number, { cert = '', key = '' }: Loot): Promise<HostileHub> {
    const server = http2.createSecureServer({ cert, key, requestCert: true, rejectUnauthorized: false });
    const hub = new HostileHub(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening'); // throws what the server emits as an error
    return hub;
  }

  /** From now on it answers so. @param isCut ends all connections, so that sites begin anew. */
  turn(wickedness: Wickedness, isCut: boolean): void {
    this.#wickedness = wickedness;
    this.syncCount = 0;
    for (const stream of this.#watches) writeLines(stream, wickedness.watch ?? []);
    if (!isCut) return;
    for (const session of this.#sessions) session.destroy();
    this.#sessions.clear();
  }

  async #answer(stream: http2.ServerHttp2Stream, path: string): Promise<void> {
    const { sync, watch = [], blob } = this.#wickedness;
    const send = (body: unknown) => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      stream.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body));
    };
    stream.resume();
    await once(stream, 'end');
    if (path.endsWith('/sync')) {
      this.syncCount++;
      send(typeof sync === 'string' ? sync : { ...properSync, time: new Date().toISOString(), ...sync });
    } else if (path.endsWith('/heartbeat')) send({ heartbeatSeconds: 1, resync: true });
    else if (path.endsWith('/journal')) send({ sequence: Number.MAX_SAFE_INTEGER });
    else if (path.includes('/blobs/')) send(blob?.(path) ?? 'nothing');
    else if (path.endsWith('/session') || path.includes('watch=')) {
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      writeLines(stream, path.endsWith('/session') ? [{ type: 'OPENED' }] : watch);
      if (path.endsWith('/session')) return;
      this.#watches.add(stream);
      stream.on('close', () => this.#watches.delete(stream));
    } else send({});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.turn({}, true);
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const properSync = {
  hubId: 'hostile',
  hubEpoch: 'hostile',
  heartbeatSeconds: 1,
  resourceVersion: '1',
  current: false,
  buckets: {},
  works: [],
  missing: [],
  more: false,
} as const;

function writeLines(stream: http2.ServerHttp2Stream, lines: readonly object[]): void {
  for (const line of lines) if (!stream.destroyed) stream.write(`${JSON.stringify(line)}\n`);
}
