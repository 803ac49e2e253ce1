import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { DatabaseOptions } from './database.ts';
import { createPrivateFile, syncPath } from './files.ts';

/** The format a program reads and writes. */
export function formatVersionOf({ migrations }: Pick<DatabaseOptions, 'migrations'>): number {
  return migrations.length + 1;
}

/**
 * Brings a database of an older format up to date in one transaction, after a copy of it was made beside it
 * (`<path>.format-<n>`, the user's to remove). A crash leaves it in the old format or in the new one.
 * @returns what was done, for people.
 */
export function migrateDatabase(connection: DatabaseSync, options: DatabaseOptions): string[] {
  const from = Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
  const to = formatVersionOf(options);
  if (from === to) return [];
  const copyPath = `${options.path}.format-${from}`;
  copyDatabase(connection, copyPath);
  connection.exec(`
    BEGIN;
    ${options.migrations.slice(from - 1).join('\n')}
    PRAGMA user_version = ${to};
    COMMIT;
  `);
  return [`Brought "${options.path}" from format ${from} to ${to}; "${copyPath}" is a copy of what it was`];
}

/** A consistent copy that is there as a whole or not at all. */
function copyDatabase(connection: DatabaseSync, path: string): void {
  const partial = `${path}.partial`;
  try {
    createPrivateFile(partial);
    connection.prepare('VACUUM INTO ?').run(partial);
    syncPath(partial);
    renameSync(partial, path);
    syncPath(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
