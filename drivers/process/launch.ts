import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import { DriverError } from '../api/runtime.ts';
import { systemPath } from './environment.ts';
import type { ProcessIdentity } from '../api/processes.ts';
import { parseIdentity, signalProcess } from '../api/processes.ts';

/** What the supervisor of one container is told. */
export interface LaunchOrder {
  readonly id: string;
  readonly containerFolder: string;
  readonly exitPath: string;
  readonly logPath: string;
  readonly view: ContainerView;
  readonly workingDir: string;
  readonly controlGroups: readonly string[];
  /** As executed; at least one item. */
  readonly command: readonly string[];
}

/** How a container sees files. */
export interface ContainerView {
  /** In a mount namespace of its own; else it sees the host's files as they are. */
  readonly mounts: boolean;
  /** The mount namespace needs a user namespace, because the agent is not root. */
  readonly userNamespace: boolean;
}

/** A start that has not reported by then is ended and failed, milliseconds. */
const launchTimeoutMs = 30_000;
/** Most bytes read of a start report. */
const reportBytesMax = 4096;

const superviseScript = join(import.meta.dirname, 'supervise.sh');
const enterScript = join(import.meta.dirname, 'enter.sh');
const enterText = readFileSync(enterScript, 'utf8');

/**
 * Starts a supervisor and waits for its program to be executed. The supervisor is a session of its own, without any
 * pipe to this process but the start report: from the report on, this process may die.
 * @throws {DriverError} `StartFailed`; then nothing of the container runs.
 */
export async function launch(order: LaunchOrder, clock: Clock): Promise<ProcessIdentity> {
  const enter = enterArguments({ ...order, folder: order.containerFolder, mode: order.view.mounts ? 'mount' : 'stay' });
  const args = [
    superviseScript,
    order.containerFolder,
    order.exitPath,
    order.logPath,
    'setsid',
    ...viewLauncher(order.view),
    ...enter,
  ];
  const child = spawn('/bin/sh', args, {
    cwd: '/',
    detached: true,
    env: { PATH: systemPath },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.unref();
  using _timeout = clock.timer(launchTimeoutMs, () => child.pid !== undefined && signalProcess(-child.pid, 'SIGKILL'));
  let report = '';
  try {
    for await (const bytes of child.stdout) {
      report += String(bytes);
      const started = parseIdentity(/^started (.*\n)/.exec(report)?.[1]);
      if (started !== undefined) return started;
      if (report.length > reportBytesMax) break;
    }
  } catch (cause) {
    throw new DriverError('StartFailed', `Cannot start container "${order.id}": its supervisor cannot be run`, {
      cause,
    });
  }
  const problem = report.replace(/^failed /, '').trim() || 'its supervisor ended without a report';
  throw new DriverError('StartFailed', `Cannot start container "${order.id}": ${problem}`);
}

/** What `enter.sh` is told. */
export interface EnterOrder {
  readonly folder: string;
  /** `mount`: make the container's view; `stay`: use the host's; `join`: a further command in a running container. */
  readonly mode: 'mount' | 'stay' | 'join';
  readonly workingDir: string;
  readonly controlGroups: readonly string[];
  readonly command: readonly string[];
}

/** The command that becomes the program of a container; see `enter.sh`. */
export function enterArguments(order: EnterOrder): readonly string[] {
  // Inside a container the script itself may be hidden by a mount: its text is passed instead.
  const script = order.mode === 'join' ? ['-c', enterText, 'sh'] : [enterScript];
  const groups = order.controlGroups.map((folder) => join(folder, 'cgroup.procs'));
  return [
    'sh',
    ...script,
    order.folder,
    order.mode,
    order.workingDir,
    String(groups.length),
    ...groups,
    ...order.command,
  ];
}

/** The command that makes the namespaces of a view and executes what follows it; empty for the host's view. */
export function viewLauncher(view: ContainerView): readonly string[] {
  if (!view.mounts) return [];
  const user = view.userNamespace ? ['--user', '--map-root-user'] : [];
  return ['unshare', ...user, '--mount', '--propagation', 'private', '--'];
}
