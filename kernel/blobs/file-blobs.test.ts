import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '../base/system-random.ts';
import { blobsConformance } from '../ports/blobs-conformance.ts';
import { hexOfDigest } from './digest.ts';
import { openFileBlobs } from './file-blobs.ts';

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'planform-blobs-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

blobsConformance('file', async () => {
  const temporary = await temporaryFolder();
  const { folder } = temporary;
  return {
    open: () => openFileBlobs({ folder, random: systemRandom }),
    damage: (digest) => {
      const hex = hexOfDigest(digest);
      return writeFile(join(folder, 'sha256', hex.slice(0, 2), hex), 'damaged');
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
});

test('openFileBlobs() removes what a crash left half written', async () => {
  await using temporary = await temporaryFolder();
  const partial = join(temporary.folder, 'partial');
  await mkdir(partial);
  await writeFile(join(partial, 'half'), 'hel');
  await openFileBlobs({ folder: temporary.folder, random: systemRandom });
  assert.deepEqual(await readdir(partial), []);
});
