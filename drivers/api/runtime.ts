/**
 * A runtime: a driver that runs containers of pods on this host. Everything it starts outlives the agent; after a
 * restart `observe` finds it again. Calls are idempotent by container id.
 */
export interface Runtime {
  /** `process`, `podman` …; shown as `node.status.nodeInfo.containerRuntimeVersion`. */
  readonly name: string;
  readonly version: string;
  /** Looks at the host once and says what works here. */
  fingerprint(signal: AbortSignal): Promise<RuntimeFeatures>;
  /**
   * Starts a container; does nothing when one with this id exists in any state.
   * @throws {DriverError} `StartFailed`, `PathUnusable`, `Full`; then nothing of it runs or is kept.
   */
  start(container: ContainerSpec, signal: AbortSignal): Promise<void>;
  /** All containers the driver keeps on this host, running or exited, found from disk and the process table. */
  observe(signal: AbortSignal): Promise<readonly ContainerState[]>;
  /** Yields the id of a container whenever its state may have changed (exit noticed). Level-triggered: observe then. Listens from the call on; ends when the signal aborts. */
  changes(signal: AbortSignal): AsyncIterable<string>;
  /** TERM to the process group, KILL after `graceMs`; resolves when nothing of it runs any more. Nothing happens when it does not exist. @throws {DriverError} `TimedOut` when it cannot be killed. */
  stop(id: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void>;
  /** Forgets an exited container: its records, scratch space and logs. Nothing happens when it does not exist. @throws {DriverError} `StillRunning`. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** Output of a container. @throws {DriverError} `UnknownContainer`. */
  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Runs a command inside the container's view of the files. @throws {DriverError} `UnknownContainer`, `TimedOut`. */
  exec(
    id: string,
    command: readonly string[],
    options: { readonly timeoutMs: number; readonly outputBytesMax: number },
    signal: AbortSignal,
  ): Promise<ExecResult>;
}

/** What the host allows. */
export interface RuntimeFeatures {
  /** Containers get their own mount namespace, so that mountPaths are real. */
  readonly mounts: boolean;
  /** Memory and CPU limits are enforced. */
  readonly limits: boolean;
  /** For people: why something does not work here; empty when all does. */
  readonly reasons: readonly string[];
}

/** A directory or file put into the container's view. */
export interface ContainerMount {
  /** Absolute path inside the container. */
  readonly path: string;
  /** Absolute path on the host; exists. */
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** Everything needed to run one container once. */
export interface ContainerSpec {
  /** Unique for this run: `<pod uid>.<container name>.<attempt>`; safe as a file name. */
  readonly id: string;
  readonly podUid: string;
  /** `namespace/name` of the pod, for people. */
  readonly podName: string;
  readonly containerName: string;
  /** Counts restarts from 0. */
  readonly attempt: number;
  /** Program and arguments; at least one item. `$(PLANFORM_ROOT)` in items, env values and workingDir is replaced by the folder under which mountPaths lie (empty text when mounts are real). */
  readonly command: readonly string[];
  /** Complete environment but for what the driver adds (PATH begins with Planform's own Node, PLANFORM_ROOT). */
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly mounts: readonly ContainerMount[];
  readonly memoryBytesMax?: number;
  /** CPU time per second, thousandths of a core. */
  readonly cpuMilliMax?: number;
}

/** What is known of a container from disk and the process table. */
export interface ContainerState {
  readonly id: string;
  readonly podUid: string;
  readonly podName: string;
  readonly containerName: string;
  readonly attempt: number;
  /** `lost`: it runs no more and left no exit code (host rebooted). */
  readonly status: 'running' | 'exited' | 'lost';
  readonly pid?: number;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  /** 0 … 255; 128 + signal number when killed by a signal. */
  readonly exitCode?: number;
  /** The kernel killed a process of it because its memory limit was reached. */
  readonly outOfMemory?: boolean;
  /** Mount paths lie under PLANFORM_ROOT because the host does not allow mount namespaces. */
  readonly pathsRelocated: boolean;
  /** Limits asked for but not enforced here. */
  readonly limitsIgnored: boolean;
}

/** Which part of the output. */
export interface LogOptions {
  readonly follow: boolean;
  /** Only the last so many lines; absent: all. */
  readonly tailLines?: number;
  /** Only lines written at or after this time. */
  readonly sinceMs?: number;
  /** Prefix every line with its RFC 3339 time. */
  readonly timestamps: boolean;
  readonly limitBytes?: number;
}

/** What a command run in a container gave. */
export interface ExecResult {
  readonly exitCode: number;
  /** Standard output and error, in order of arrival, cut at the bound. */
  readonly output: Uint8Array;
}

/** A driver could not do what was asked; `code` is listed in the driver's README. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
