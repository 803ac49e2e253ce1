import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';

/** Nobody but the user of the process reads or writes the files: there are Secrets in all of them. */
export const privateMode = 0o600;

/** Makes an empty file for a database to be written into. */
export function createPrivateFile(path: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, '', { mode: privateMode });
}

/** Makes what was written to a file, or the names created in or removed from a folder, durable. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
