import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../kernel/base/assert.ts';
import { DriverError } from '../api/runtime.ts';
import type { ProcessIdentity } from '../api/processes.ts';
import { parseIdentity } from '../api/processes.ts';
import { errorCode } from '../api/system-errors.ts';

/** What is known of a container before it is started; written once, durably. */
export interface ContainerRecord {
  readonly version: 1;
  readonly id: string;
  readonly podUid: string;
  readonly podName: string;
  readonly containerName: string;
  readonly attempt: number;
  /** For people; as executed. */
  readonly command: readonly string[];
  readonly workingDir: string;
  /** The host's boot during which it was started. */
  readonly bootId: string;
  readonly createdAtMs: number;
  readonly pathsRelocated: boolean;
  readonly limitsIgnored: boolean;
  /** It has a user namespace of its own, because the agent is not root. */
  readonly hasUserNamespace: boolean;
  /** Control groups it joined. */
  readonly controlGroups: readonly string[];
}

/** How a container ended, as left by its supervisor or by the driver. */
export interface ExitRecord {
  /** Absent when nobody saw it end. */
  readonly exitCode?: number;
  readonly finishedAtMs: number;
}

/** Where a driver keeps things, below its folder. */
export interface DriverFolder {
  /** One folder per container, named after its id. */
  readonly containers: string;
  /** Exit codes, one file per container, renamed into place as it ends: watched. */
  readonly exits: string;
  /** `<id>.log` and `<id>.times`. */
  readonly logs: string;
}

/** Names of a folder being prepared and of one being removed begin so; no container id does. */
const preparingPrefix = '.new-';
const removingPrefix = '.removed-';
/** Bytes reserved for the exit code, so that a full disk cannot swallow it. */
const exitReserve = `${' '.repeat(31)}\n`;

/** @throws {DriverError} `StartFailed` unless the id is safe as a file name. */
export function checkContainerId(id: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(id)) {
    throw new DriverError(
      'StartFailed',
      `Container id "${id}" is not safe as a file name: letters, digits, ".", "_" and "-" are, at most 200`,
    );
  }
}

/** Makes the folders and clears away what a crash left half made or half removed. */
export async function openDriverFolder(folder: string): Promise<DriverFolder> {
  const layout = { containers: join(folder, 'containers'), exits: join(folder, 'exits'), logs: join(folder, 'logs') };
  for (const path of Object.values(layout)) await mkdir(path, { recursive: true, mode: 0o700 });
  const ids = new Set<string>();
  for (const name of await readdir(layout.containers)) {
    if (name.startsWith(preparingPrefix) || name.startsWith(removingPrefix)) {
      await rm(join(layout.containers, name), { recursive: true, force: true });
    } else ids.add(name);
  }
  for (const name of await readdir(layout.exits))
    if (!ids.has(name)) await rm(join(layout.exits, name), { force: true });
  for (const name of await readdir(layout.logs)) {
    if (!ids.has(name.replace(/\.(log|times)$/, ''))) await rm(join(layout.logs, name), { force: true });
  }
  return layout;
}

/** Ids of all recorded containers. */
export async function listContainerIds(layout: DriverFolder): Promise<readonly string[]> {
  return (await readdir(layout.containers)).filter((name) => !name.startsWith('.')).sort();
}

/**
 * Records a container durably: everything is prepared in a folder of another name, which is then renamed.
 * @param fill adds what else belongs in the folder; gets its path now and its path after the rename.
 */
export async function createContainerFolder(
  layout: DriverFolder,
  record: ContainerRecord,
  fill: (folder: string, finalFolder: string) => Promise<void>,
): Promise<void> {
  const preparing = join(layout.containers, preparingPrefix + record.id);
  const final = join(layout.containers, record.id);
  try {
    await rm(preparing, { recursive: true, force: true });
    await mkdir(preparing, { mode: 0o700 });
    await fill(preparing, final);
    await reserveExit(join(preparing, 'exit'));
    await writeFile(join(layout.logs, `${record.id}.log`), '', { flag: 'a', mode: 0o600 });
    await writeFile(join(preparing, 'record.json'), JSON.stringify(record), { flush: true, mode: 0o600 });
    await rename(preparing, final);
    await syncFolder(layout.containers);
  } catch (error) {
    await rm(preparing, { recursive: true, force: true });
    throw error;
  }
}

async function reserveExit(path: string): Promise<string> {
  await writeFile(path, exitReserve);
  return exitReserve;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Forgets a container: from the rename on it does not exist, whatever is left is cleared at the next opening. */
export async function removeContainerFolder(layout: DriverFolder, id: string): Promise<void> {
  const removing = join(layout.containers, removingPrefix + id);
  await rename(join(layout.containers, id), removing);
  await rm(join(layout.exits, id), { force: true });
  for (const suffix of ['log', 'times']) await rm(join(layout.logs, `${id}.${suffix}`), { force: true });
  await rm(removing, { recursive: true, force: true });
}

/** What a container's record says. @throws {Error} when it is damaged. */
export async function readRecord(layout: DriverFolder, id: string): Promise<ContainerRecord> {
  const record = JSON.parse(await readFile(join(layout.containers, id, 'record.json'), 'utf8')) as ContainerRecord;
  if (record.version !== 1 || record.id !== id)
    throw new Error(`The record of container "${id}" is of another version or container`);
  return record;
}

/**
 * Takes the right to decide about a container that nobody may have started yet.
 * @returns false when its supervisor was faster: then it runs or ran.
 */
export async function claimForNobody(layout: DriverFolder, id: string): Promise<boolean> {
  try {
    await writeFile(join(layout.containers, id, 'claim'), 'nobody\n', { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The supervisor of a container; `undefined` before it claimed it. */
export async function readSupervisor(layout: DriverFolder, id: string): Promise<ProcessIdentity | undefined> {
  return parseIdentity(await readIfExists(join(layout.containers, id, 'claim')));
}

/** The program of a container and when it was started; `undefined` before it is. */
export async function readProgram(
  layout: DriverFolder,
  id: string,
): Promise<{ readonly identity: ProcessIdentity; readonly startedAtMs: number } | undefined> {
  const path = join(layout.containers, id, 'process');
  const identity = parseIdentity(await readIfExists(path));
  if (identity === undefined) return undefined;
  return { identity, startedAtMs: Math.floor((await stat(path)).mtimeMs) };
}

/** How a container ended; `undefined` while nobody has written that. */
export async function readExit(layout: DriverFolder, id: string): Promise<ExitRecord | undefined> {
  const path = join(layout.exits, id);
  const text = await readIfExists(path);
  if (text === undefined) return undefined;
  const finishedAtMs = Math.floor((await stat(path)).mtimeMs);
  const exitCode = /^(\d{1,3})\n/.exec(text)?.[1];
  return exitCode === undefined ? { finishedAtMs } : { finishedAtMs, exitCode: Number(exitCode) };
}

/**
 * Publishes how a container ended in place of its dead supervisor: what that had written, or else that nobody knows.
 * Takes no space, as the file was made before the start.
 */
export async function publishExit(layout: DriverFolder, id: string, nowMs: number): Promise<ExitRecord> {
  const path = join(layout.containers, id, 'exit');
  if (!/^\d/.test((await readIfExists(path)) ?? (await reserveExit(path))))
    await utimes(path, nowMs / 1000, nowMs / 1000);
  await rename(path, join(layout.exits, id));
  const exit = await readExit(layout, id);
  assert(exit !== undefined, 'A published exit can be read');
  return exit;
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
