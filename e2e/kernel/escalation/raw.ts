import { connect, type TLSSocket } from 'node:tls';
import type { Loot } from '../../hostile/attacker.ts';
import type { Hub } from '../hub.ts';

/** A connection that speaks HTTP/1.1 byte by byte. */
function openRaw(hub: Hub, { cert, key }: Loot): TLSSocket {
  const { ca } = hub.credentials();
  const socket = connect({
    host: '127.0.0.1',
    port: hub.port,
    ca,
    ALPNProtocols: ['http/1.1'],
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  // What an attacker is told by a reset is told by the end as well.
  return socket.on('error', () => undefined);
}

/** Status codes of all answers to these bytes; the connection is left when the server says nothing for a while. */
export function answersTo(hub: Hub, loot: Loot, bytes: string): Promise<readonly number[]> {
  const socket = openRaw(hub, loot);
  const { promise, resolve } = Promise.withResolvers<readonly number[]>();
  let heard = '';
  const finish = () => {
    socket.destroy();
    resolve([...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code)));
  };
  socket.once('secureConnect', () => socket.write(Buffer.from(bytes, 'latin1')));
  socket.setEncoding('latin1').on('data', (chunk: string) => (heard += chunk));
  socket.setTimeout(500, finish);
  socket.once('close', finish);
  return promise;
}

/** Connections that begin a request and never end it. */
export class SlowRequests implements Disposable {
  readonly #sockets: readonly TLSSocket[];
  readonly #timer: NodeJS.Timeout;
  /** How many the server still listens to. */
  openCount: number;

  constructor(hub: Hub, count: number) {
    this.openCount = count;
    this.#sockets = Array.from({ length: count }, () => {
      const socket = openRaw(hub, {});
      socket.once('secureConnect', () => socket.write('GET /api HTTP/1.1\r\nHost: x\r\n'));
      socket.once('close', () => this.openCount--);
      return socket.resume();
    });
    this.#timer = setInterval(() => {
      for (const socket of this.#sockets) if (socket.writable) socket.write('X-Slow: y\r\n');
    }, 1_000);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }
}
