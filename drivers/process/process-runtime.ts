import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { ChangeFeed } from '../api/change-feed.ts';
import type { ProcessIdentity } from '../api/processes.ts';
import { readBootId } from '../api/processes.ts';
import type {
  ContainerSpec,
  ContainerState,
  ExecResult,
  LogOptions,
  Runtime,
  RuntimeFeatures,
} from '../api/runtime.ts';
import { DriverError } from '../api/runtime.ts';
import { isFull } from '../api/system-errors.ts';
import type { ContainerHost } from './container.ts';
import { Container } from './container.ts';
import type { ContainerRecord, DriverFolder } from './container-folder.ts';
import {
  checkContainerId,
  claimForNobody,
  createContainerFolder,
  listContainerIds,
  openDriverFolder,
  readRecord,
  removeContainerFolder,
} from './container-folder.ts';
import type { ContainerPlan } from './container-plan.ts';
import { controlGroupName, fillContainerFolder, planContainer } from './container-plan.ts';
import type { Limits } from './control-groups.ts';
import { makeControlGroups, removeControlGroup } from './control-groups.ts';
import { systemPath } from './environment.ts';
import type { Fingerprint } from './fingerprint.ts';
import { takeFingerprint } from './fingerprint.ts';
import { enterArguments, launch } from './launch.ts';
import { readLog } from './log-reader.ts';
import { runCommand } from './run-command.ts';

/** What the driver is given. */
export interface ProcessRuntimeOptions {
  /** Where it keeps everything; it alone writes there. */
  readonly folder: string;
  /** Planform's own Node; its folder is first in the PATH of every container. */
  readonly nodeBinaryPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of output kept per container, about. Default 30 MiB, at least 4 MiB. */
  readonly logBytesMax?: number;
  /** `never`: relocate mount paths even where mounts work. Default `auto`. */
  readonly mounts?: 'auto' | 'never';
  /** `never`: do without control groups even where they work. Default `auto`. */
  readonly controlGroups?: 'auto' | 'never';
}

/** A runtime that can be let go of without touching what it runs. */
export interface ProcessRuntime extends Runtime {
  /** Stops watching; containers go on. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Finds every container of earlier runs again and begins to watch them. */
export async function openProcessRuntime(options: ProcessRuntimeOptions, signal: AbortSignal): Promise<ProcessRuntime> {
  const { folder, clock, mounts = 'auto', controlGroups = 'auto' } = options;
  const layout = await openDriverFolder(folder);
  const fingerprint = await takeFingerprint({ folder, clock, mounts, controlGroups }, signal);
  const runtime = new DetachedProcessRuntime(options, layout, fingerprint, await readBootId());
  await runtime.recover();
  return runtime;
}

class DetachedProcessRuntime implements ProcessRuntime {
  readonly name = 'process';
  readonly version = '0.1.0';
  readonly #options: ProcessRuntimeOptions;
  readonly #layout: DriverFolder;
  readonly #fingerprint: Fingerprint;
  readonly #host: ContainerHost;
  readonly #containers = new Map<string, Container>();
  readonly #starting = new Map<string, Promise<void>>();
  readonly #feed = new ChangeFeed();
  readonly #exitWatch: FSWatcher;
  #isClosed = false;

  constructor(options: ProcessRuntimeOptions, layout: DriverFolder, fingerprint: Fingerprint, bootId: string) {
    const { clock, logger, logBytesMax = 30 * 1024 * 1024 } = options;
    this.#options = options;
    this.#layout = layout;
    this.#fingerprint = fingerprint;
    const onChange = (container: Container) => this.#look(container);
    this.#host = { layout, bootId, logBytesMax: Math.max(logBytesMax, 4 * 1024 * 1024), clock, logger, onChange };
    this.#exitWatch = watch(layout.exits, { persistent: false }, (_event, name) => this.#onExitFile(name));
    this.#exitWatch.on('error', (error) => logger.error('cannot watch for exits of containers', { error }));
  }

  /** Takes up the containers on disk. Those that a crash kept from being started never will be. */
  async recover(): Promise<void> {
    const recovering = (await listContainerIds(this.#layout)).map(async (id) => {
      const record = await this.#readRecord(id);
      if (record === undefined) return;
      await claimForNobody(this.#layout, id);
      await this.#track(new Container(record, this.#host, false)).attach();
    });
    await Promise.all(recovering);
  }

  fingerprint(): Promise<RuntimeFeatures> {
    return Promise.resolve(this.#fingerprint.features);
  }

  async start(spec: ContainerSpec, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    checkContainerId(spec.id);
    const running = this.#starting.get(spec.id);
    if (running !== undefined) return running;
    if (this.#containers.has(spec.id)) return;
    // Not aborted half way: a start takes milliseconds, is bounded, and ends in one of two clear states.
    const starting = this.#start(spec).finally(() => this.#starting.delete(spec.id));
    this.#starting.set(spec.id, starting);
    return starting;
  }

  async observe(signal: AbortSignal): Promise<readonly ContainerState[]> {
    signal.throwIfAborted();
    return Promise.all([...this.#containers.values()].map((container) => container.observe()));
  }

  changes(signal: AbortSignal): AsyncIterable<string> {
    return this.#feed.subscribe(signal);
  }

  async stop(id: string, { graceMs }: { readonly graceMs: number }, signal: AbortSignal): Promise<void> {
    await this.#starting.get(id)?.catch(() => undefined); // whoever started it is told
    signal.throwIfAborted();
    const container = this.#containers.get(id);
    if (container === undefined) return;
    if ((await container.observe()).status === 'running' && graceMs > 0) {
      await container.terminate();
      await this.#waitUntilOver(container, graceMs, signal);
    }
    await container.kill(signal);
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const container = this.#containers.get(id);
    if (container === undefined) return;
    if ((await container.observe()).status === 'running') {
      throw new DriverError('StillRunning', `Cannot remove container "${id}": it is still running`);
    }
    await container.detach();
    for (const folder of container.record.controlGroups) await removeControlGroup(folder, this.#options.clock, signal);
    await removeContainerFolder(this.#layout, id);
    this.#containers.delete(id);
  }

  async *logs(id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const container = this.#container(id);
    const source = { path: container.logPath, times: await container.times(), over: container.over };
    yield* readLog(source, options, this.#options.clock, signal);
  }

  async exec(
    id: string,
    command: readonly string[],
    options: { readonly timeoutMs: number; readonly outputBytesMax: number },
    signal: AbortSignal,
  ): Promise<ExecResult> {
    const { record, program } = await this.#running(id);
    const { view } = this.#fingerprint;
    const namespaces = record.hasUserNamespace ? ['--user', '--preserve-credentials', '--mount'] : ['--mount'];
    const enter =
      view.mounts && !record.pathsRelocated ? ['nsenter', '--target', String(program.pid), ...namespaces, '--'] : [];
    const joining = enterArguments({ ...record, folder: '', mode: 'join', command });
    await using env = await open(join(this.#layout.containers, id, 'env'), 'r');
    const order = { command: [...enter, ...joining], env: { PATH: systemPath }, descriptor3: env.fd, ...options };
    return await runCommand(order, this.#options.clock, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#exitWatch.close();
    await Promise.allSettled(this.#starting.values());
    for (const container of this.#containers.values()) await container.detach();
  }

  async #start(spec: ContainerSpec): Promise<void> {
    try {
      const plan = this.#plan(spec);
      await createContainerFolder(this.#layout, plan.record, (folder, finalFolder) =>
        fillContainerFolder(plan, spec.mounts, folder, finalFolder),
      );
      await this.#launch(this.#track(new Container(plan.record, this.#host, true)), spec);
    } catch (error) {
      throw asDriverError(error, spec.id);
    }
  }

  #plan(spec: ContainerSpec): ContainerPlan {
    const { nodeBinaryPath, clock } = this.#options;
    const { layout, bootId } = this.#host;
    return planContainer(spec, {
      layout,
      bootId,
      nodeBinaryPath,
      fingerprint: this.#fingerprint,
      nowMs: clock.nowMs(),
    });
  }

  /** From here on the container is on record; what cannot be started is removed again. */
  async #launch(container: Container, limits: Limits): Promise<void> {
    const { view, controlGroups } = this.#fingerprint;
    const { record, id, logPath } = container;
    try {
      if (controlGroups !== undefined) await makeControlGroups(controlGroups, controlGroupName(id), limits);
      const [containerFolder, exitPath] = [join(this.#layout.containers, id), join(this.#layout.exits, id)];
      await launch({ ...record, containerFolder, exitPath, logPath, view }, this.#options.clock);
      await container.launched();
    } catch (error) {
      await container.launched();
      const { signal } = new AbortController();
      await container.kill(signal);
      await this.remove(id, signal);
      throw error;
    }
  }

  #track(container: Container): Container {
    this.#containers.set(container.id, container);
    void container.over.then(() => this.#feed.notify(container.id));
    return container;
  }

  /** A damaged record is left alone for a person to look at; the others go on. */
  async #readRecord(id: string): Promise<ContainerRecord | undefined> {
    try {
      return await readRecord(this.#layout, id);
    } catch (error) {
      this.#options.logger.error('cannot read the record of a container', { error, containerId: id });
      return undefined;
    }
  }

  async #waitUntilOver(container: Container, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const ending = Promise.withResolvers<void>();
    const end = () => ending.resolve();
    using _timeout = this.#options.clock.timer(timeoutMs, end);
    signal.addEventListener('abort', end, { once: true });
    await Promise.race([container.over, ending.promise]);
    signal.removeEventListener('abort', end);
    signal.throwIfAborted();
  }

  #onExitFile(name: string | null): void {
    const named = name === null ? undefined : this.#containers.get(name);
    // Without a name, or when events were lost, every container is looked at.
    for (const container of name === null ? this.#containers.values() : named === undefined ? [] : [named])
      this.#look(container);
  }

  #look(container: Container): void {
    if (this.#isClosed || container.isOver) return;
    container.observe().catch((error: unknown) => {
      this.#options.logger.error('cannot observe a container', { error, containerId: container.id });
    });
  }

  #container(id: string): Container {
    const container = this.#containers.get(id);
    if (container === undefined) throw new DriverError('UnknownContainer', `Container "${id}" does not exist`);
    return container;
  }

  async #running(id: string): Promise<{ readonly record: ContainerRecord; readonly program: ProcessIdentity }> {
    const container = this.#container(id);
    await this.#starting.get(id);
    const { status } = await container.observe();
    if (status !== 'running' || container.program === undefined) {
      throw new DriverError('UnknownContainer', `Cannot run a command in container "${id}": it is not running`);
    }
    return { record: container.record, program: container.program };
  }
}

/** Names a failure to prepare a container by what the caller can do about it. */
function asDriverError(error: unknown, id: string): Error {
  if (error instanceof DriverError) return error;
  const [code, problem] = isFull(error) ? ['Full', 'no space is left'] : ['StartFailed', 'it cannot be prepared'];
  return new DriverError(code, `Cannot start container "${id}": ${problem}`, { cause: error });
}
