import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError } from './cli/exit.ts';

/**
 * Makes a data folder that only its owner can read, unless it is there and can be written.
 * @param within folder to make in it: some folders take none, which is said before anything makes many at once.
 * @throws {CommandError} when it cannot be made.
 */
export async function makeDataFolder(path: string, within = '.'): Promise<void> {
  const whole = join(path, within);
  try {
    await makeFolders(path);
    await makeFolders(whole);
    await access(whole, constants.W_OK);
  } catch (cause) {
    const why = pathProblem(cause, 'no folder can be made there');
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot make or write the data folder "${path}": ${why}`, 'choose another one with --data', {
      cause,
    });
  }
}

/**
 * Makes a folder that only its owner can read, and those around it. One by one: Node's recursive `mkdir` never ends where
 * the kernel answers ENOENT below a folder that is there (/proc).
 */
export async function makeFolders(path: string, mayMakeParent = true): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || !mayMakeParent || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await makeFolders(path, false);
  }
}

/**
 * What is wrong with the path that a call on files failed with; `undefined` for failures that are about something else.
 * @param absent what it means that nothing is there.
 */
export function pathProblem(error: unknown, absent: string): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ENOENT' ? absent : pathProblems[code];
}

const pathProblems: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user is not allowed to',
  EPERM: 'this user is not allowed to',
  EISDIR: 'it is a folder',
  EROFS: 'the disk cannot be written',
  EDQUOT: 'its disk is full',
  ENOSPC: 'its disk is full',
};

/** True for the failure of a write that found no space. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
