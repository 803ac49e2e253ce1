import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import http from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The project's root folder. */
export const root = join(import.meta.dirname, '..');

/** What a command left behind. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never throws for an exit code. */
export function command(
  file: string,
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly input?: string; readonly cwd?: string } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      { timeout: options.timeoutMs ?? 60_000, maxBuffer: 64 << 20, cwd: options.cwd ?? root },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    // Many programs end without reading their input: the broken pipe says nothing, their exit code does.
    child.stdin?.on('error', () => undefined).end(options.input ?? '');
  });
}

/** Longest time a process may take to begin or to end; a test that waits for one for ever says nothing. */
const processTimeoutMs = 60_000;

/** Waits until a process has ended, however it does: at once where it has. Kills it after a minute. @throws {Error} then. */
export async function endOf(child: ChildProcess, what: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), processTimeoutMs);
  const startedMs = performance.now();
  await ended;
  clearTimeout(timer);
  if (performance.now() - startedMs >= processTimeoutMs) throw new Error(`${what} did not end within a minute`);
}

/** Waits until a process has written something to its standard output. @throws {Error} when it ends without. */
export async function firstOutput(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('Nobody can read what the process says');
  const over = new AbortController();
  const { signal } = over;
  const ended = once(child, 'close', { signal }).then(([code]) => {
    throw new Error(`The process ended with ${String(code)} and said nothing`);
  });
  try {
    await Promise.race([once(child.stdout, 'data', { signal }), ended]);
  } finally {
    over.abort();
  }
}

/** Path of a real kubectl; `undefined` when tools/e2e-setup.sh has not fetched it. In CI its absence is a failure. */
export function kubectlPath(minor: number): string | undefined {
  return cachedProgram(`kubectl-1.${minor}`);
}

/**
 * Path of a program, or folder, that tools/e2e-setup.sh fetches; `undefined` when it has not. In CI that is a failure,
 * unless the program is made with a tool that not every machine has (Go, Python).
 */
export function cachedProgram(name: string, { isOptional = false } = {}): string | undefined {
  const cache =
    process.env['PLANFORM_TEST_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'planform-tests');
  const path = join(cache, name);
  if (existsSync(path)) return path;
  if (process.env['CI'] !== undefined && !isOptional) throw new Error(`${name} is missing: run tools/e2e-setup.sh`);
  return undefined;
}

/** Waits until `probe` returns something else than `undefined`; fails with its last error after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause: last });
    await delay(100);
  }
}

/** One GET on a new connection. */
export function get(url: string, timeoutMs = 5_000): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false, timeout: timeoutMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', reject);
  });
}

/** A user who keeps asking, on a new connection each time, and counts what fails. */
export class RequestLoop implements AsyncDisposable {
  readonly #running: Promise<void>;
  #stopped = false;
  answerCount = 0;
  readonly failures: string[] = [];
  readonly bodies = new Set<string>();

  constructor(url: string) {
    this.#running = this.#run(url);
  }

  async #run(url: string): Promise<void> {
    while (!this.#stopped) {
      try {
        const { status, body } = await get(url);
        if (status === 200) this.bodies.add(body);
        else this.failures.push(`${new Date().toISOString()} status ${status}`);
        this.answerCount++;
      } catch (error) {
        this.failures.push(`${new Date().toISOString()} ${String(error)}`);
      }
      await delay(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }
}

/** Processes whose command line contains `text` and whose environment contains all of `environment`. */
export function findProcesses(text: string, environment: readonly string[] = []): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text)) return false;
        const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
        return environment.every((wanted) => variables.includes(wanted));
      } catch (error) {
        if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
        throw error;
      }
    })
    .map(Number);
}

/** `planform up` in a folder of its own, with a real kubectl. */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly #kubectl: string;
  #up: ChildProcess | undefined;
  output = '';

  constructor(kubectl: string) {
    this.folder = mkdtempSync(join(tmpdir(), 'planform-e2e-'));
    // Below the range from which the system takes ports by itself; the sites use the ones after it.
    this.port = 12_000 + Math.floor(Math.random() * 8_000);
    this.#kubectl = kubectl;
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Runs `planform up` and waits until it says that it is ready. */
  async up(...args: readonly string[]): Promise<void> {
    const child = spawn(join(root, 'planform'), ['up', '--data', this.data, '--port', String(this.port), ...args], {
      cwd: root,
    });
    this.#up = child;
    const collect = (chunk: string) => (this.output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    await eventually('planform up is ready or has failed', 90_000, () =>
      hasEnded() || this.output.includes('Ctrl-C stops everything.') ? true : undefined,
    );
    if (hasEnded()) throw new Error(`planform up ended with ${child.exitCode ?? child.signalCode}:\n${this.output}`);
  }

  /** Presses Ctrl-C and waits for the end of `planform up`. */
  async down(): Promise<void> {
    const child = this.#up;
    this.#up = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    await endOf(child, 'planform up');
  }

  /** `hub`, `site-1` … */
  kubeconfig(kernel: string): string {
    return kernel === 'hub' ? join(this.data, 'hub', 'kubeconfig') : join(this.data, 'sites', kernel, 'kubeconfig');
  }

  /** Runs kubectl against a kernel. */
  tryKubectl(kernel: string, ...args: readonly string[]): Promise<CommandResult> {
    return command(this.#kubectl, ['--kubeconfig', this.kubeconfig(kernel), ...args]);
  }

  /** Runs kubectl against a kernel; an exit code is a failure. */
  async kubectl(kernel: string, ...args: readonly string[]): Promise<string> {
    const result = await this.tryKubectl(kernel, ...args);
    if (result.code !== 0)
      throw new Error(
        `kubectl ${args.join(' ')} (${kernel}) ended with ${result.code}: ${result.stderr}${result.stdout}`,
      );
    return result.stdout;
  }

  /** kubectl with a manifest on standard input. */
  apply(kernel: string, manifest: string, ...args: readonly string[]): Promise<CommandResult> {
    return command(this.#kubectl, ['--kubeconfig', this.kubeconfig(kernel), 'apply', '-f', '-', ...args], {
      input: manifest,
    });
  }

  async json<T>(kernel: string, ...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(kernel, ...args, '-o', 'json')) as T;
  }

  planform(...args: readonly string[]): Promise<CommandResult> {
    return command(join(root, 'planform'), args);
  }

  /** The process that serves a kernel now. */
  pidOf(kernel: string): number {
    const folder = kernel === 'hub' ? join(this.data, 'hub') : join(this.data, 'sites', kernel);
    return (JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8')) as { pid: number }).pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    if (process.env['KEEP_E2E'] === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}
