/**
 * The proxy program: serves the listeners of `config.json` in its folder and confirms in `status.json`. A process of its
 * own without imports from the rest of Planform, so that it stays small and outlives the agent and its upgrades.
 *
 * Arguments: <folder> <name of the abstract socket that makes it the only one>
 * Exit codes: 0 told to end (TERM), 3 another one serves this folder already.
 */
import { readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import process, { argv, exit, pid, stderr } from 'node:process';

interface Backend {
  readonly address: string;
  readonly port: number;
  readonly podUid: string;
}

interface Listener {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly backends: readonly Backend[];
}

interface Config {
  readonly digest: string;
  readonly listeners: readonly Listener[];
}

/** A listener as it is served: what it is told may change while connections go on. */
interface Service {
  told: Listener;
  server: Server | undefined;
  failure: string | undefined;
  /** Counts connections, for round-robin. */
  turn: number;
}

/** Most client connections at a time; more are reset. Each takes two sockets and at most 128 KiB of buffers. */
const connectionsMax = 4096;
/** A backend that has not accepted by then is passed over, milliseconds. Backends are on this host. */
const connectTimeoutMs = 1000;
/** Between tries to open a listener whose address is taken, milliseconds. */
const reopenIntervalMs = 1000;
/** Dead peers are noticed after this long without traffic, milliseconds. */
const keepAliveMs = 30_000;

const [folder = '.', lockName = ''] = argv.slice(2);
const services = new Map<string, Service>();
const startTicks = readStartTicks();
let digestInForce = '';
let connectionCount = 0;
let isApplying = false;
let isChanged = false;

function serveClient(service: Service, client: Socket): void {
  if (connectionCount >= connectionsMax) {
    client.resetAndDestroy();
    return;
  }
  connectionCount++;
  client.once('close', () => connectionCount--);
  client.on('error', () => client.destroy());
  tryBackend(service, client, service.turn++, 0);
}

/** Connects to the next backend in turn; when it does not accept, to the one after it, until all were tried. */
function tryBackend(service: Service, client: Socket, turn: number, attempt: number): void {
  const { backends } = service.told;
  const backend = backends[(turn + attempt) % Math.max(1, backends.length)];
  if (client.destroyed) return;
  if (backend === undefined || attempt >= backends.length) {
    client.resetAndDestroy();
    return;
  }
  const upstream = connect({
    host: backend.address,
    port: backend.port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  });
  const giveUp = () => upstream.destroy();
  const tryNext = () => {
    client.off('close', giveUp);
    clearTimeout(timeout);
    tryBackend(service, client, turn, attempt + 1);
  };
  const timeout = setTimeout(giveUp, connectTimeoutMs);
  client.once('close', giveUp);
  upstream.on('error', giveUp);
  upstream.once('close', tryNext);
  upstream.once('connect', () => {
    clearTimeout(timeout);
    client.off('close', giveUp);
    upstream.off('close', tryNext);
    join(client, upstream);
  });
}

/** Passes bytes both ways with backpressure. An end is passed on by itself, so either side may close first. */
function join(client: Socket, upstream: Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.pipe(to);
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroySoon());
  }
}

function closedServices(): readonly Service[] {
  return [...services.values()].filter((service) => service.server === undefined);
}

/** Takes over what is told; `update` opens what is not open. What stays is not touched; connections of what goes away end by themselves. */
function apply(config: Config): void {
  const told = new Map(config.listeners.map((listener) => [`${listener.address}:${listener.port}`, listener]));
  for (const [address, service] of services) {
    if (told.has(address)) continue;
    service.server?.close();
    services.delete(address);
  }
  for (const [address, listener] of told) {
    const service = services.get(address);
    if (service !== undefined) service.told = listener;
    else services.set(address, { told: listener, server: undefined, failure: undefined, turn: 0 });
  }
  digestInForce = config.digest;
}

async function openService(service: Service): Promise<void> {
  const { address: host, port } = service.told;
  const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };
  const server = createServer(options, (client) => serveClient(service, client));
  service.failure = await new Promise<string | undefined>((resolve) => {
    server.on('error', (error) => resolve(`Cannot listen on ${host}:${port}: ${error.message}`));
    server.listen({ host, port, backlog: 1024 }, () => resolve(undefined));
  });
  service.server = service.failure === undefined ? server : undefined;
}

/** Applies the newest configuration, and again when it changed meanwhile; then says what is in force. */
async function update(): Promise<void> {
  isChanged = true;
  if (isApplying) return;
  isApplying = true;
  try {
    while (isChanged) {
      isChanged = false;
      const config = readConfig();
      if (config !== undefined && config.digest !== digestInForce) apply(config);
      await Promise.all(closedServices().map(openService));
      writeStatus();
    }
  } finally {
    isApplying = false;
  }
}

function readConfig(): Config | undefined {
  try {
    return JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Config;
  } catch (error) {
    stderr.write(`Cannot read the configuration, the old one stays in force: ${String(error)}\n`);
    return undefined;
  }
}

function writeStatus(): void {
  const open = [...services.values()].filter((service) => service.server !== undefined);
  const status = {
    pid,
    startTicks,
    configDigest: digestInForce,
    podUids: [...new Set(open.flatMap((service) => service.told.backends.map((backend) => backend.podUid)))].sort(),
    failures: closedServices().map((service) => ({ name: service.told.name, message: service.failure ?? '' })),
  };
  try {
    writeFileSync(`${folder}/status.json.new`, JSON.stringify(status));
    renameSync(`${folder}/status.json.new`, `${folder}/status.json`);
  } catch (error) {
    stderr.write(`Cannot write the status, connections go on: ${String(error)}\n`);
  }
}

/** Field 22 of /proc/self/stat: with the process number it tells this process from all others. */
function readStartTicks(): string {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** An abstract socket vanishes with its process: whoever holds it is the only one, whoever is connected sees it end. */
function becomeTheOnlyOne(then: () => void): void {
  const lock = createServer((watcher) => watcher.on('error', () => watcher.destroy()).resume());
  lock.on('error', () => exit(3));
  lock.listen(`\0${lockName}`, then);
}

process.on('SIGTERM', () => exit(0));
process.on('SIGHUP', () => undefined);
becomeTheOnlyOne(() => {
  watch(folder, (_event, name) => {
    if (name === 'config.json' || name === null) void update();
  });
  setInterval(() => closedServices().length > 0 && void update(), reopenIntervalMs);
  void update();
});
