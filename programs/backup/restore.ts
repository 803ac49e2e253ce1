import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Random } from '../../kernel/base/random.ts';
import { type RestoredStore, restoreSqliteStore } from '../../kernel/store/sqlite/restore.ts';
import type { KeyUse } from '../../kernel/store/sealed/reseal.ts';
import { syncFolder } from '../../kernel/blobs/sync-folder.ts';
import { CommandError } from '../cli/exit.ts';
import { isDiskFull, makeFolders, pathProblem } from '../data-folder.ts';
import { isEmptyPlace, readArchive } from './archive-file.ts';
import { restoreEncryptionKeys } from './encryption-keys.ts';
import { type Manifest, storeFile } from './manifest.ts';

/** What a restore made. */
export interface RestoreResult {
  readonly manifest: Manifest;
  readonly store: RestoredStore;
  /** Keys its values need that a start has to be told of (`--encryption-config`). */
  readonly keysElsewhere: readonly KeyUse[];
}

/** What is restored, and to where. */
export interface RestoreOptions {
  readonly archivePath: string;
  /** Absent or empty. */
  readonly dataFolder: string;
  /** The keys of its Secrets, where the backup does not hold them. */
  readonly encryptionKeyFile?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes a data folder out of a backup. Everything is written and checked in a folder beside it, which then gets its name: so
 * there is a whole data folder afterwards or none. The store gets a new epoch and skips revisions
 * (`restoreSqliteStore`). @throws {CommandError}
 */
export async function restoreArchive(options: RestoreOptions): Promise<RestoreResult> {
  const { archivePath, dataFolder, random } = options;
  const target = resolve(dataFolder);
  if (!(await isEmptyPlace(target))) {
    const hint = 'choose a new folder with --data, or move the old one away';
    throw new CommandError(`Cannot restore to "${target}": it is not empty`, hint, { option: '--data' });
  }
  const staging = `${target}.restoring`;
  try {
    await rm(staging, { recursive: true, force: true });
    const folders = new Set([staging]);
    await makeFolders(staging);
    const manifest = await readArchive(archivePath, async (path, chunks) => {
      for (let folder = dirname(join(staging, path)); folder !== staging; folder = dirname(folder)) folders.add(folder);
      await writeFile(join(staging, path), chunks);
    });
    const store = restoreSqliteStore({ path: join(staging, storeFile), epoch: random.uuid(), pid: process.pid });
    const keysElsewhere = await restoreEncryptionKeys(staging, manifest, options);
    for (const folder of folders) await syncFolder(folder);
    await rename(staging, target);
    await syncFolder(dirname(target));
    return { manifest, store, keysElsewhere };
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    const why = pathProblem(error, 'no folder can be made there');
    if (why === undefined) throw error;
    const hint = `${isDiskFull(error) ? 'free space, or ' : ''}choose another folder with --data; nothing was left behind`;
    throw new CommandError(`Cannot restore to "${target}": ${why}`, hint, { cause: error });
  }
}

async function writeFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) await file.appendFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}
