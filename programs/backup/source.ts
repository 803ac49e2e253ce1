import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Store } from '../../kernel/ports/store.ts';
import {
  archiveFolder,
  backupFolders,
  keysFolder,
  backupFormat,
  encryptionKeyFile,
  type Manifest,
  type ManifestFile,
  manifestName,
  storeFile,
} from './manifest.ts';
import { readKeyIds } from '../encryption/key-file.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

/** What is backed up. */
export interface BackupSource {
  readonly dataFolder: string;
  /** The open store of that folder; writes go on. */
  readonly store: Store;
  /** `hub`, `site-1`, `kernel`. */
  readonly name: string;
  readonly version: string;
  readonly nowMs: number;
  /** Puts the keys of Secrets into the backup, which can then be read by whoever has it. Default false. */
  readonly includesEncryptionKey?: boolean;
}

/** Files are the owner's alone: there are private keys and the contents of Secrets in them. */
const fileMode = 0o600;

/**
 * Everything of a data folder that cannot be made again, as one tar: a copy of the store, blobs, the authority, the keys of
 * a site, and not, unless that is wanted, the keys of Secrets; last the manifest with all checksums. Consistent: blobs are written before objects name them, so those that were
 * there before the copy of the store was made, and those that came meanwhile, are all that it names. Records are in the store
 * until they are in the audit log.
 */
export async function* backupArchive(source: BackupSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const { dataFolder, store, includesEncryptionKey = false } = source;
  const isLeftOut = (path: string) => path === encryptionKeyFile && !includesEncryptionKey;
  const staging = stagingOf(dataFolder);
  await removeBackupStaging(dataFolder);
  await mkdir(staging, { mode: 0o700 });
  try {
    await linkFiles(dataFolder, staging, isLeftOut, signal);
    await store.backup(join(staging, storeFile), signal);
    // Keys that were made meanwhile may be needed for the copy.
    await rm(join(staging, keysFolder), { recursive: true, force: true });
    await linkFiles(dataFolder, staging, isLeftOut, signal);
    const keyIds = includesEncryptionKey ? [] : await readKeyIds(join(dataFolder, encryptionKeyFile));
    const files: ManifestFile[] = [];
    for (const path of [storeFile, ...(await listFiles(staging))]) files.push(yield* fileParts(staging, path, signal));
    const { name, version, nowMs } = source;
    const createdAt = new Date(nowMs).toISOString();
    const { epoch } = store.recovery;
    const needed = keyIds.length === 0 ? {} : { keyIds };
    const manifest: Manifest = { format: backupFormat, version, name, createdAt, epoch, ...needed, files };
    const bytes = Buffer.from(`${JSON.stringify(manifest)}\n`);
    yield tarHeader(`${archiveFolder}/${manifestName}`, bytes.length, fileMode);
    yield bytes;
    yield tarPadding(bytes.length);
    yield tarEnd;
  } finally {
    await removeBackupStaging(dataFolder);
  }
}

/** Removes what a backup left that was killed. */
export async function removeBackupStaging(dataFolder: string): Promise<void> {
  await rm(stagingOf(dataFolder), { recursive: true, force: true });
}

function stagingOf(dataFolder: string): string {
  return join(dataFolder, 'backup.partial');
}

/** Links files into the staging folder, where nobody removes them; those that are there already stay. */
async function linkFiles(
  dataFolder: string,
  staging: string,
  isLeftOut: (path: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const path of await listFiles(dataFolder)) {
    signal.throwIfAborted();
    if (isLeftOut(path)) continue;
    const target = join(staging, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    try {
      await link(join(dataFolder, path), target);
    } catch (error) {
      if (!isCode(error, 'EEXIST') && !isCode(error, 'ENOENT')) throw error;
    }
  }
}

/** Paths of all files in the folders that belong to a backup. */
async function listFiles(root: string): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of backupFolders) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(nothingThere);
    for (const entry of entries) {
      const isWhole = entry.isFile() && !entry.name.endsWith('.new');
      if (isWhole) paths.push(join(entry.parentPath, entry.name).slice(root.length + 1));
    }
  }
  return paths.sort();
}

/** A site that has joined no hub has no identity, a new kernel no blobs. */
function nothingThere(error: unknown): [] {
  if (isCode(error, 'ENOENT')) return [];
  throw error;
}

/** One file in the archive. @returns its line of the manifest. */
async function* fileParts(
  staging: string,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, ManifestFile, undefined> {
  const { size } = await stat(join(staging, path));
  yield tarHeader(`${archiveFolder}/${path}`, size, fileMode);
  const hash: Hash = createHash('sha256');
  // The audit log goes on while it is read.
  const range = { signal, highWaterMark: 256 * 1024, end: size - 1 };
  for await (const chunk of size === 0 ? [] : createReadStream(join(staging, path), range)) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
  }
  yield tarPadding(size);
  return { path, bytes: size, sha256: hash.digest('hex') };
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
