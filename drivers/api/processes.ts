import { readdir, readFile } from 'node:fs/promises';
import { kill } from 'node:process';
import { errorCode } from './system-errors.ts';

/** A process, told apart from a later one with the same number by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as it stands in /proc/<pid>/stat (proc(5), field 22). */
  readonly startTicks: string;
}

/** One row of the process table. */
export interface ProcessRow extends ProcessIdentity {
  readonly group: number;
  readonly session: number;
}

/** Reads `<pid> <start ticks>` and a line end; anything else, also a line still being written, is `undefined`. */
export function parseIdentity(text: string | undefined): ProcessIdentity | undefined {
  const match = /^(\d{1,10}) (\d{1,20})\n$/.exec(text ?? '');
  return match === null ? undefined : { pid: Number(match[1]), startTicks: match[2] as string };
}

/** Parses /proc/<pid>/stat; `undefined` for a zombie, which runs no more. The name in field 2 may hold anything. */
export function parseStat(text: string): ProcessRow | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, , group, session] = fields;
  const startTicks = fields[19];
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number.parseInt(text, 10), startTicks, group: Number(group), session: Number(session) };
}

/** The row of a process; `undefined` when there is none or it is a zombie. */
export async function readProcess(pid: number): Promise<ProcessRow | undefined> {
  const text = await readIfThere(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** Whether exactly this process runs. */
export async function isRunning(identity: ProcessIdentity | undefined): Promise<boolean> {
  if (identity === undefined) return false;
  return (await readProcess(identity.pid))?.startTicks === identity.startTicks;
}

/** All processes but zombies. */
export async function listProcesses(): Promise<readonly ProcessRow[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(names.map((name) => readProcess(Number(name))));
  return rows.filter((row) => row !== undefined);
}

/** Whether the environment a process was executed with holds this entry. False when we may not look. */
export async function hasEnvironmentEntry(pid: number, entry: string): Promise<boolean> {
  const text = await readIfThere(`/proc/${pid}/environ`);
  return text !== undefined && text.split('\0').includes(entry);
}

/**
 * Sends a signal to a process, or with a negative number to a process group; nothing happens when it is gone.
 * Look at its identity just before: the number may belong to somebody else by now.
 */
export function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Differs after every boot of the host. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Text of a file; `undefined` when it, its process, or the right to look is not there. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
