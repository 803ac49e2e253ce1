import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lineBytesMax } from './chain.ts';

/** One file of the log. */
export interface Segment {
  /** `audit-0000000000000001.jsonl`. */
  readonly name: string;
  readonly path: string;
  /** Number of its first record, as its name says. */
  readonly firstSequence: number;
}

/** A line of a segment. */
export interface SegmentLine {
  /** Without its line end. */
  readonly bytes: Buffer;
  /** From 1. */
  readonly number: number;
  /** False for an end without line end: it is being written, or was cut off. */
  readonly isWhole: boolean;
}

const namePattern = /^audit-(\d{16})\.jsonl$/;
const chunkBytes = 256 * 1024;

/** Folder of the audit log inside a data folder. */
export const auditFolder = 'audit';

/** The name of the segment that begins with a record. */
export function segmentName(firstSequence: number): string {
  return `audit-${String(firstSequence).padStart(16, '0')}.jsonl`;
}

/** The segments of a folder in order; none where there is no folder. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => namePattern.test(name))
    .sort()
    .map((name) => ({ name, path: join(folder, name), firstSequence: Number(namePattern.exec(name)?.[1]) }));
}

/** The lines of a file, in bounded memory. A line that is too long ends the file: it is none of ours. */
export async function* readLines(path: string): AsyncGenerator<SegmentLine, void> {
  const file = await open(path, 'r');
  try {
    yield* linesOf(file);
  } finally {
    await file.close();
  }
}

async function* linesOf(file: FileHandle): AsyncGenerator<SegmentLine, void> {
  let rest = Buffer.alloc(0);
  let number = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
    if (bytesRead === 0) break;
    const data =
      rest.byteLength === 0 ? buffer.subarray(0, bytesRead) : Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      yield { bytes: data.subarray(start, end), number: ++number, isWhole: true };
      start = end + 1;
    }
    rest = data.subarray(start);
    if (rest.byteLength > lineBytesMax) break;
  }
  if (rest.byteLength > 0) yield { bytes: rest, number: number + 1, isWhole: false };
}
