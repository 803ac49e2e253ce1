import type { Blobs } from '../../../kernel/ports/blobs.ts';
import { type BundleContent, decodeBundle } from './decode.ts';

/** Bundles kept decoded. */
const decodedMax = 64;

/** Reads bundles from the blob store and keeps the last few decoded: their content never changes. */
export class BundleLibrary {
  readonly #blobs: Blobs;
  readonly #decoded = new Map<string, BundleContent>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** The content of a bundle. @throws {BlobError} when a blob is missing; {ApiError} when it is not a bundle. */
  async read(digest: string, signal: AbortSignal): Promise<BundleContent> {
    const known = this.#decoded.get(digest);
    if (known !== undefined) return known;
    const content = await decodeBundle(digest, (blob) => this.#blobs.read(blob, signal));
    this.#decoded.set(digest, content);
    const [oldest] = this.#decoded.keys();
    if (this.#decoded.size > decodedMax && oldest !== undefined) this.#decoded.delete(oldest);
    return content;
  }
}
