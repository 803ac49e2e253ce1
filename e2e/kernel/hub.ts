import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { commandPath, nodeOptions } from '../../programs/cli/child.ts';
import { type CommandResult, command, endOf, root } from '../world.ts';

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Longest time until a hub answers after its start. */
const startTimeoutMs = 60_000;
/** What a process that has ended wrote last is read for so long: programs it started may keep the pipe. */
const lastWordsMs = 2_000;

/** The kinds of hub and site without their controllers. */
export const bareKernelPath: string = join(import.meta.dirname, 'bare-kernel.ts');

/** How a hub process is run. */
export interface HubOptions {
  /** Default: the planform command. */
  readonly program?: string;
  /** Which server of the command. Default `hub`. */
  readonly subcommand?: 'hub' | 'kernel';
  /** Default: a new folder that goes away with the hub. */
  readonly dataFolder?: string;
  /** The data folder as this process sees it, where that differs. */
  readonly seenFolder?: string;
  /** Default: a free one. A hub that is started again keeps it. */
  readonly port?: number;
  /** Further words of the command line. Default none. */
  readonly flags?: readonly string[];
  /** Words before the command line: `strace …`, `unshare …`. Default none. */
  readonly wrapper?: readonly string[];
}

/** Whom a request comes from: PEM texts of a client certificate, or a bearer token. */
export interface Identity {
  readonly cert?: string;
  readonly key?: string;
  readonly bearerToken?: string;
}

/** `planform hub` as a process that can be killed and started again on the same data and port. */
export class Hub implements AsyncDisposable {
  readonly dataFolder: string;
  readonly port: number;
  readonly url: string;
  readonly #scratch: string;
  readonly #seenFolder: string;
  readonly #wrapper: readonly string[];
  readonly #program: string;
  readonly #subcommand: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  /** Everything the hub wrote to its standard error, over all starts. */
  log = '';

  private constructor(options: HubOptions, scratch: string, port: number) {
    this.#scratch = scratch;
    this.#wrapper = options.wrapper ?? [];
    this.#program = options.program ?? commandPath;
    this.#subcommand = options.subcommand ?? 'hub';
    this.#flags = options.flags ?? [];
    this.dataFolder = options.dataFolder ?? join(scratch, 'hub');
    this.#seenFolder = options.seenFolder ?? this.dataFolder;
    this.port = port;
    this.url = `https://127.0.0.1:${port}`;
  }

  /** A hub that is not running yet. */
  static async prepare(options: HubOptions = {}): Promise<Hub> {
    const scratch = mkdtempSync(join(tmpdir(), 'planform-hub-'));
    return new Hub(options, scratch, options.port ?? (await freePort()));
  }

  /** A hub that answers. */
  static async start(options: HubOptions = {}): Promise<Hub> {
    const hub = await Hub.prepare(options);
    await hub.start();
    return hub;
  }

  /** A folder for files of the test. */
  get folder(): string {
    return this.#scratch;
  }

  get kubeconfig(): string {
    return join(this.#seenFolder, 'kubeconfig');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts the process and waits until it says that it is ready. @throws {Error} with its log when it ends instead. */
  async start(): Promise<void> {
    const [file = process.execPath, ...args] = [...this.#wrapper, ...this.commandLine()];
    const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node') };
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.log += chunk));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('close', () => reject(new Error(`The hub ended during its start:\n${this.log}`)));
    child.once('message', () => resolve());
    child.once('error', reject);
    const late = () => reject(new Error(`The hub did not answer within ${startTimeoutMs} ms:\n${this.log}`));
    const timer = setTimeout(late, startTimeoutMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process and waits for its end; nothing when it is not running. @throws {Error} when it takes a minute. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await endOf(child, 'The hub');
    await Promise.race([closed, sleep(lastWordsMs, undefined, { ref: false })]);
    child.stderr?.destroy();
  }

  /** Runs the same command line to its end: for starts that are refused. */
  run(...extra: readonly string[]): Promise<CommandResult> {
    const [file = process.execPath, ...args] = [...this.#wrapper, ...this.commandLine(), ...extra];
    return command(file, args, { timeoutMs: 20_000 });
  }

  commandLine(): readonly string[] {
    const folder = ['--data', this.dataFolder, '--port', String(this.port)];
    return [process.execPath, ...nodeOptions, this.#program, this.#subcommand, ...folder, ...this.#flags];
  }

  /** The CA, and the administrator's identity, from the hub's kubeconfig. */
  credentials(): { readonly ca: string; readonly admin: Required<Pick<Identity, 'cert' | 'key'>> } {
    const config = parse(readFileSync(this.kubeconfig, 'utf8')) as {
      clusters: { cluster: Record<string, string> }[];
      users: { user: Record<string, string> }[];
    };
    const decode = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString();
    return {
      ca: decode(config.clusters[0]?.cluster['certificate-authority-data']),
      admin: {
        cert: decode(config.users[0]?.user['client-certificate-data']),
        key: decode(config.users[0]?.user['client-key-data']),
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    if (process.env['KEEP_E2E'] === undefined) rmSync(this.#scratch, { recursive: true, force: true });
  }
}
