import { blobsConformance } from '../ports/blobs-conformance.ts';
import { memoryBlobs } from './memory-blobs.ts';

blobsConformance('memory', async () => {
  const contents = new Map<string, Uint8Array>();
  return {
    open: async () => memoryBlobs(contents),
    damage: async (digest) => void contents.set(digest, Buffer.from('damaged')),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
