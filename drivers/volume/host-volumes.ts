import { mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { DriverError } from '../api/runtime.ts';
import type { VolumeRef, Volumes } from '../api/volume.ts';
import { projectFiles } from './project.ts';

/** Where volumes are kept. */
export interface HostVolumesOptions {
  /** Absolute path; made when missing. Nobody else writes in it. */
  readonly folder: string;
}

/** Volumes as folders on this host: `<folder>/<pod uid>/<volume name>`. @throws {DriverError} `Full`, `WriteFailed`. */
export async function openHostVolumes({ folder }: HostVolumesOptions): Promise<Volumes> {
  await asDriverError(`Cannot make "${folder}"`, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const pathOf = ({ podUid, name }: VolumeRef) => join(folder, safeName(podUid), safeName(name));
  return {
    async project(volume, files, signal) {
      signal.throwIfAborted();
      const path = pathOf(volume);
      await asDriverError(`Cannot write volume "${volume.name}"`, () => projectFiles(path, files));
      return path;
    },
    async scratch(volume, signal) {
      signal.throwIfAborted();
      const path = pathOf(volume);
      await asDriverError(`Cannot make volume "${volume.name}"`, () => mkdir(path, { recursive: true }));
      return path;
    },
    async host(path, type, signal) {
      signal.throwIfAborted();
      return checkHostPath(path, type);
    },
    async resolve(root, subPath, signal) {
      signal.throwIfAborted();
      return resolveInside(root, subPath);
    },
    async remove(podUid, signal) {
      signal.throwIfAborted();
      const path = join(folder, safeName(podUid));
      await asDriverError(`Cannot remove the volumes of pod ${podUid}`, () =>
        rm(path, { recursive: true, force: true }),
      );
    },
    async list(signal) {
      signal.throwIfAborted();
      return readdir(folder);
    },
  };
}

/** Names become folder names; the API allows nothing else in them, and this trusts nobody. */
function safeName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new DriverError('PathUnusable', `Cannot use "${name}" as the name of a folder`);
}

/** Makes or checks a path of the host (kubelet `hostutil` and `host_path.go`). */
async function checkHostPath(path: string, type: string): Promise<string> {
  if (!isAbsolute(path)) throw new DriverError('PathUnusable', `Cannot mount host path "${path}": it is not absolute`);
  if (type === 'DirectoryOrCreate') {
    await asDriverError(`Cannot make host path "${path}"`, () => mkdir(path, { recursive: true }));
  }
  if (type === 'FileOrCreate') {
    await asDriverError(`Cannot make host path "${path}"`, () => writeFile(path, '', { flag: 'a' }));
  }
  const wanted = type.startsWith('Directory') ? 'directory' : type.startsWith('File') ? 'file' : undefined;
  const found = await kindOf(path);
  if (found === undefined) throw new DriverError('PathUnusable', `Cannot mount host path "${path}": it does not exist`);
  if (wanted !== undefined && found !== wanted) {
    throw new DriverError('PathUnusable', `Cannot mount host path "${path}": it is no ${wanted}`);
  }
  return path;
}

async function kindOf(path: string): Promise<'directory' | 'file' | 'other' | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'directory';
    return found.isFile() ? 'file' : 'other';
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new DriverError('PathUnusable', `Cannot look at host path "${path}"`, { cause });
  }
}

/** Follows links, so that a link inside the volume cannot lead out of it. */
async function resolveInside(root: string, subPath: string): Promise<string> {
  const path = join(root, subPath);
  if (leadsOut(root, path)) throw leadsOutError(subPath);
  try {
    return await insideOf(root, path, subPath);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await asDriverError(`Cannot make "${subPath}"`, () => mkdir(path, { recursive: true }));
    return insideOf(root, path, subPath);
  }
}

async function insideOf(root: string, path: string, subPath: string): Promise<string> {
  const real = await realpath(path);
  if (leadsOut(await realpath(root), real)) throw leadsOutError(subPath);
  return real;
}

function leadsOut(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '..' || way.startsWith('../') || isAbsolute(way);
}

function leadsOutError(subPath: string): DriverError {
  return new DriverError('PathUnusable', `Cannot mount "${subPath}": it leads out of the volume`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function asDriverError<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DriverError) throw cause;
    const isFull = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');
    throw new DriverError(isFull ? 'Full' : 'WriteFailed', action, { cause });
  }
}
