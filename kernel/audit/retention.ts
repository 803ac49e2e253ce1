import { open, rename, rm, stat } from 'node:fs/promises';
import { formatTime } from '../base/clock.ts';
import { readHeader } from './chain.ts';
import { type AuditRemoval, type AuditSigner, type AuditStatement, headsPath, readHeads, signed } from './heads.ts';
import { listSegments, readLines, type Segment } from './segments.ts';

/** How much of the audit log is kept. Only whole segments go, the oldest first, never the one that is written. */
export interface AuditRetention {
  /** Segments whose last record is older go, milliseconds. */
  readonly ageMaxMs: number;
  /** Bytes of all segments, about. */
  readonly bytesMax: number;
}

/** 90 days or 1 GiB: 1.2 million records. */
export const defaultAuditRetention: AuditRetention = { ageMaxMs: 90 * 86_400_000, bytesMax: 1024 ** 3 };

/** Where and when. */
export interface RemovalOptions {
  readonly folder: string;
  readonly retention: AuditRetention;
  readonly signer: AuditSigner;
  readonly nowMs: number;
}

/**
 * Removes the oldest segments that are too old or too much. What went is signed before it goes, so that a log that begins
 * later can be told from one whose beginning somebody took away.
 * @returns what was signed; `undefined` when everything stays.
 */
export async function removeOldSegments(options: RemovalOptions): Promise<AuditRemoval | undefined> {
  const { folder, signer, nowMs } = options;
  const segments = await listSegments(folder);
  const count = await countToRemove(segments, options);
  const next = segments[count];
  if (count === 0 || next === undefined) return undefined;
  const header = await headerOf(next);
  // Nothing is removed that could not be told from a loss afterwards.
  if (header === undefined) return undefined;
  const gone = segments.slice(0, count);
  const removal = signed<AuditRemoval>(
    {
      kind: 'AuditRemoval',
      apiVersion: 'kernel.planform.dev/v1alpha1',
      sequence: header.firstSequence - 1,
      hash: header.previousHash,
      segments: gone.map(({ name }) => name),
      time: formatTime(nowMs),
    },
    signer,
  );
  await writeStatement(folder, removal);
  for (const { path } of gone) await rm(path, { force: true });
  await forgetHeads(folder, removal);
  return removal;
}

async function countToRemove(segments: readonly Segment[], { retention, nowMs }: RemovalOptions): Promise<number> {
  const files = await Promise.all(segments.map(({ path }) => stat(path)));
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  let count = 0;
  for (const { size, mtimeMs } of files.slice(0, -1)) {
    if (bytes <= retention.bytesMax && mtimeMs >= nowMs - retention.ageMaxMs) break;
    bytes -= size;
    count++;
  }
  return count;
}

async function headerOf({ path }: Segment) {
  for await (const { bytes } of readLines(path)) return readHeader(bytes);
  return undefined;
}

/** Adds a line to the file of heads, durably. */
export async function writeStatement(folder: string, statement: AuditStatement): Promise<void> {
  const file = await open(headsPath(folder), 'a', 0o600);
  try {
    const { size } = await file.stat();
    try {
      await file.appendFile(`${JSON.stringify(statement)}\n`);
      await file.datasync();
    } catch (error) {
      // The disk was full: a part of a line would spoil the next one.
      await file.truncate(size);
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Heads of what is gone say nothing any more; of removals only the last one counts. */
async function forgetHeads(folder: string, removal: AuditRemoval): Promise<void> {
  const path = headsPath(folder);
  const { heads } = await readHeads(path);
  const kept = [removal, ...heads.filter(({ sequence }) => sequence > removal.sequence)];
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(kept.map((statement) => `${JSON.stringify(statement)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
