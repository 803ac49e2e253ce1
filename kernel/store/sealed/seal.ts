import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import { keyIdBytesMax, serviceNameBytesMax, type WrappedKey, wrappedKeyBytesMax } from '../../ports/keys.ts';
import { StoreError, type StoreRow } from '../../ports/store.ts';

/**
 * A sealed value, format 1:
 *
 * magic (4 bytes), format u8, service (length u8, UTF-8), key id (length u8, UTF-8), wrapped data key (length u16, bytes): the
 * *head*, the same for all values of one data key; nonce (12 bytes); AES-256-GCM of the value; tag (16 bytes).
 *
 * The tag also covers the head and which row the value belongs to, so that a value neither passes for that of another
 * row nor for another state of its own. What is not sealed is JSON and begins with another byte.
 */
const magic = Buffer.from('\0Pfs', 'latin1');
const format = 1;
/** Bytes of the nonces of AES-GCM (NIST SP 800-38D). */
export const nonceBytes = 12;
const tagBytes = 16;
const cipher = 'aes-256-gcm';

/** What a sealed value says of itself. */
export interface Seal extends WrappedKey {
  /** Name of the key service that wrapped the data key. */
  readonly service: string;
  /** The head: names the data key. */
  readonly head: Buffer;
}

/** Names the row a value belongs to. */
type RowName = Pick<StoreRow, 'revision' | 'resource' | 'namespace' | 'name' | 'operation'>;

/** A key to seal values with, and the head it gives them. */
export interface SealingKey {
  readonly key: KeyObject;
  readonly head: Buffer;
}

/** The head of values that are sealed with a data key. @throws {AssertionFailure} beyond the bounds of `KeyService`. */
export function sealHead(service: string, { keyId, wrapped }: WrappedKey): Buffer {
  const parts = [Buffer.from(service), Buffer.from(keyId)] as const;
  assert(parts[0].length >= 1 && parts[0].length <= serviceNameBytesMax, 'The name of a key service is short');
  assert(parts[1].length >= 1 && parts[1].length <= keyIdBytesMax, 'The id of a key is short');
  assert(wrapped.length >= 1 && wrapped.length <= wrappedKeyBytesMax, 'A wrapped key is short');
  const wrappedLength = Buffer.alloc(2);
  wrappedLength.writeUInt16BE(wrapped.length);
  return Buffer.concat([
    magic,
    Buffer.of(format, parts[0].length),
    parts[0],
    Buffer.of(parts[1].length),
    parts[1],
    wrappedLength,
    wrapped,
  ]);
}

/** Whether a value is sealed. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes[0] === magic[0] && bytes.length > magic.length && magic.every((byte, index) => bytes[index] === byte);
}

/** What a row's sealed value says of itself; `undefined` for values in the clear. @throws {StoreError} `Unreadable`. */
export function readSeal(row: StoreRow): Seal | undefined {
  if (!isSealed(row.bytes)) return undefined;
  const { buffer, byteOffset, byteLength } = row.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (bytes[magic.length] !== format) {
    throw unreadable(row, `it is encrypted in format ${bytes[magic.length]}, this program knows format ${format}`);
  }
  let at = magic.length + 1;
  const take = (length: number) => bytes.subarray(at, (at += length));
  const service = take(take(1)[0] ?? 0).toString();
  const keyId = take(take(1)[0] ?? 0).toString();
  const [high = 0, low = 0] = take(2);
  const wrapped = take(high * 256 + low);
  if (at + nonceBytes + tagBytes > bytes.length) throw unreadable(row, 'its encrypted value is damaged');
  return { service, keyId, wrapped, head: bytes.subarray(0, at) };
}

/** Seals a value. @param nonce `nonceBytes` that were never used with the key. */
export function sealValue(row: RowName, value: Uint8Array, { key, head }: SealingKey, nonce: Uint8Array): Buffer {
  const sealing = createCipheriv(cipher, key, nonce);
  sealing.setAAD(boundTo(row, head));
  const sealed = sealing.update(value);
  sealing.final();
  return Buffer.concat([head, nonce, sealed, sealing.getAuthTag()]);
}

/** The value that was sealed. @throws {StoreError} `Unreadable` unless row and key are those it was sealed for. */
export function openValue(row: StoreRow, { head, keyId, service }: Seal, key: KeyObject): Buffer {
  const { buffer, byteOffset, byteLength } = row.bytes;
  const rest = Buffer.from(buffer, byteOffset + head.length, byteLength - head.length);
  const opening = createDecipheriv(cipher, key, rest.subarray(0, nonceBytes), { authTagLength: tagBytes });
  opening.setAAD(boundTo(row, head));
  opening.setAuthTag(rest.subarray(-tagBytes));
  const value = opening.update(rest.subarray(nonceBytes, -tagBytes));
  try {
    opening.final();
  } catch (cause) {
    const why = `it is not what was encrypted for it with key "${keyId}" of "${service}": damaged, or of another row`;
    throw unreadable(row, why, cause);
  }
  return value;
}

/** Says which row cannot be read; never what is in it. */
export function unreadable(row: RowName, why: string, cause?: unknown): StoreError {
  const { resource, namespace, name, revision } = row;
  const object = namespace === '' ? name : `${namespace}/${name}`;
  return new StoreError('Unreadable', `Cannot read ${resource} "${object}" at revision ${revision}: ${why}`, { cause });
}

function boundTo({ resource, namespace, name, operation, revision }: RowName, head: Buffer): Buffer {
  return Buffer.concat([head, Buffer.from(JSON.stringify([resource, namespace, name, operation, revision]))]);
}
