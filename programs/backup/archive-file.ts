import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandError } from '../cli/exit.ts';
import { isDiskFull, makeFolders, pathProblem } from '../data-folder.ts';
import {
  archiveFolder,
  isBackupPath,
  type Manifest,
  type ManifestFile,
  manifestBytesMax,
  manifestName,
  parseManifest,
  storeFile,
} from './manifest.ts';
import { readTar, type TarEntry } from './tar.ts';
import { syncFolder } from '../../kernel/blobs/sync-folder.ts';

/** Takes the contents of one file of an archive. */
type FileSink = (path: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Writes an archive to `path`: beside it first, synced, read back and compared with its checksums, then renamed. So there is
 * the backup that was there before or the new one, whatever happens. Folders that are missing are made.
 * @throws {CommandError}
 */
export async function writeArchive(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Manifest> {
  const partial = `${path}.partial`;
  try {
    await makeFolders(dirname(path));
    await refuseForeignFile(path);
    await rm(partial, { force: true });
    const file = await open(partial, 'wx', 0o600);
    try {
      for await (const chunk of chunks) await file.appendFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    const manifest = await readArchive(partial, skipFile);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return manifest;
  } catch (error) {
    const why = pathProblem(error, 'no file can be made there');
    if (why === undefined || isDiskFull(error)) await rm(partial, { force: true });
    if (why === undefined) throw error;
    const free = isDiskFull(error) ? 'free space there, or ' : '';
    const hint = `${free}choose another place with --to; what was there before is as it was`;
    throw new CommandError(`Cannot write the backup "${path}": ${why}`, hint, { cause: error });
  }
}

/**
 * Reads an archive from its start to its end, hands every file to `sink`, and compares all of them with the manifest.
 * @throws {CommandError} when anything is missing, damaged or not part of a backup.
 */
export async function readArchive(path: string, sink: FileSink): Promise<Manifest> {
  const found = new Map<string, ManifestFile>();
  for await (const entry of readTar(readChunks(path))) {
    const name = entry.name.startsWith(`${archiveFolder}/`) ? entry.name.slice(archiveFolder.length + 1) : '';
    if (name === manifestName) {
      const manifest = parseManifest((await readEntry(entry)).toString());
      compareFiles(manifest, found);
      return manifest;
    }
    if (!isBackupPath(name) || found.has(name)) {
      throw new CommandError(`Cannot read the backup "${path}": "${entry.name}" is no part of one`);
    }
    found.set(name, await takeFile(name, entry, sink));
  }
  throw new CommandError(`Cannot read the backup "${path}": it has no manifest`, 'it was not written to its end');
}

async function* readChunks(path: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  } catch (cause) {
    const why = pathProblem(cause, 'there is none');
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot read the backup "${path}": ${why}`, 'name a file that `planform backup` wrote', {
      cause,
    });
  }
}

/** For reading an archive only to compare its checksums. */
export async function skipFile(_path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of chunks);
}

async function takeFile(path: string, { bytes, body }: TarEntry, sink: FileSink): Promise<ManifestFile> {
  const hash = createHash('sha256');
  await sink(
    path,
    hashed(body, (chunk) => hash.update(chunk)),
  );
  return { path, bytes, sha256: hash.digest('hex') };
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  update: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    update(chunk);
    yield chunk;
  }
}

async function readEntry({ bytes, body }: TarEntry): Promise<Buffer> {
  if (bytes > manifestBytesMax) throw new CommandError('Cannot read the backup: its manifest is too large');
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

function compareFiles({ files }: Manifest, found: ReadonlyMap<string, ManifestFile>): void {
  const damaged = (why: string) => {
    throw new CommandError(`Cannot use the backup: ${why}`, 'it is damaged: use another one');
  };
  if (!found.has(storeFile)) damaged('it holds no store');
  if (files.length !== found.size) damaged(`it holds ${found.size} files, its manifest names ${files.length}`);
  for (const { path, bytes, sha256 } of files) {
    const file = found.get(path);
    if (file?.bytes !== bytes || file.sha256 !== sha256) damaged(`the checksum of "${path}" is wrong`);
  }
}

/** A backup may be replaced by a newer one, nothing else. */
async function refuseForeignFile(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(archiveFolder.length + 1), 0, archiveFolder.length + 1, 0);
    if (buffer.toString() === `${archiveFolder}/`) return;
  } finally {
    await file.close();
  }
  throw new CommandError(
    `Cannot write the backup "${path}": there is a file that is no backup`,
    'choose another name with --to',
  );
}

/** A folder with nothing in it, or nothing. */
export async function isEmptyPlace(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return false;
    throw error;
  }
}

/** How the backup of a moment is called. */
export function archiveName(name: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `planform-${name}-${stamp}Z.tar`;
}

/** Where a backup goes: `to` itself, or a file of that name inside it when it is a folder or is written as one (`backups/`). */
export function archivePath(to: string, fileName: string): string {
  const isFolder = to.endsWith('/') || statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
  return resolve(isFolder ? join(to, fileName) : to);
}
