import type { Blobs } from '../ports/blobs.ts';
import { BlobError, blobBytesMax } from '../ports/blobs.ts';
import { checkBlob, checkDigest, hexOfDigest } from './digest.ts';

/**
 * Blobs in memory, for tests and the simulator.
 * @param contents bytes by digest; keep it to see the same blobs after a simulated crash.
 */
export function memoryBlobs(contents: Map<string, Uint8Array> = new Map()): Blobs {
  const check = (digest: string, signal: AbortSignal) => {
    signal.throwIfAborted();
    hexOfDigest(digest);
  };
  return {
    async put(digest, bytes, signal) {
      check(digest, signal);
      checkBlob(digest, bytes, blobBytesMax);
      if (!contents.has(digest)) contents.set(digest, Uint8Array.from(bytes));
    },
    async read(digest, signal) {
      check(digest, signal);
      const bytes = contents.get(digest);
      if (bytes === undefined) throw new BlobError('NotFound', `Cannot read blob "${digest}": it is not here`);
      checkDigest(digest, bytes);
      return Uint8Array.from(bytes);
    },
    async has(digest, signal) {
      check(digest, signal);
      return contents.has(digest);
    },
    async remove(digest, signal) {
      check(digest, signal);
      contents.delete(digest);
    },
    async *list(signal) {
      for (const digest of contents.keys()) {
        signal.throwIfAborted();
        yield digest;
      }
    },
  };
}
