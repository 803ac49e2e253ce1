import { type AddressInfo, createServer, type Server } from 'node:net';

/**
 * Sockets that listen on the same port: each takes one connection per turn of the event loop (libuv), so with a single one a client
 * waits a turn for each of those that came before it.
 */
const acceptorCount = 32;

/** Where to listen. */
interface Place {
  readonly host: string;
  readonly port: number;
  /** Whether others may listen there as well. */
  readonly reusePort?: boolean;
}

/**
 * Lets a server listen with several sockets, where the system shares connections out between them (Linux), else with one.
 * @returns all that listen; `server` is told of the connections of each. @throws {Error} `EADDRINUSE` and others of the system.
 */
export async function listenWithMany(server: Server, { host, port }: Place): Promise<readonly Server[]> {
  if (port !== 0) await requireFree({ host, port });
  try {
    await listening(server, { host, port, reusePort: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTSUP')) throw error;
    await listening(server, { host, port });
    return [server];
  }
  const place = { host, port: (server.address() as AddressInfo).port, reusePort: true };
  const others = Array.from({ length: acceptorCount - 1 }, () =>
    createServer((socket) => void server.emit('connection', socket)),
  );
  await Promise.all(others.map((other) => listening(other, place)));
  return [server, ...others];
}

/** Sees that nobody else listens there: sockets that share a port do not notice each other. */
async function requireFree(place: Place): Promise<void> {
  const probe = createServer();
  await listening(probe, place);
  await new Promise((resolve) => void probe.close(resolve));
}

async function listening(server: Server, place: Place): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(place, resolve);
  try {
    await promise;
  } finally {
    server.off('error', reject);
    server.off('listening', resolve);
  }
}
