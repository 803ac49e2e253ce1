import { access, chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Random } from '../base/random.ts';
import type { Blobs } from '../ports/blobs.ts';
import { BlobError, blobBytesMax } from '../ports/blobs.ts';
import { checkBlob, checkDigest, hexOfDigest } from './digest.ts';
import { syncFolder } from './sync-folder.ts';

/** Where blobs lie. */
export interface FileBlobsOptions {
  /** Holds `sha256/ab/<64 hex digits>` and `partial/`; made when it is not there. One process uses it at a time. */
  readonly folder: string;
  /** Names of files being written. */
  readonly random: Random;
}

/**
 * Blobs as files. A blob appears under its name only when all its bytes are on stable storage: it is written beside,
 * synced, renamed, and the folder is synced. What a crash left half written is removed here.
 */
export async function openFileBlobs({ folder, random }: FileBlobsOptions): Promise<Blobs> {
  const partialFolder = join(folder, 'partial');
  await rm(partialFolder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700); // bundles may hold Secrets; the mode of mkdir() holds for new folders only
  await mkdir(partialFolder, { recursive: true });
  await mkdir(join(folder, 'sha256'), { recursive: true });
  await syncFolder(folder);
  return new FileBlobs(folder, random);
}

class FileBlobs implements Blobs {
  readonly #folder: string;
  readonly #random: Random;

  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  async put(digest: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    checkBlob(digest, bytes, blobBytesMax);
    if (await this.has(digest, signal)) return;
    const partialPath = join(this.#folder, 'partial', this.#random.uuid());
    try {
      await writeDurably(partialPath, bytes, signal);
      await this.#publish(partialPath, this.#pathOf(digest));
    } catch (error) {
      await rm(partialPath, { force: true });
      if (!isCode(error, 'ENOSPC') && !isCode(error, 'EDQUOT')) throw error;
      throw new BlobError('Full', `Cannot store blob "${digest}": no space is left`, { cause: error });
    }
  }

  async read(digest: string, signal: AbortSignal): Promise<Uint8Array> {
    try {
      const bytes = await readFile(this.#pathOf(digest), { signal });
      checkDigest(digest, bytes);
      return bytes;
    } catch (error) {
      signal.throwIfAborted();
      if (!isCode(error, 'ENOENT')) throw error;
      throw new BlobError('NotFound', `Cannot read blob "${digest}": it is not here`, { cause: error });
    }
  }

  async has(digest: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    try {
      await access(this.#pathOf(digest));
      return true;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async remove(digest: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await rm(this.#pathOf(digest), { force: true });
  }

  async *list(signal: AbortSignal): AsyncIterable<string> {
    const root = join(this.#folder, 'sha256');
    for (const prefix of await readdir(root)) {
      for (const hex of await readdir(join(root, prefix))) {
        signal.throwIfAborted();
        yield `sha256:${hex}`;
      }
    }
  }

  #pathOf(digest: string): string {
    const hex = hexOfDigest(digest);
    return join(this.#folder, 'sha256', hex.slice(0, 2), hex);
  }

  async #publish(partialPath: string, path: string): Promise<void> {
    const created = await mkdir(dirname(path), { recursive: true });
    if (created !== undefined) await syncFolder(dirname(dirname(path)));
    await rename(partialPath, path);
    await syncFolder(dirname(path));
  }
}

async function writeDurably(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes, { signal });
    await file.sync();
  } finally {
    await file.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
