import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ContainerMount } from '../api/runtime.ts';
import { DriverError } from '../api/runtime.ts';
import { errorCode, isFull } from '../api/system-errors.ts';
import { optionsToKeep } from './mount-options.ts';

/** A mount with its path as it is once the host's symbolic links are followed. */
interface Target {
  readonly mount: ContainerMount;
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Prepares a container's own view of the files: the host's, with `mounts` put into it, also at paths the host does not
 * have. Nothing is mounted here and nothing is created outside `rootFolder` and `scratchFolder`: they get empty folders
 * and files to mount on, and the returned text, in the form of fstab(5), says what `mount -a` is to do in a fresh mount
 * namespace. A host folder that lacks a needed entry is shown by a stand-in: a scratch folder onto which each of its
 * entries is bound, so the folder gains entries for this container alone (new entries of the host do not appear in it).
 * @param finalFolder where the folder holding root and scratch will be at the time of mounting.
 * @throws {DriverError} `PathUnusable` when something stands in the way of a mount path.
 */
export async function buildRootView(
  folder: string,
  finalFolder: string,
  mounts: readonly ContainerMount[],
): Promise<string> {
  const targets = await resolveTargets(mounts);
  const lines: string[] = [];
  const root = join(finalFolder, 'root');
  await mkdir(join(folder, 'root'), { mode: 0o755 });
  lines.push(fstabLine(root, root, 'bind'));
  lines.push(...(await fillStandIn('/', join(folder, 'root'), root, targets)));
  let standInCount = 0;
  for (const [hostFolder, needed] of await groupByStandIn(targets)) {
    if (hostFolder === '/') continue;
    const name = `stand-in-${standInCount++}`;
    await makeStandIn(join(folder, name), hostFolder);
    lines.push(fstabLine(join(finalFolder, name), join(root, hostFolder), 'bind'));
    lines.push(...(await fillStandIn(hostFolder, join(folder, name), join(root, hostFolder), needed)));
  }
  const mountInfo = await readFile('/proc/self/mountinfo', 'utf8');
  for (const { mount, path } of targets) {
    const kept = mount.readOnly ? optionsToKeep(mountInfo, await realpath(mount.hostPath)) : [];
    const options = mount.readOnly ? ['rbind', 'ro', ...kept].join(',') : 'rbind';
    lines.push(fstabLine(mount.hostPath, join(root, path), options));
  }
  return lines.join('');
}

/**
 * Prepares the folder under which mount paths lie when the host allows no mounts: symbolic links to the host paths.
 * Read-only is not enforced there.
 * @throws {DriverError} `PathUnusable`.
 */
export async function buildRelocatedRoot(folder: string, mounts: readonly ContainerMount[]): Promise<void> {
  await mkdir(join(folder, 'root'), { mode: 0o755 });
  for (const mount of mounts.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    checkMountPath(mount.path);
    const path = join(folder, 'root', mount.path);
    try {
      await mkdir(dirname(path), { recursive: true });
      await symlink(mount.hostPath, path);
    } catch (cause) {
      if (isFull(cause)) throw cause;
      throw new DriverError('PathUnusable', `Cannot put "${mount.hostPath}" at mount path "${mount.path}"`, { cause });
    }
  }
}

/** Checks the mounts and resolves their paths; mount points inside another mount are created in its folder, as runc does. */
async function resolveTargets(mounts: readonly ContainerMount[]): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const mount of mounts) {
    checkMountPath(mount.path);
    targets.push({ mount, path: await resolveOnHost(mount.path), isFolder: await isFolderAt(mount) });
  }
  targets.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const [index, { mount, path, isFolder }] of targets.entries()) {
    const outer = targets.slice(0, index).findLast((target) => isInside(path, target.path));
    if (outer === undefined) continue;
    await makeMountPoint(join(outer.mount.hostPath, path.slice(outer.path.length)), isFolder, mount.path);
  }
  return targets;
}

function checkMountPath(path: string): void {
  if (!/^\/[^\p{Cc}]*[^\p{Cc}/]$/u.test(path) || path.split('/').includes('..')) {
    throw new DriverError(
      'PathUnusable',
      `Cannot mount at "${path}": a mount path is absolute, not "/", and without ".."`,
    );
  }
}

async function isFolderAt(mount: ContainerMount): Promise<boolean> {
  try {
    return (await stat(mount.hostPath)).isDirectory();
  } catch (cause) {
    throw new DriverError('PathUnusable', `Cannot mount "${mount.hostPath}" at "${mount.path}": it cannot be read`, {
      cause,
    });
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** The path with the symbolic links of its existing part followed. */
async function resolveOnHost(path: string): Promise<string> {
  for (let existing = path, missing = ''; ; missing = join(basename(existing), missing), existing = dirname(existing)) {
    try {
      return join(await realpath(existing), missing);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || existing === '/') throw unusable(path, error);
    }
  }
}

function unusable(path: string, cause?: unknown): DriverError {
  return new DriverError('PathUnusable', `Cannot mount at "${path}": something else stands there`, { cause });
}

/** Host folders that lack an entry some mount path goes through, with the mounts that need one there. */
async function groupByStandIn(targets: readonly Target[]): Promise<ReadonlyMap<string, readonly Target[]>> {
  const groups = new Map<string, Target[]>();
  const tops = targets.filter((target) => !targets.some((other) => isInside(target.path, other.path)));
  for (const target of tops) {
    const existing = await deepestExisting(target.path);
    if (existing === target.path) {
      if ((await stat(target.path)).isDirectory() !== target.isFolder) throw unusable(target.mount.path);
      continue;
    }
    if (!(await stat(existing)).isDirectory()) throw unusable(target.mount.path);
    groups.set(existing, [...(groups.get(existing) ?? []), target]);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function deepestExisting(path: string): Promise<string> {
  let existing = path;
  while (!(await isThere(existing))) existing = dirname(existing);
  return existing;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Creates an empty folder with the rights of `hostFolder`; the owner too, when we may. */
async function makeStandIn(scratch: string, hostFolder: string): Promise<void> {
  const { mode, uid, gid } = await stat(hostFolder);
  await mkdir(scratch);
  await chown(scratch, uid, gid).catch((error: unknown) => {
    if (errorCode(error) !== 'EPERM') throw error;
  });
  await chmod(scratch, mode & 0o7777);
}

/** Fills a scratch folder that stands in for `hostFolder` and says what to bind onto its entries. */
async function fillStandIn(
  hostFolder: string,
  scratch: string,
  mountedAt: string,
  needed: readonly Target[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  const entries = (await readdir(hostFolder, { withFileTypes: true })).filter((entry) => !/\p{Cc}/u.test(entry.name));
  for (const entry of entries) {
    const source = join(hostFolder, entry.name);
    const copy = join(scratch, entry.name);
    // Synchronous: /etc has some 150 entries, which take 3 ms this way and 45 ms by promises.
    if (entry.isSymbolicLink()) {
      symlinkSync(readlinkSync(source), copy);
      continue;
    }
    if (entry.isDirectory()) mkdirSync(copy);
    else writeFileSync(copy, '');
    const line = fstabLine(source, join(mountedAt, entry.name), entry.isDirectory() ? 'rbind,nofail' : 'bind,nofail');
    // What holds the view itself comes first: bound later, it would take all mounts made by then along, a second time.
    if (isInside(mountedAt, source)) lines.unshift(line);
    else lines.push(line);
  }
  const missing = needed.filter((target) => !entries.some((entry) => startsWith(hostFolder, entry.name, target.path)));
  for (const target of missing) {
    await makeMountPoint(join(scratch, target.path.slice(hostFolder.length)), target.isFolder, target.mount.path);
  }
  return lines;
}

function startsWith(hostFolder: string, name: string, path: string): boolean {
  const first = join(hostFolder, name);
  return path === first || isInside(path, first);
}

/** Creates an empty folder or file, with the folders above it, unless it is there already. */
async function makeMountPoint(path: string, isFolder: boolean, mountPath: string): Promise<void> {
  try {
    await mkdir(isFolder ? path : dirname(path), { recursive: true, mode: 0o755 });
    if (!isFolder) await writeFile(path, '', { flag: 'a' });
  } catch (cause) {
    if (isFull(cause)) throw cause;
    throw unusable(mountPath, cause);
  }
}

/** One line of fstab(5); blanks and backslashes are written in octal. */
function fstabLine(source: string, target: string, options: string): string {
  const escape = (path: string) => path.replaceAll('\\', String.raw`\134`).replaceAll(' ', String.raw`\040`);
  return `${escape(source)} ${escape(target)} none ${options} 0 0\n`;
}
