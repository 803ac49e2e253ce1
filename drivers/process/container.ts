import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { ContainerState } from '../api/runtime.ts';
import { DriverError } from '../api/runtime.ts';
import type { ContainerRecord, DriverFolder } from './container-folder.ts';
import { publishExit, readExit, readProgram, readSupervisor } from './container-folder.ts';
import { hasRunOutOfMemory, listMembers } from './control-groups.ts';
import { containerMarkName } from './environment.ts';
import { LogKeeper, readLogTimes } from './log-keeper.ts';
import type { LogTimes } from './log-times.ts';
import type { ProcessIdentity } from '../api/processes.ts';
import { hasEnvironmentEntry, isRunning, listProcesses, readProcess, signalProcess } from '../api/processes.ts';
import { errorCode } from '../api/system-errors.ts';

/** What containers share. */
export interface ContainerHost {
  readonly layout: DriverFolder;
  readonly bootId: string;
  readonly logBytesMax: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when a container's state may have changed. */
  readonly onChange: (container: Container) => void;
}

/** First and longest wait between looks at a program whose life line is closed, milliseconds. */
const lookDelayMs = { first: 2, max: 1000 };
/** Rounds of KILL before giving up on a process that does not die (it hangs in the kernel). */
const killRoundsMax = 40;
/** Rounds of KILL for what a program left running, with waits doubling from 1 ms: half a second in all. */
const sweepRoundsMax = 9;

/** One recorded container: what is true of it is read from disk and the process table, never remembered, until it is over. */
export class Container {
  readonly record: ContainerRecord;
  readonly #host: ContainerHost;
  readonly #over = Promise.withResolvers<void>();
  #isLaunching: boolean;
  #isDetached = false;
  #program: { readonly identity: ProcessIdentity; readonly startedAtMs: number } | undefined;
  #ending: Promise<ContainerState> | undefined;
  #final: ContainerState | undefined;
  #lifeLine: Socket | undefined;
  #lookTimer: Disposable | undefined;
  #keeper: LogKeeper | undefined;
  #times: LogTimes | undefined;

  /** @param isLaunching it is being started right now; call `launched` when that is done. */
  constructor(record: ContainerRecord, host: ContainerHost, isLaunching: boolean) {
    this.record = record;
    this.#host = host;
    this.#isLaunching = isLaunching;
  }

  get id(): string {
    return this.record.id;
  }

  /** Resolves when it runs no more. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get isOver(): boolean {
    return this.#final !== undefined;
  }

  get logPath(): string {
    return join(this.#host.layout.logs, `${this.id}.log`);
  }

  /** The program, once it is executed. */
  get program(): ProcessIdentity | undefined {
    return this.#program?.identity;
  }

  /** The start is done: the program runs (or has run). */
  async launched(): Promise<void> {
    this.#isLaunching = false;
    await this.attach();
  }

  /** Watches over a container that runs; nothing happens when it is over. */
  async attach(): Promise<void> {
    if ((await this.observe()).status !== 'running') return;
    this.#times = await readLogTimes(this.#timesPath);
    const { clock, logger, logBytesMax } = this.#host;
    this.#keeper = new LogKeeper(this.#times, {
      logPath: this.logPath,
      timesPath: this.#timesPath,
      logBytesMax,
      clock,
      logger,
    });
    this.#keeper.start();
    if (!this.isOver && !this.#isDetached) this.#holdLifeLine();
    this.#host.onChange(this);
  }

  /** Stops watching; the container itself goes on. */
  async detach(): Promise<void> {
    this.#isDetached = true;
    this.#lifeLine?.destroy();
    this.#lookTimer?.[Symbol.dispose]();
    await this.#keeper?.close();
  }

  /** What is true now. Once it has ended, everything that is left of it is killed before this says so. */
  async observe(): Promise<ContainerState> {
    if (this.#final !== undefined) return this.#final;
    if (this.#ending === undefined && (await this.#runs())) {
      return this.#state({ status: 'running', ...(this.program !== undefined && { pid: this.program.pid }) });
    }
    this.#ending ??= this.#end().catch((error: unknown) => {
      this.#ending = undefined; // tried again by the next look
      throw error;
    });
    return this.#ending;
  }

  /** Processes of the container, the supervisor left out. */
  async members(): Promise<readonly number[]> {
    const [group] = this.record.controlGroups;
    if (this.record.bootId !== this.#host.bootId) return [];
    if (group !== undefined) return listMembers(group);
    const rows = await listProcesses();
    const leader = rows.find((row) => row.pid === this.program?.pid && row.startTicks === this.program.startTicks);
    const members: number[] = [];
    for (const { pid, session } of rows) {
      if (
        (leader !== undefined && session === leader.pid) ||
        (await hasEnvironmentEntry(pid, `${containerMarkName}=${this.id}`))
      )
        members.push(pid);
    }
    return members;
  }

  /** Sends TERM once to every process of the container: to the program's group at one stroke, to others one by one. */
  async terminate(): Promise<void> {
    const group = (await isRunning(this.program)) ? this.program?.pid : undefined;
    if (group !== undefined) signalProcess(-group, 'SIGTERM');
    for (const pid of await this.members()) {
      if (group === undefined || (await readProcess(pid))?.group !== group) signalProcess(pid, 'SIGTERM');
    }
  }

  /** Kills until nothing of the container runs. @throws {DriverError} `TimedOut`. */
  async kill(signal: AbortSignal): Promise<void> {
    for (let round = 0; round < killRoundsMax; round++) {
      if ((await this.#killMembers()) === 0 && (await this.observe()).status !== 'running') return;
      await this.#host.clock.sleep(Math.min(2 * 2 ** round, 250), signal);
    }
    throw new DriverError('TimedOut', `Cannot end container "${this.id}": some process of it does not die`);
  }

  /** When its output was written. */
  async times(): Promise<LogTimes> {
    this.#times ??= await readLogTimes(this.#timesPath);
    return this.#times;
  }

  get #timesPath(): string {
    return join(this.#host.layout.logs, `${this.id}.times`);
  }

  /** Whether it runs, is being started, or its supervisor is about to write the exit code. */
  async #runs(): Promise<boolean> {
    const { layout, bootId } = this.#host;
    if (this.record.bootId !== bootId) return false;
    if (this.#isLaunching) return true;
    this.#program ??= await readProgram(layout, this.id);
    if (await isRunning(this.#program?.identity)) return true;
    return (await isRunning(await readSupervisor(layout, this.id))) && (await readExit(layout, this.id)) === undefined;
  }

  /** Called once it does not run. */
  async #end(): Promise<ContainerState> {
    const { layout, clock } = this.#host;
    await this.#sweep();
    const exit = (await readExit(layout, this.id)) ?? (await publishExit(layout, this.id, clock.nowMs()));
    const [group] = this.record.controlGroups;
    const outOfMemory = group !== undefined && (await hasRunOutOfMemory(group));
    const status = exit.exitCode === undefined ? 'lost' : 'exited';
    await this.#keeper?.finish();
    this.#final = this.#state({ status, ...exit, ...(outOfMemory && { outOfMemory }) });
    this.#lifeLine?.destroy();
    this.#lookTimer?.[Symbol.dispose]();
    this.#over.resolve();
    return this.#final;
  }

  /** Kills what the program left running and waits until it is gone: the next attempt may want its ports. */
  async #sweep(): Promise<void> {
    const { signal } = new AbortController();
    for (let round = 0; round < sweepRoundsMax && (await this.#killMembers()) > 0; round++) {
      await this.#host.clock.sleep(2 ** round, signal);
    }
  }

  /** @returns how many there were. */
  async #killMembers(): Promise<number> {
    const members = await this.members();
    for (const pid of members) signalProcess(pid, 'SIGKILL');
    return members.length;
  }

  #state(
    changing: Pick<ContainerState, 'status' | 'pid' | 'exitCode' | 'finishedAtMs' | 'outOfMemory'>,
  ): ContainerState {
    const { id, podUid, podName, containerName, attempt, pathsRelocated, limitsIgnored } = this.record;
    const startedAtMs = this.#program?.startedAtMs ?? this.record.createdAtMs;
    return { id, podUid, podName, containerName, attempt, pathsRelocated, limitsIgnored, startedAtMs, ...changing };
  }

  /**
   * Holds the reading end of the pipe that the supervisor and the program hold the other end of: it closes when both
   * are gone, also when the supervisor was killed and nobody is left to write an exit code.
   */
  #holdLifeLine(): void {
    try {
      const fd = openSync(
        join(this.#host.layout.containers, this.id, 'alive'),
        constants.O_RDONLY | constants.O_NONBLOCK,
      );
      this.#lifeLine = new Socket({ fd, readable: true, writable: false });
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      return this.#lookAgain(lookDelayMs.first);
    }
    this.#lifeLine.unref();
    this.#lifeLine.on('error', () => undefined).on('close', () => this.#lookAgain(lookDelayMs.first));
    this.#lifeLine.resume();
  }

  /**
   * The life line is closed. Most often the program is about to be gone (its files are closed a moment before); else it
   * has closed its end itself and lost its supervisor, and nothing tells when it ends: the only case that polls.
   */
  #lookAgain(delayMs: number): void {
    if (this.isOver || this.#isDetached) return;
    this.#host.onChange(this);
    this.#lookTimer = this.#host.clock.timer(delayMs, () => this.#lookAgain(Math.min(delayMs * 2, lookDelayMs.max)));
  }
}
