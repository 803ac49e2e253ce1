import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { CommandError } from '../cli/exit.ts';

/** Rows are being brought under other keys; kept in the data folder until that is done. */
export interface Rewriting {
  /** Rows from before encryption may be read, too; only without a configuration, which says so itself. */
  readonly readsClear: boolean;
}

/** What a process that ended has left to do; `undefined`: nothing. @throws {CommandError} when the file is damaged. */
export async function readRewriting(dataFolder: string): Promise<Rewriting | undefined> {
  const path = pathIn(dataFolder);
  const text = await readFileIfThere(path);
  if (text === undefined) return undefined;
  try {
    const { readsClear } = JSON.parse(text) as Partial<Rewriting>;
    return { readsClear: readsClear === true };
  } catch (cause) {
    throw new CommandError(`Cannot read "${path}": it is damaged`, 'restore a backup', { cause });
  }
}

/** Keeps it, durably. */
export async function writeRewriting(dataFolder: string, rewriting: Rewriting): Promise<void> {
  await replaceFile(pathIn(dataFolder), `${JSON.stringify(rewriting)}\n`, 0o600);
}

/** Nothing is left to do. A crash may bring it back, which costs a walk over all rows. */
export async function endRewriting(dataFolder: string): Promise<void> {
  await rm(pathIn(dataFolder), { force: true });
}

function pathIn(dataFolder: string): string {
  return join(dataFolder, 'pki', 'encryption.json');
}
