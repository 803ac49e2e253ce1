import type { Commit, StoreRow } from '../../kernel/ports/store.ts';

/** What a row says about itself, so that a reader can tell whether it is the one that was acknowledged. */
export interface RowMark {
  readonly revision: number;
  /** Which run of the writer wrote it. */
  readonly run: string;
  /** Last revision of its commit. */
  readonly commitEnd: number;
}

/** Objects the marked commits write, in turn. */
export const objectCount = 200;

/** A commit of `count` rows after `expectedHead`, marked with `run`. Values have 0 … 3 KB. */
export function markedCommit(expectedHead: number, count: number, run: string): Commit {
  const commitEnd = expectedHead + count;
  const rows = Array.from({ length: count }, (_, index): StoreRow => {
    const revision = expectedHead + 1 + index;
    const object = (revision * 31) % objectCount;
    const mark: RowMark = { revision, run, commitEnd };
    return {
      revision,
      resource: 'things.test',
      namespace: `namespace-${object % 7}`,
      name: `thing-${object}`,
      operation: 'update',
      bytes: Buffer.from(JSON.stringify({ ...mark, padding: 'x'.repeat((revision * 997) % 3_000) })),
      actor: 'writer',
      reason: '',
      requestId: run,
      atMs: revision,
      keep: false,
    };
  });
  return { expectedHead, rows };
}

/** The mark of a row read back. */
export function markOf(row: StoreRow): RowMark {
  return JSON.parse(Buffer.from(row.bytes).toString()) as RowMark;
}
