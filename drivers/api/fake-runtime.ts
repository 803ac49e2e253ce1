import type { Clock } from '../../kernel/base/clock.ts';
import { ChangeFeed } from './change-feed.ts';
import type { ContainerSpec, ContainerState, ExecResult, LogOptions, Runtime, RuntimeFeatures } from './runtime.ts';
import { DriverError } from './runtime.ts';

/** What a container on a fake host does once it is started. Everything is optional: by default it runs for ever. */
export interface FakeProgram {
  /** `start` is refused with this instead; nothing is recorded. */
  readonly startFailure?: DriverError;
  /** Ends by itself after this many milliseconds. */
  readonly exitAfterMs?: number;
  /** Exit code when it ends by itself. Default 0. */
  readonly exitCode?: number;
  /** Lines written as it starts. */
  readonly output?: readonly string[];
  /** What TERM does: ends it after so many milliseconds with exit code 143 (default 0 ms), or nothing. */
  readonly onTerm?: { readonly afterMs: number } | 'ignored';
  /** Answers `exec`; default exit code 0 and no output. */
  readonly exec?: (command: readonly string[]) => ExecResult;
}

/** Options of a fake host. */
export interface FakeHostOptions {
  readonly clock: Clock;
  /** Chooses what a container does, each time one is started. Default: it runs for ever. */
  readonly programFor?: (container: ContainerSpec) => FakeProgram;
  /** Default: everything works. */
  readonly features?: RuntimeFeatures;
}

interface FakeLine {
  readonly atMs: number;
  readonly text: string;
}

interface FakeContainer {
  readonly spec: ContainerSpec;
  readonly program: FakeProgram;
  readonly lines: FakeLine[];
  state: ContainerState;
  ending: Disposable | undefined;
}

/**
 * A host in memory. Its containers go on whatever happens to the runtimes opened on it, as real processes outlive the
 * agent: drop a runtime and open another to play an agent that was killed. Deterministic on a virtual clock.
 */
export class FakeHost {
  readonly #clock: Clock;
  readonly #programFor: (container: ContainerSpec) => FakeProgram;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #output = new ChangeFeed();
  readonly #changes = new ChangeFeed();
  readonly features: RuntimeFeatures;
  /** How often each container was really started; idempotent calls do not count. Ids stay after removal. */
  readonly startCounts = new Map<string, number>();
  #nextPid = 1000;

  constructor(options: FakeHostOptions) {
    this.#clock = options.clock;
    this.#programFor = options.programFor ?? (() => ({}));
    this.features = options.features ?? { mounts: true, limits: true, reasons: [] };
  }

  /** What the runtime reports, in order of start. */
  get containers(): readonly ContainerState[] {
    return [...this.#containers.values()].map((container) => container.state);
  }

  /** The spec a container was started with, for tests that look at commands, environment and mounts. */
  specOf(id: string): ContainerSpec {
    return this.#container(id).spec;
  }

  /** Ends a running container from outside, as `kill -9` would (137) or the program itself. */
  exit(id: string, exitCode: number): void {
    const container = this.#container(id);
    if (container.state.status !== 'running') return;
    this.#end(container, { status: 'exited', exitCode });
  }

  /** Appends one line to a container's output. */
  writeLine(id: string, text: string): void {
    this.#container(id).lines.push({ atMs: this.#clock.nowMs(), text });
    this.#output.notify(id);
  }

  /** Everything that runs is gone without an exit code; nobody is told until somebody observes. */
  reboot(): void {
    for (const container of this.#containers.values()) {
      if (container.state.status === 'running') this.#end(container, { status: 'lost' }, { silent: true });
    }
  }

  /** A runtime on this host. Several may be open, one after the other or side by side. */
  openRuntime(): Runtime {
    return {
      name: 'fake',
      version: '0',
      fingerprint: async (signal) => {
        signal.throwIfAborted();
        return this.features;
      },
      start: async (container, signal) => {
        signal.throwIfAborted();
        this.#start(container);
      },
      observe: async (signal) => {
        signal.throwIfAborted();
        return this.containers;
      },
      changes: (signal) => this.#changes.subscribe(signal),
      stop: (id, { graceMs }, signal) => this.#stop(id, graceMs, signal),
      remove: async (id, signal) => {
        signal.throwIfAborted();
        this.#remove(id);
      },
      logs: (id, options, signal) => this.#logs(id, options, signal),
      exec: async (id, command, options, signal) => {
        signal.throwIfAborted();
        return this.#exec(id, command, options.outputBytesMax);
      },
    };
  }

  #start(spec: ContainerSpec): void {
    if (this.#containers.has(spec.id)) return;
    const program = this.#programFor(spec);
    if (program.startFailure !== undefined) throw program.startFailure;
    const startedAtMs = this.#clock.nowMs();
    const { id, podUid, podName, containerName, attempt } = spec;
    const pid = this.#nextPid++;
    const lines = (program.output ?? []).map((text) => ({ atMs: startedAtMs, text }));
    const state = { id, podUid, podName, containerName, attempt, status: 'running', pid, startedAtMs } as const;
    const isolation = {
      pathsRelocated: !this.features.mounts,
      limitsIgnored: asksForLimits(spec) && !this.features.limits,
    };
    const container: FakeContainer = { spec, program, lines, state: { ...state, ...isolation }, ending: undefined };
    this.#containers.set(id, container);
    this.startCounts.set(id, (this.startCounts.get(id) ?? 0) + 1);
    if (program.exitAfterMs !== undefined) this.#endLater(container, program.exitAfterMs, program.exitCode ?? 0);
  }

  #endLater(container: FakeContainer, delayMs: number, exitCode: number): void {
    container.ending?.[Symbol.dispose]();
    container.ending = this.#clock.timer(delayMs, () => this.#end(container, { status: 'exited', exitCode }));
  }

  #end(
    container: FakeContainer,
    end: { readonly status: 'exited' | 'lost'; readonly exitCode?: number },
    { silent = false } = {},
  ): void {
    if (container.state.status !== 'running') return;
    container.ending?.[Symbol.dispose]();
    const { pid: _pid, ...state } = container.state;
    container.state = { ...state, ...end, ...(end.status === 'exited' && { finishedAtMs: this.#clock.nowMs() }) };
    this.#output.notify(container.spec.id);
    if (!silent) this.#changes.notify(container.spec.id);
  }

  async #stop(id: string, graceMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const container = this.#containers.get(id);
    if (container === undefined || container.state.status !== 'running') return;
    const { onTerm = { afterMs: 0 } } = container.program;
    const willEndInTime = onTerm !== 'ignored' && onTerm.afterMs <= graceMs;
    const delayMs = willEndInTime ? onTerm.afterMs : graceMs;
    if (delayMs > 0) {
      if (willEndInTime) this.#endLater(container, delayMs, 143);
      await this.#clock.sleep(delayMs, signal);
    }
    this.#end(container, { status: 'exited', exitCode: willEndInTime ? 143 : 137 });
  }

  #remove(id: string): void {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    if (container.state.status === 'running')
      throw new DriverError('StillRunning', `Cannot remove container "${id}": it is still running`);
    this.#containers.delete(id);
    this.#output.notify(id);
  }

  async *#logs(id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const container = this.#container(id);
    const news = this.#output.subscribe(signal)[Symbol.asyncIterator]();
    try {
      const since = container.lines.findIndex((line) => options.sinceMs === undefined || line.atMs >= options.sinceMs);
      let next = since < 0 ? container.lines.length : since;
      if (options.tailLines !== undefined) next = Math.max(next, container.lines.length - options.tailLines);
      let bytesLeft = options.limitBytes ?? Number.POSITIVE_INFINITY;
      for (;;) {
        for (; next < container.lines.length && bytesLeft > 0; next++) {
          const bytes = encodeLine(container.lines[next] as FakeLine, options.timestamps).subarray(0, bytesLeft);
          bytesLeft -= bytes.byteLength;
          yield bytes;
        }
        const isOver = container.state.status !== 'running' && next >= container.lines.length;
        if (!options.follow || bytesLeft <= 0 || isOver || !this.#containers.has(id)) return;
        if ((await news.next()).done === true) return;
      }
    } finally {
      await news.return?.();
    }
  }

  #exec(id: string, command: readonly string[], outputBytesMax: number): ExecResult {
    const container = this.#container(id);
    if (container.state.status !== 'running')
      throw new DriverError('UnknownContainer', `Cannot run a command in container "${id}": it is not running`);
    const result = container.program.exec?.(command) ?? { exitCode: 0, output: new Uint8Array() };
    return { ...result, output: result.output.subarray(0, outputBytesMax) };
  }

  #container(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new DriverError('UnknownContainer', `Container "${id}" does not exist`);
    return container;
  }
}

function asksForLimits(spec: ContainerSpec): boolean {
  return spec.memoryBytesMax !== undefined || spec.cpuMilliMax !== undefined;
}

function encodeLine(line: FakeLine, withTime: boolean): Uint8Array {
  const prefix = withTime ? `${new Date(line.atMs).toISOString()} ` : '';
  return new TextEncoder().encode(`${prefix}${line.text}\n`);
}
