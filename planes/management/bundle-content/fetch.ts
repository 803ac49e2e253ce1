import type { Blobs } from '../../../kernel/ports/blobs.ts';
import { decodeManifest } from './decode.ts';

/** Fetches the bytes of a digest from somewhere that need not be trusted. */
export type FetchBlob = (digest: string, signal: AbortSignal) => Promise<Uint8Array>;

/**
 * Makes sure that every blob of a bundle is in `blobs`, on disk. What is there already is not fetched again; what
 * arrives is checked against its digest. The manifest comes last, so that its presence means that all is there.
 * @throws {BlobError} `DigestMismatch` when the source sent other bytes; whatever `fetch` throws.
 */
export async function fetchBundle(digest: string, blobs: Blobs, fetch: FetchBlob, signal: AbortSignal): Promise<void> {
  if (await blobs.has(digest, signal)) return;
  const manifest = await fetch(digest, signal);
  const { config, layers } = decodeManifest(manifest);
  for (const blob of new Set([config, ...layers].map((descriptor) => descriptor.digest))) {
    if (await blobs.has(blob, signal)) continue;
    await blobs.put(blob, await fetch(blob, signal), signal);
  }
  await blobs.put(digest, manifest, signal);
}
