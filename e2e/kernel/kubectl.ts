import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type CommandResult, command } from '../world.ts';
import type { Hub } from './hub.ts';
import { plain } from './plain.ts';
import { RunningProgram } from './running-program.ts';

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
  start(args: Arguments): RunningProgram {
    return new RunningProgram(this.#path, this.#arguments(args));
  }
}
