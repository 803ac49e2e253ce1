import { createHash } from 'node:crypto';
import { BlobError } from '../ports/blobs.ts';

const digestPattern = /^sha256:([0-9a-f]{64})$/;

/** The digest of bytes as OCI writes it: `sha256:` and 64 lower-case hex digits. */
export function sha256Digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The hex digits of a digest. @throws {BlobError} `BadDigest` when it is not a sha256 digest. */
export function hexOfDigest(digest: string): string {
  const hex = digestPattern.exec(digest)?.[1];
  if (hex !== undefined) return hex;
  throw new BlobError('BadDigest', `Cannot use digest "${digest}": expected "sha256:" and 64 lower-case hex digits`);
}

/** Checks bytes about to be stored. @throws {BlobError} `BadDigest`, `TooLarge` or `DigestMismatch`. */
export function checkBlob(digest: string, bytes: Uint8Array, bytesMax: number): void {
  hexOfDigest(digest);
  if (bytes.byteLength > bytesMax) {
    throw new BlobError(
      'TooLarge',
      `Cannot store blob "${digest}": it has ${bytes.byteLength} bytes, at most ${bytesMax} are taken`,
    );
  }
  checkDigest(digest, bytes);
}

/** @throws {BlobError} `DigestMismatch` when the bytes are not those of the digest. */
export function checkDigest(digest: string, bytes: Uint8Array): void {
  const actual = sha256Digest(bytes);
  if (actual !== digest)
    throw new BlobError('DigestMismatch', `Bytes do not match digest "${digest}": theirs is "${actual}"`);
}
