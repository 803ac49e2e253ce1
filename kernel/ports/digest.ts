import { createHash } from 'node:crypto';

/** `sha256:<64 lower-case hex digits>` of bytes, or of the UTF-8 form of a text: the form of OCI digests. */
export function sha256Digest(content: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** True for the text form of a sha256 digest. */
export function isSha256Digest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}
