import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect, isIP } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { isRunning, signalProcess } from '../api/processes.ts';
import type { ProcessIdentity } from '../api/processes.ts';
import type { ProxyConfig, ProxyStatus, ServiceProxy } from '../api/proxy.ts';
import { proxyConfigDigest } from '../api/proxy-digest.ts';
import { DriverError } from '../api/runtime.ts';
import { errorCode, isFull } from '../api/system-errors.ts';
import { prepareProgram } from './program.ts';

/** What the driver is given. */
export interface TcpProxyOptions {
  /** Where the proxy finds its configuration and leaves its status; one proxy per folder. */
  readonly folder: string;
  readonly nodeBinaryPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A proxy port that can be let go of while the proxy goes on. */
export interface TcpProxy extends ServiceProxy {
  /** Stops watching over the proxy; it goes on. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A configuration that is not confirmed by then is reported as not confirmed, milliseconds. */
const confirmTimeoutMs = 5000;
/** First and longest wait before a proxy that died is started again, milliseconds. */
const healDelayMs = { first: 20, max: 5000 };
/** Keeps the process small: a young generation of 1 MiB, one helper thread. */
const nodeFlags = ['--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=1'];

/** Attaches to the proxy of a folder if one runs; it is started by the first `apply`. */
export async function openTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const folder = await realpath(options.folder);
  const proxy = new DetachedTcpProxy({ ...options, folder });
  await proxy.attach();
  return proxy;
}

class DetachedTcpProxy implements TcpProxy {
  readonly #options: TcpProxyOptions;
  readonly #lockName: string;
  #queue: Promise<unknown> = Promise.resolve();
  #lifeLine: Socket | undefined;
  #healTimer: Disposable | undefined;
  #healDelayMs = healDelayMs.first;
  #isWanted = false;
  #isClosed = false;

  constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#lockName = `planform-proxy-${createHash('sha256').update(options.folder).digest('hex').slice(0, 32)}`;
  }

  /** Begins to watch over the proxy if it runs. */
  async attach(): Promise<void> {
    if ((await this.#readRunning()) !== undefined) this.#holdLifeLine();
  }

  async apply(config: ProxyConfig, signal: AbortSignal): Promise<void> {
    checkConfig(config);
    await this.#inTurn(() => this.#apply(config, signal));
  }

  async observe(signal: AbortSignal): Promise<ProxyStatus | undefined> {
    signal.throwIfAborted();
    const running = await this.#readRunning();
    if (running === undefined) return undefined;
    const { startTicks: _startTicks, ...status } = running;
    return status;
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#stop(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#healTimer?.[Symbol.dispose]();
    this.#lifeLine?.destroy();
    await this.#queue;
  }

  /** Calls follow each other; a failed one does not keep the next from running. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined); // the caller gets the failure from `result`
    return result;
  }

  async #apply(config: ProxyConfig, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#isWanted = true;
    const digest = proxyConfigDigest(config);
    const running = await this.#readRunning();
    // The file is looked at too: an agent may have died between writing it and the proxy taking it.
    if (running?.configDigest === digest && (await this.#readWrittenDigest()) === digest) return;
    await this.#replaceFile('config.json', JSON.stringify({ digest, listeners: config.listeners }));
    if (running === undefined) await this.#spawn();
    await this.#waitUntilConfirmed(digest, signal);
    this.#holdLifeLine();
    this.#healDelayMs = healDelayMs.first;
  }

  async #stop(signal: AbortSignal): Promise<void> {
    this.#isWanted = false;
    this.#healTimer?.[Symbol.dispose]();
    const { folder, clock } = this.#options;
    const running = await this.#readRunning();
    if (running !== undefined) signalProcess(running.pid, 'SIGTERM');
    for (let delayMs = 5; await isRunning(running); delayMs *= 2) {
      if (delayMs > 1000 && running !== undefined) signalProcess(running.pid, 'SIGKILL');
      await clock.sleep(Math.min(delayMs, 500), signal);
    }
    for (const name of ['config.json', 'status.json']) await rm(join(folder, name), { force: true });
  }

  /** Starts the proxy as a session of its own, without any pipe to this process. */
  async #spawn(): Promise<void> {
    const { folder, nodeBinaryPath } = this.#options;
    const program = await prepareProgram(folder, nodeBinaryPath);
    await using log = await open(join(folder, 'proxy.log'), 'w', 0o600);
    const child = spawn(nodeBinaryPath, [...nodeFlags, program, folder, this.#lockName], {
      cwd: '/',
      detached: true,
      env: { UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'ignore', log.fd],
    });
    const spawned = Promise.withResolvers<void>();
    child
      .once('spawn', () => spawned.resolve())
      .once('error', (cause) =>
        spawned.reject(new DriverError('StartFailed', `Cannot start the proxy with "${nodeBinaryPath}"`, { cause })),
      );
    child.unref();
    await spawned.promise;
  }

  async #waitUntilConfirmed(digest: string, signal: AbortSignal): Promise<void> {
    const { folder, clock } = this.#options;
    let wake = () => {};
    const watcher = watch(folder, () => wake());
    const deadline = AbortSignal.any([signal, clock.timeoutSignal(confirmTimeoutMs)]);
    const wakeUp = () => wake();
    deadline.addEventListener('abort', wakeUp, { once: true });
    try {
      while (!deadline.aborted) {
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if ((await this.#readRunning())?.configDigest === digest) return;
        await changed;
      }
    } finally {
      watcher.close();
    }
    signal.throwIfAborted();
    const log = await readFile(join(folder, 'proxy.log'), 'utf8');
    throw new DriverError(
      'NotConfirmed',
      `The proxy has not confirmed its configuration within ${confirmTimeoutMs} ms: ${log.trim().slice(-500)}`,
    );
  }

  /** A connection to the proxy that nothing is sent on: it closes when the proxy dies, which is then started again. */
  #holdLifeLine(): void {
    if (this.#lifeLine !== undefined || this.#isClosed) return;
    const lifeLine = connect({ path: `\0${this.#lockName}` });
    this.#lifeLine = lifeLine;
    lifeLine.unref();
    lifeLine.on('error', () => lifeLine.destroy());
    lifeLine.on('close', () => {
      this.#lifeLine = undefined;
      this.#healLater();
    });
    lifeLine.resume();
  }

  #healLater(): void {
    if (!this.#isWanted || this.#isClosed) return;
    this.#options.logger.warn('the proxy has died and is started again', { afterMs: this.#healDelayMs });
    this.#healTimer = this.#options.clock.timer(this.#healDelayMs, () => {
      this.#inTurn(() => this.#heal()).catch((error: unknown) => {
        this.#options.logger.error('cannot start the proxy again', { error });
        this.#healLater();
      });
    });
    this.#healDelayMs = Math.min(this.#healDelayMs * 2, healDelayMs.max);
  }

  async #heal(): Promise<void> {
    if (!this.#isWanted || this.#isClosed) return;
    const digest = await this.#readWrittenDigest();
    if (digest === undefined) return;
    // A dying process closes its sockets a moment before it is gone: then the life line breaks again at once.
    if ((await this.#readRunning()) === undefined) {
      await this.#spawn();
      await this.#waitUntilConfirmed(digest, new AbortController().signal);
    }
    this.#holdLifeLine();
  }

  /** What the proxy wrote last, if exactly that process still runs. */
  async #readRunning(): Promise<(ProxyStatus & ProcessIdentity) | undefined> {
    const status = await this.#readJson<ProxyStatus & ProcessIdentity>('status.json');
    return (await isRunning(status)) ? status : undefined;
  }

  async #readWrittenDigest(): Promise<string | undefined> {
    return (await this.#readJson<{ readonly digest: string }>('config.json'))?.digest;
  }

  /** A file that only the driver and its proxy write, always whole. */
  async #readJson<T>(name: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#options.folder, name), 'utf8')) as T;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #replaceFile(name: string, text: string): Promise<void> {
    const path = join(this.#options.folder, name);
    try {
      await writeFile(`${path}.new`, text, { flush: true, mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch (cause) {
      const code = isFull(cause) ? 'Full' : 'StartFailed';
      throw new DriverError(code, `Cannot write "${path}"`, { cause });
    }
  }
}

/** @throws {DriverError} `BadConfig`. */
function checkConfig(config: ProxyConfig): void {
  const seen = new Set<string>();
  for (const { name, address, port, backends } of config.listeners) {
    const isUsable = (place: { readonly address: string; readonly port: number }) =>
      isIP(place.address) !== 0 && Number.isInteger(place.port) && place.port >= 1 && place.port <= 65_535;
    if (!isUsable({ address, port }) || !backends.every(isUsable)) {
      throw new DriverError(
        'BadConfig',
        `Listener "${name}" has an address that is not an IP address, or a port outside 1 … 65535`,
      );
    }
    if (seen.has(`${address}:${port}`))
      throw new DriverError('BadConfig', `Listener "${name}" is the second one on ${address}:${port}`);
    seen.add(`${address}:${port}`);
  }
}
