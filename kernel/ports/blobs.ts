/** Bytes known by their digest: bundle layers, artifacts. Written once, never changed. */
export interface Blobs {
  /**
   * Stores bytes durably (fsync before it resolves) under their digest; storing them again is free.
   * @throws {BlobError} `DigestMismatch` when the bytes are not those of `digest`, `Full` when there is no space.
   */
  put(digest: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Reads all bytes and checks them against the digest. @throws {BlobError} `NotFound` or `DigestMismatch`. */
  read(digest: string, signal: AbortSignal): Promise<Uint8Array>;
  has(digest: string, signal: AbortSignal): Promise<boolean>;
  /** Removes the bytes; nothing happens when they are not there. */
  remove(digest: string, signal: AbortSignal): Promise<void>;
  /** All digests, in no particular order. For garbage collection. */
  list(signal: AbortSignal): AsyncIterable<string>;
}

/** Largest blob the port takes, bytes. */
export const blobBytesMax = 64 * 1024 * 1024;

/** A blob could not be stored or read. */
export class BlobError extends Error {
  override readonly name = 'BlobError';
  readonly code: 'NotFound' | 'DigestMismatch' | 'TooLarge' | 'Full' | 'BadDigest';

  constructor(code: BlobError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
