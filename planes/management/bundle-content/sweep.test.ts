import assert from 'node:assert/strict';
import test from 'node:test';
import { memoryBlobs } from '../../../kernel/blobs/memory-blobs.ts';
import { buildBundle } from '../../application/application/bundle.ts';
import { fetchBundle } from './fetch.ts';
import { sweepBlobs } from './sweep.ts';

const { signal } = new AbortController();

function bundle(...names: readonly string[]) {
  const components = names.map((name) => ({
    name,
    dependsOn: [],
    manifests: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }],
  }));
  return buildBundle({ application: { namespace: 'default', name: 'a' }, components: components as never, omitted: 0 });
}

test('fetchBundle() brings everything, the manifest last; sweepBlobs() keeps what is in use', async () => {
  const [one, two] = [bundle('shared', 'one'), bundle('shared', 'two')];
  const contents = new Map<string, Uint8Array>();
  const blobs = memoryBlobs(contents);
  const fetched: string[] = [];
  for (const { spec, blobs: source } of [one, two]) {
    await fetchBundle(
      spec.digest,
      blobs,
      (digest) => {
        fetched.push(digest);
        return Promise.resolve(source.get(digest) ?? new Uint8Array());
      },
      signal,
    );
    assert.equal([...contents.keys()].at(-1), spec.digest);
  }
  assert.equal(new Set(fetched).size, fetched.length);
  assert.equal(await sweepBlobs(blobs, new Set([two.spec.digest, `sha256:${'0'.repeat(64)}`]), signal), 3);
  assert.deepEqual(new Set(contents.keys()), new Set(two.blobs.keys()));
});

test('fetchBundle() refuses bytes that are not those of the digest and keeps nothing of them', async () => {
  const { spec } = bundle('one');
  const blobs = memoryBlobs();
  const other = bundle('two');
  await assert.rejects(
    fetchBundle(
      spec.digest,
      blobs,
      () => Promise.resolve(other.blobs.get(other.spec.digest) ?? new Uint8Array()),
      signal,
    ),
  );
  assert.equal(await blobs.has(spec.digest, signal), false);
});
