import { hash } from 'node:crypto';

/**
 * The log is a chain of lines. Each record ends with its number and the SHA-256 of the hash before it and its own bytes, so
 * that no line can be changed, dropped, moved or repeated without all later hashes being wrong. A segment (file) begins with a
 * header that goes on from the last hash of the segment before.
 */

/** The hash before the very first segment. */
export const noHash = '0'.repeat(64);
/** Longest line of a segment, bytes; a record has at most 4 MiB. */
export const lineBytesMax = 8 * 1024 * 1024;

const hashCharacters = 64;
/** `,"hash":"…"}` at the end of every record. */
const hashFieldBytes = ',"hash":"'.length + hashCharacters + '"}'.length;
/** `,"sequence":9007199254740991` before it. */
const sequenceFieldBytesMax = ',"sequence":'.length + 16;
const linkPattern = /,"sequence":(\d{1,16}),"hash":"([0-9a-f]{64})"\}$/;

/** A record as it stands in the log. */
export interface LinkedRecord {
  /** With its line end. */
  readonly line: Buffer;
  readonly hash: string;
}

/** What the end of a record says. */
export interface RecordLink {
  readonly sequence: number;
  readonly hash: string;
  /** The bytes that the hash is over, besides the hash before. */
  readonly content: Uint8Array;
}

/** First line of a segment. */
export interface SegmentHeader {
  readonly kind: 'AuditSegment';
  readonly apiVersion: 'kernel.planform.dev/v1alpha1';
  readonly firstSequence: number;
  /** Hash of the last record before it. */
  readonly previousHash: string;
  /** RFC 3339. */
  readonly openedAt: string;
}

/** SHA-256 over a hash (its hexadecimal text) and what follows it. */
export function chainHash(previousHash: string, content: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(previousHash, 'latin1'), content]));
}

/** Puts a record into the chain. @param record a JSON object. */
export function linkRecord(record: Uint8Array, sequence: number, previousHash: string): LinkedRecord {
  const number = `,"sequence":${sequence}`;
  const bodyBytes = record.byteLength - 1; // without its closing brace
  const contentBytes = bodyBytes + number.length;
  const buffer = Buffer.allocUnsafe(hashCharacters + contentBytes + hashFieldBytes + 1);
  buffer.write(previousHash, 0, 'latin1');
  buffer.set(record.subarray(0, bodyBytes), hashCharacters);
  buffer.write(number, hashCharacters + bodyBytes, 'latin1');
  const digest = hash('sha256', buffer.subarray(0, hashCharacters + contentBytes));
  buffer.write(`,"hash":"${digest}"}\n`, hashCharacters + contentBytes, 'latin1');
  return { line: buffer.subarray(hashCharacters), hash: digest };
}

/** Reads the end of a record. @param line without its line end. @returns `undefined` for what is no record. */
export function readLink(line: Buffer): RecordLink | undefined {
  const end = line.toString('latin1', Math.max(0, line.byteLength - hashFieldBytes - sequenceFieldBytesMax));
  const [, sequence, digest] = linkPattern.exec(end) ?? [];
  if (sequence === undefined || digest === undefined) return undefined;
  const content = line.subarray(0, line.byteLength - hashFieldBytes);
  return { sequence: Number(sequence), hash: digest, content };
}

/** The header of a new segment as a line, and the hash its first record goes on from. */
export function linkHeader(header: SegmentHeader): LinkedRecord {
  const text = JSON.stringify(header);
  return { line: Buffer.from(`${text}\n`), hash: chainHash(header.previousHash, Buffer.from(text)) };
}

/** Reads the first line of a segment. @returns `undefined` when it is none. */
export function readHeader(line: Buffer): (SegmentHeader & { readonly hash: string }) | undefined {
  try {
    const header = JSON.parse(line.toString()) as Partial<SegmentHeader> | null;
    const { kind, firstSequence, previousHash } = header ?? {};
    if (kind !== 'AuditSegment' || typeof previousHash !== 'string' || !Number.isSafeInteger(firstSequence)) {
      return undefined;
    }
    return { ...(header as SegmentHeader), hash: chainHash(previousHash, line) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
