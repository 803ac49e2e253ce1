import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './exit.ts';

/** One hub or agent that `up` takes care of. */
export interface ChildSpec {
  /** For people: `hub`, `site-1`. */
  readonly name: string;
  /** Arguments of the planform command that run it. */
  readonly args: readonly string[];
  /** Its data folder; the log goes to `<folder>/<logName>`. */
  readonly dataFolder: string;
  readonly logName: string;
}

/** What a hub or agent tells the process that started it. */
export type ChildMessage =
  | { readonly type: 'ready'; readonly url: string }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly hint: string | undefined;
      readonly option: string | undefined;
    };

/** Longest wait for a hub or agent to become ready. */
const readyMsMax = 60_000;

/** Path of the planform command's program. */
export const commandPath: string = join(import.meta.dirname, 'main.ts');

/**
 * Options of the Node that runs hubs and agents; the launcher reads the same file. An idle process stays small through
 * `gc`, with which it gives back its garbage, and because V8's last compiler, 6 MB that take a fifth off the processor time of
 * a write, is left alone until something was called 100,000 times (a turn of a loop counts too): starts and idle processes get
 * by without it. A larger young generation would make full collections out of what long lists allocate (bench/README.md).
 * Regular expressions that backtrack too much go on in linear time.
 */
export const nodeOptions: readonly string[] = readFileSync(join(import.meta.dirname, 'node-options'), 'utf8')
  .trim()
  .split('\n');

/**
 * Starts a hub or agent in its own process group, so that it outlives a killed parent, and waits until it is ready.
 * @throws {CommandError} with what it said when it could not start.
 */
export async function startChild(spec: ChildSpec): Promise<ChildProcess> {
  mkdirSync(spec.dataFolder, { recursive: true, mode: 0o700 });
  const logPath = join(spec.dataFolder, spec.logName);
  keepLogSmall(logPath);
  const log = openSync(logPath, 'a', 0o600);
  const child = spawn(process.execPath, [...nodeOptions, commandPath, ...spec.args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  await waitReady(child, spec, logPath);
  child.unref();
  child.channel?.unref();
  return child;
}

/** A log beyond this size becomes `<name>.1` at the next start, in place of the one before. */
const logBytesMax = 16 * 1024 * 1024;

function keepLogSmall(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(path, `${path}.1`);
}

function waitReady(child: ChildProcess, spec: ChildSpec, logPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: CommandError) => {
      clearTimeout(timer);
      child.removeAllListeners('message').removeAllListeners('exit').removeAllListeners('error');
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(
      () =>
        finish(new CommandError(`${spec.name} did not become ready within ${readyMsMax / 1000} s`, `see ${logPath}`)),
      readyMsMax,
    );
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'ready') finish();
      else finish(startFailure(spec, message, logPath));
    });
    child.on('exit', (code, signal) =>
      finish(
        new CommandError(`${spec.name} ended during its start (${signal ?? `exit code ${code}`})`, `see ${logPath}`),
      ),
    );
    child.on('error', (cause) => finish(new CommandError(`Cannot start ${spec.name}`, undefined, { cause })));
  });
}

function startFailure(
  { name }: ChildSpec,
  { message, hint, option }: ChildMessage & { readonly type: 'failed' },
  logPath: string,
): CommandError {
  return new CommandError(
    `Cannot start ${name}: ${message}`,
    hint ?? `see ${logPath}`,
    option === undefined ? {} : { option },
  );
}

/** Tells the process that started this one how its start went; nothing when it was started by hand. */
export function tellParent(message: ChildMessage): void {
  process.send?.(message);
}
