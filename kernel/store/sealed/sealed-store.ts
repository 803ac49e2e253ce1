import type { Commit, RowPage, Store, StoreRow } from '../../ports/store.ts';
import { forwardedStore } from '../forwarded-store.ts';
import type { Sealing } from './sealing.ts';

/**
 * A store whose values are encrypted on their way in and decrypted on their way out. The kernel above has them in the clear, the
 * store below, its files, copies and compaction never do. Commits that hold nothing to encrypt pass as they are.
 * Reads throw `StoreError` `Unreadable` where a value cannot be decrypted.
 */
export function sealedStore(store: Store, sealing: Sealing): Store {
  const opened = async (rows: readonly StoreRow[], signal: AbortSignal) => openRows(rows, sealing, signal);
  const openPage = async (page: RowPage, signal: AbortSignal) => ({ ...page, rows: await opened(page.rows, signal) });
  return {
    ...forwardedStore(store),
    append: (commit) => store.append(sealCommit(commit, sealing)),
    readCurrent: async (after, rowsMax, signal) => openPage(await store.readCurrent(after, rowsMax, signal), signal),
    readLog: async (after, rowsMax, signal) => openPage(await store.readLog(after, rowsMax, signal), signal),
    readHistory: async (object, options, signal) => opened(await store.readHistory(object, options, signal), signal),
    readAsOf: async (resource, revision, options, signal) =>
      opened(await store.readAsOf(resource, revision, options, signal), signal),
  };
}

function sealCommit(commit: Commit, sealing: Sealing): Commit {
  const isPlain = commit.rows.every(({ resource }) => sealing.writerOf(resource) === undefined);
  return isPlain ? commit : { ...commit, rows: commit.rows.map((row) => sealing.seal(row)) };
}

/** One by one, and without waiting where the data key is known: a page has few, and mostly one. */
async function openRows(
  rows: readonly StoreRow[],
  sealing: Sealing,
  signal: AbortSignal,
): Promise<readonly StoreRow[]> {
  const opened: StoreRow[] = [];
  for (const row of rows) {
    const found = sealing.open(row, signal);
    opened.push(found instanceof Promise ? await found : found);
  }
  return opened;
}
