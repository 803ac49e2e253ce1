import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BlobError, Blobs } from './blobs.ts';
import { blobBytesMax } from './blobs.ts';

/** One empty place to keep blobs, made for one test. */
export interface BlobsHarness {
  /** Opens it; again, with what was stored. */
  open(): Promise<Blobs>;
  /** Changes a stored byte behind the store's back. */
  damage(digest: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const signal = new AbortController().signal;
const hello = Buffer.from('hello');
const helloDigest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const empty = new Uint8Array();
const emptyDigest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Registers the tests every `Blobs` passes. `open` gives each test its own place. */
export function blobsConformance(name: string, open: () => Promise<BlobsHarness>): void {
  const blobsTest = (title: string, body: (blobs: Blobs, harness: BlobsHarness) => Promise<void>) => {
    void test(title, async () => {
      await using harness = await open();
      await body(await harness.open(), harness);
    });
  };

  suite(`${name} blobs`, () => {
    blobsTest('read() gives back what put() stored, also after a restart', async (blobs, harness) => {
      await blobs.put(helloDigest, hello, signal);
      await blobs.put(emptyDigest, empty, signal);
      await blobs.put(helloDigest, hello, signal);
      const again = await harness.open();
      assert.deepEqual(Buffer.from(await again.read(helloDigest, signal)), hello);
      assert.equal((await again.read(emptyDigest, signal)).byteLength, 0);
      assert.deepEqual((await Array.fromAsync(again.list(signal))).sort(), [helloDigest, emptyDigest].sort());
    });

    blobsTest('put() of the same bytes at the same time stores them once', async (blobs) => {
      await Promise.all(Array.from({ length: 10 }, () => blobs.put(helloDigest, hello, signal)));
      assert.deepEqual(await Array.fromAsync(blobs.list(signal)), [helloDigest]);
    });

    blobsTest('put() refuses what does not match, is too large or has a bad digest', async (blobs) => {
      await refused(blobs.put(emptyDigest, hello, signal), 'DigestMismatch');
      await refused(blobs.put(helloDigest, new Uint8Array(blobBytesMax + 1), signal), 'TooLarge');
      for (const digest of ['', 'sha256:', 'md5:00', `sha256:../${'0'.repeat(61)}`, helloDigest.toUpperCase()]) {
        await refused(blobs.put(digest, hello, signal), 'BadDigest');
      }
      assert.deepEqual(await Array.fromAsync(blobs.list(signal)), []);
    });

    blobsTest('has() and remove() follow what is there', async (blobs) => {
      assert.equal(await blobs.has(helloDigest, signal), false);
      await blobs.put(helloDigest, hello, signal);
      assert.equal(await blobs.has(helloDigest, signal), true);
      await blobs.remove(helloDigest, signal);
      await blobs.remove(helloDigest, signal);
      assert.equal(await blobs.has(helloDigest, signal), false);
      await refused(blobs.read(helloDigest, signal), 'NotFound');
    });

    blobsTest('read() refuses bytes that were damaged', async (blobs, harness) => {
      await blobs.put(helloDigest, hello, signal);
      await harness.damage(helloDigest);
      await refused(blobs.read(helloDigest, signal), 'DigestMismatch');
    });

    blobsTest('every method rejects with the reason of an aborted signal', async (blobs) => {
      const aborted = AbortSignal.abort(new Error('enough'));
      const enough = { message: 'enough' };
      await assert.rejects(blobs.put(helloDigest, hello, aborted), enough);
      await assert.rejects(blobs.read(helloDigest, aborted), enough);
      await assert.rejects(blobs.has(helloDigest, aborted), enough);
      await assert.rejects(blobs.remove(helloDigest, aborted), enough);
    });
  });
}

async function refused(work: Promise<unknown>, code: BlobError['code']): Promise<void> {
  await assert.rejects(work, { name: 'BlobError', code });
}
