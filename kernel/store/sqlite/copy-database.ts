import { backup, type DatabaseSync } from 'node:sqlite';

/** How often a copy that met a transaction begins again. Each transaction ends within one turn, so few ever meet a second. */
const attemptsMax = 1_000;

/**
 * Copies a database in use into an empty file, page by page between other work; what is written meanwhile is copied too.
 * The first page is read by another thread: if that meets a transaction of the connection, SQLite answers `SQLITE_BUSY`,
 * which Node waits out later on but takes for the end of a copy that has no pages yet.
 * @throws what SQLite does.
 */
export async function copyDatabase(connection: DatabaseSync, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await backup(connection, path);
      return;
    } catch (error) {
      if (attempt === attemptsMax || !isBusyAtFirst(error)) throw error;
    }
  }
}

/** True for a failure without a failure: Node asks the copy what went wrong, which knows nothing of it (`SQLITE_OK`). */
function isBusyAtFirst(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 0;
}
