import { mkdir } from 'node:fs/promises';
import { CommandError } from './cli/exit.ts';

/** Makes a data folder that only its owner can read. @throws {CommandError} when it cannot be made. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = folderProblems[code];
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot make the data folder "${path}": ${why}`, 'choose another one with --data', {
      cause,
    });
  }
}

const folderProblems: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user is not allowed to',
  EPERM: 'this user is not allowed to',
  EROFS: 'the disk cannot be written',
  ENOSPC: 'the disk is full',
};

/** True for the failure of a write that found no space. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
