import { commitBytesMax, commitObjectsMax, type RowValue, type Store, StoreError } from '../../ports/store.ts';
import { isSealed, readSeal } from './seal.ts';
import type { Sealing } from './sealing.ts';

/** Rows read at once. */
const pageRowsMax = 1_000;
/** Most that cannot be read of which each is told. */
const findingsMax = 20;

/** How far a walk over all rows is. */
export interface ResealProgress {
  /** In this walk. */
  readonly rowsRead: number;
  /** In all walks. */
  readonly rowsRewritten: number;
  /** Last revision that was looked at. */
  readonly revision: number;
}

/**
 * Brings every row of a store, current or of the past, under the keys that are written with now, while writes go on. It walks until
 * a whole walk finds nothing left, and leaves nothing of what was in the clear. Whoever is interrupted begins again: what is
 * done is not done twice. @param store the one below `sealedStore`. @returns how many rows were rewritten.
 * @throws {StoreError} `Unreadable` for the first row that cannot be decrypted.
 */
export async function resealStore(
  store: Store,
  sealing: Sealing,
  onProgress: (progress: ResealProgress) => void,
  signal: AbortSignal,
): Promise<ResealProgress> {
  // What was sealed before the keys changed is on its way at most: it is durable when this is.
  await store.appendRecords([]);
  let hasReadClear = false;
  const total = { rowsRead: 0, rowsRewritten: 0, revision: 0 };
  for (let before = -1; before !== total.rowsRewritten; ) {
    before = total.rowsRewritten;
    total.rowsRead = 0;
    for (let after: number | undefined = 0; after !== undefined; ) {
      const { rows, next } = await store.readLog(after, pageRowsMax, signal);
      const values: RowValue[] = [];
      for (const row of rows) {
        if (sealing.isCurrent(row)) continue;
        hasReadClear ||= !isSealed(row.bytes);
        values.push(await sealing.reseal(row, signal));
      }
      for (const batch of batches(values)) await store.replaceValues(batch);
      total.rowsRead += rows.length;
      total.rowsRewritten += values.length;
      total.revision = rows.at(-1)?.revision ?? total.revision;
      onProgress(total);
      after = next;
    }
  }
  // What was sealed with the old key tells nothing to whoever does not have that.
  if (hasReadClear) await store.eraseReplaced();
  return total;
}

function* batches(values: readonly RowValue[]): Generator<readonly RowValue[], void, undefined> {
  let batch: RowValue[] = [];
  let byteCount = 0;
  for (const value of values) {
    byteCount += value.bytes.byteLength;
    if (batch.length > 0 && (byteCount > commitBytesMax || batch.length === commitObjectsMax)) {
      yield batch;
      batch = [];
      byteCount = value.bytes.byteLength;
    }
    batch.push(value);
  }
  if (batch.length > 0) yield batch;
}

/** Rows under one key. */
export interface KeyUse {
  /** Key service. */
  readonly service: string;
  readonly keyId: string;
  readonly rowCount: number;
}

/** What the rows of a store are encrypted with. */
export interface SealSurvey {
  readonly keys: readonly KeyUse[];
  /** Rows in the clear that would be encrypted if they were written now. */
  readonly clearCount: number;
  /** Rows that are not stored as they would be if they were written now. */
  readonly outdatedCount: number;
  /** Rows that cannot be decrypted, if that was tried. At most `findingsMax`. */
  readonly findings: readonly string[];
}

/** Reads every row of a store. @param store the one below `sealedStore`. @param tries decrypts every value, too. */
export async function surveySeals(
  store: Store,
  sealing: Sealing,
  { tries }: { readonly tries: boolean },
  signal: AbortSignal,
): Promise<SealSurvey> {
  const keys = new Map<string, { service: string; keyId: string; rowCount: number }>();
  const findings: string[] = [];
  let [clearCount, outdatedCount] = [0, 0];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { rows, next } = await store.readLog(after, pageRowsMax, signal);
    for (const row of rows) {
      try {
        const seal = readSeal(row);
        const isCurrent = sealing.isCurrent(row);
        if (!isCurrent) outdatedCount++;
        if (!isCurrent && seal === undefined) clearCount++;
        if (seal !== undefined) {
          const { service, keyId } = seal;
          keys.getOrInsertComputed(`${service}\0${keyId}`, () => ({ service, keyId, rowCount: 0 })).rowCount++;
        }
        if (tries) await sealing.open(row, signal);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (findings.length < findingsMax) findings.push(error.message);
      }
    }
    after = next;
  }
  return { keys: [...keys.values()], clearCount, outdatedCount, findings };
}
