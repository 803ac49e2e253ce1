import { open } from 'node:fs/promises';
import { chainHash, lineBytesMax, readHeader, readLink } from './chain.ts';
import type { Segment } from './segments.ts';

/** Where a segment ends. */
export interface LogTail {
  /** Last record that counts; where there is none, the one before the segment. */
  readonly sequence: number;
  /** Hash the next record goes on from. */
  readonly hash: string;
  /** Bytes of the segment that count; what comes after was being written when the process died. */
  readonly byteLength: number;
  readonly droppedBytes: number;
  /** When the segment was begun; absent when its first line cannot be read. */
  readonly openedAtMs: number | undefined;
  /** Something before that end is not as it was written: `verify` says more. */
  readonly isDamaged: boolean;
}

const headerBytesMax = 4_096;

/**
 * Finds the end of a segment. Only its last part is read: what lies before was synced, and `verify` checks it.
 * @param syncedTo records up to this one were synced: they stay, whatever state they are in.
 * @returns `undefined` for a file that a crash left without its first line.
 */
export async function findTail(segment: Segment, syncedTo: number): Promise<LogTail | undefined> {
  const file = await open(segment.path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer: head } = await file.read(Buffer.alloc(Math.min(size, headerBytesMax)), 0, undefined, 0);
    const headEnd = head.indexOf(10);
    if (headEnd < 0 && size < headerBytesMax) return undefined;
    const header = readHeader(head.subarray(0, Math.max(0, headEnd)));
    const start = Math.max(headEnd + 1, size - 2 * lineBytesMax);
    const { buffer } = await file.read(Buffer.allocUnsafe(size - start), 0, size - start, start);
    const isAtFirst = start === headEnd + 1;
    const begin = isAtFirst ? 0 : buffer.indexOf(10) + 1;
    const before = { sequence: segment.firstSequence - 1, hash: header?.hash ?? '' };
    const walked = walk(buffer, begin, isAtFirst && header !== undefined ? before : undefined, syncedTo);
    const byteLength = start + walked.end;
    const openedAtMs = header === undefined ? undefined : Date.parse(header.openedAt);
    const isDamaged = walked.isDamaged || header === undefined;
    return { ...(walked.last ?? before), byteLength, droppedBytes: size - byteLength, openedAtMs, isDamaged };
  } finally {
    await file.close();
  }
}

interface Link {
  readonly sequence: number;
  readonly hash: string;
}

function walk(buffer: Buffer, begin: number, first: Link | undefined, syncedTo: number) {
  let last = first;
  let end = begin;
  let isDamaged = false;
  for (let next = buffer.indexOf(10, end); next >= 0; next = buffer.indexOf(10, end)) {
    const link = readLink(buffer.subarray(end, next));
    if (!follows(link, last)) {
      // Not synced: the store has it still and it is written again. Synced: somebody changed it; what follows it stays.
      if ((last?.sequence ?? 0) >= syncedTo) break;
      isDamaged = true;
    }
    if (link !== undefined) last = { sequence: link.sequence, hash: link.hash };
    end = next + 1;
  }
  return { last, end, isDamaged };
}

function follows(link: ReturnType<typeof readLink>, last: Link | undefined): boolean {
  if (link === undefined || last === undefined) return link !== undefined;
  return link.sequence === last.sequence + 1 && chainHash(last.hash, link.content) === link.hash;
}
