import { constants } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../blobs/sync-folder.ts';

/**
 * Replaces a file at once and durably: readers see the old content or the new, also after a crash.
 * @param mode permission bits; 0600 for anything with a private key.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const file = await open(temporary, constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY, mode);
  try {
    await file.chmod(mode); // the mode of open() holds for new files only, and a crash may have left this one
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(folder);
}

/** The text of a file; `undefined` when there is none. */
export async function readFileIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
