import type { StoreErrorCode } from '../../ports/store.ts';
import { StoreError } from '../../ports/store.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html); extended codes carry them in the low byte. */
const codeByResult: Readonly<Record<number, StoreErrorCode>> = {
  5: 'Locked', // SQLITE_BUSY
  6: 'Locked', // SQLITE_LOCKED
  11: 'Corrupt', // SQLITE_CORRUPT
  13: 'Full', // SQLITE_FULL
  26: 'Corrupt', // SQLITE_NOTADB
};

/** Code of whatever SQLite or the file system threw; anything unknown is `Failed`. */
export function storeErrorCodeOf(error: unknown): StoreErrorCode {
  if (error instanceof StoreError) return error.code;
  if (!(error instanceof Error)) return 'Failed';
  if ('errcode' in error && typeof error.errcode === 'number') return codeByResult[error.errcode & 0xff] ?? 'Failed';
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return 'Full';
  return 'Failed';
}

/** A `StoreError` for what SQLite or the file system threw while doing `action` ("append to the store"). */
export function toStoreError(error: unknown, action: string): StoreError {
  if (error instanceof StoreError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new StoreError(storeErrorCodeOf(error), `Cannot ${action}: ${detail}`, { cause: error });
}
