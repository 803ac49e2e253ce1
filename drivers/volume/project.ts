import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProjectedFile } from '../api/volume.ts';
import { DriverError } from '../api/runtime.ts';

/**
 * Makes a folder hold exactly `files`, changing all of them in one step: the files of one state lie in a folder named by
 * their digest, `..data` is a link to it, and every visible name is a link through `..data`. Swapping that one link
 * changes everything at once, also for those who have the folder mounted (kubelet `AtomicWriter`).
 * @throws {DriverError} `PathUnusable` for a path that leads out of the folder, or to what only this file may write.
 */
export async function projectFiles(folder: string, files: readonly ProjectedFile[]): Promise<void> {
  for (const { path } of files) checkPath(path);
  const state = `..${digestOf(files)}`;
  await mkdir(folder, { recursive: true });
  const before = await readData(folder);
  if (before !== state) {
    await writeState(folder, state, files);
    await swapLink(state, join(folder, dataLink));
  }
  // Also when the state is the same: a crash may have come between the swap and these.
  await linkNames(folder, new Set(files.map(({ path }) => topOf(path))));
  await dropOthers(folder, state);
}

const dataLink = '..data';

/** The API refuses such paths; this trusts nobody, because it writes with the rights of the agent (kubelet `validatePath`). */
function checkPath(path: string): void {
  const parts = path.split('/');
  const isInside = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
  if (isInside && parts[0]?.startsWith('..') === false) return;
  throw new DriverError('PathUnusable', `Cannot write ${JSON.stringify(path)}: it must be a path inside the volume`);
}

function digestOf(files: readonly ProjectedFile[]): string {
  const hash = createHash('sha256');
  for (const { path, bytes, mode } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${mode}\0${bytes.byteLength}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 32);
}

/** The state in force; `undefined` before the first. */
async function readData(folder: string): Promise<string | undefined> {
  try {
    return await readlink(join(folder, dataLink));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written under another name first: a state that exists is complete. */
async function writeState(folder: string, state: string, files: readonly ProjectedFile[]): Promise<void> {
  const draft = join(folder, '..draft');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  for (const { path, bytes, mode } of files) {
    const target = join(draft, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
    // Not the mode of `writeFile`: the process's umask would take bits away. What sets user or group stays out.
    await chmod(target, mode & 0o777);
  }
  await rm(join(folder, state), { recursive: true, force: true });
  await rename(draft, join(folder, state));
}

async function swapLink(target: string, path: string): Promise<void> {
  const draft = `${path}_draft`;
  await rm(draft, { force: true });
  await symlink(target, draft);
  await rename(draft, path);
}

/** Visible names: one link per first part of a path. */
async function linkNames(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  const present = new Set((await readdir(folder)).filter((name) => !name.startsWith('..')));
  for (const name of wanted) if (!present.has(name)) await symlink(`${dataLink}/${name}`, join(folder, name));
  for (const name of present) if (!wanted.has(name)) await rm(join(folder, name), { recursive: true, force: true });
}

async function dropOthers(folder: string, state: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('..') || name === dataLink || name === state) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function topOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}
