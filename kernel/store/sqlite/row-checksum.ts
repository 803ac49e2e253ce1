import { crc32 } from 'node:zlib';
import type { StoreRow } from '../../ports/store.ts';

/** CRC-32 of everything in a row: finds what a disk changed by itself, which SQLite does not look for. */
export function rowChecksum(row: StoreRow): number {
  const { revision, resource, namespace, name, operation, keep, atMs, actor, reason, requestId, bytes } = row;
  const fields = [revision, resource, namespace, name, operation, keep, atMs, actor, reason, requestId];
  return crc32(bytes, crc32(fields.join('\0')));
}
