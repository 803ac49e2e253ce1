import { type Blobs, BlobError } from '../../../kernel/ports/blobs.ts';
import { decodeManifest } from './decode.ts';

/**
 * Removes every blob that no bundle in use refers to. The blob store must hold nothing but bundles, and nobody may
 * fetch one meanwhile.
 * @param inUse digests of bundles; one that is not here (yet) keeps nothing. @returns how many blobs went.
 */
export async function sweepBlobs(blobs: Blobs, inUse: ReadonlySet<string>, signal: AbortSignal): Promise<number> {
  const kept = new Set<string>();
  for (const digest of inUse) for (const blob of await blobsOf(digest, blobs, signal)) kept.add(blob);
  const unused: string[] = [];
  for await (const digest of blobs.list(signal)) if (!kept.has(digest)) unused.push(digest);
  for (const digest of unused) await blobs.remove(digest, signal);
  return unused.length;
}

async function blobsOf(digest: string, blobs: Blobs, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { config, layers } = decodeManifest(await blobs.read(digest, signal));
    return [digest, config.digest, ...layers.map((layer) => layer.digest)];
  } catch (error) {
    if (error instanceof BlobError && error.code === 'NotFound') return [];
    throw error;
  }
}
