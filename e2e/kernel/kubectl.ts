import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parse } from 'yaml';
import { type CommandResult, command, eventually } from '../world.ts';
import type { Hub } from './hub.ts';

/** Arguments as one line split at spaces, or as a list where an argument has spaces of its own. */
export type Arguments = string | readonly string[];

/** An unmodified kubectl of one version, pointed at one hub and one namespace. */
export class Kubectl {
  readonly #path: string;
  readonly #hub: Hub;
  readonly namespace: string;
  readonly #kubeconfig: string | undefined;

  /** @param kubeconfig default: the administrator's. */
  constructor(path: string, hub: Hub, namespace = 'default', kubeconfig?: string) {
    this.#path = path;
    this.#hub = hub;
    this.namespace = namespace;
    this.#kubeconfig = kubeconfig;
    mkdirSync(this.#home, { recursive: true });
  }

  /** The same kubectl in a new namespace. */
  async inNew(namespace: string): Promise<Kubectl> {
    assert.equal(await this.ok(`create namespace ${namespace}`), `namespace/${namespace} created\n`);
    return new Kubectl(this.#path, this.#hub, namespace);
  }

  /** The same kubectl as somebody else. @param user credentials as they stand in a kubeconfig; none: anonymous. */
  as(name: string, user: Readonly<Record<string, string>> = {}): Kubectl {
    const config = parse(readFileSync(this.#hub.kubeconfig, 'utf8')) as { users: { user: object }[] };
    for (const entry of config.users) entry.user = user;
    const path = join(this.#home, `${name}.kubeconfig`);
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return new Kubectl(this.#path, this.#hub, this.namespace, path);
  }

  /** Folder of its caches and temporary files. */
  get #home(): string {
    return join(this.#hub.folder, 'kubectl');
  }

  #arguments(args: Arguments): readonly string[] {
    const words = typeof args === 'string' ? args.split(' ').filter((word) => word !== '') : args;
    const common = ['--kubeconfig', this.#kubeconfig ?? this.#hub.kubeconfig, '--cache-dir', join(this.#home, 'cache')];
    return [...common, '--namespace', this.namespace, ...words];
  }

  /** Runs to the end, whatever comes out. @param environment variables such as `KUBE_EDITOR=…`. */
  run(args: Arguments, input = '', environment: readonly string[] = []): Promise<CommandResult> {
    const words = [`TMPDIR=${this.#home}`, ...environment, this.#path, ...this.#arguments(args)];
    return command('env', words, { input, timeoutMs: 30_000 });
  }

  /** What it printed on success. @throws {AssertionError} with what it said otherwise. */
  async ok(args: Arguments, input = '', environment: readonly string[] = []): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input, environment);
    assert.equal(code, 0, `kubectl ${String(args)} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** What it said when it failed, as it must. */
  async refused(args: Arguments, input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    assert.notEqual(code, 0, `kubectl ${String(args)} succeeded: ${stdout}`);
    return stderr.trimEnd();
  }

  /** A table without what differs from run to run: ages are `AGE`, columns are one space apart. */
  async table(args: Arguments): Promise<string> {
    return plain(await this.ok(args));
  }

  /** One field of one object. */
  async field(object: string, path: string): Promise<string> {
    return this.ok(['get', ...object.split(' '), '-o', `jsonpath={${path}}`]);
  }

  /** Starts one that goes on until it is ended or ends by itself. */
  start(args: Arguments): RunningKubectl {
    return new RunningKubectl(this.#path, this.#arguments(args));
  }
}

/** A kubectl that follows something. */
export class RunningKubectl implements AsyncDisposable {
  readonly ended: Promise<number | null>;
  readonly #kill: () => void;
  stdout = '';
  stderr = '';

  constructor(path: string, args: readonly string[]) {
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.ended = new Promise((resolve) => child.once('close', resolve));
    this.#kill = () => child.kill();
  }

  /** Waits until its output matches. */
  async shows(pattern: RegExp): Promise<void> {
    await eventually(`${pattern} in the output`, 10_000, () => {
      if (pattern.test(plain(this.stdout))) return true;
      throw new Error(`it is:\n${this.stdout}${this.stderr}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.ended;
  }
}

/** Text without ages, alignment and colours. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\b(\d+m)?\d+s\b/g, 'AGE')
    .replace(/ +/g, ' ')
    .replace(/ $/gm, '')
    .trim();
}
