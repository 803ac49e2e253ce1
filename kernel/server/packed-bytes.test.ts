import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PackedBytes } from './packed-bytes.ts';

test('PackedBytes gives back what it took', () => {
  for (const text of ['', 'short', JSON.stringify(Array.from({ length: 5_000 }, (_, index) => ({ index })))]) {
    const bytes = Buffer.from(text);
    const packed = new PackedBytes(bytes);
    assert.equal(packed.byteLength, bytes.length);
    assert.deepEqual(Buffer.from(packed.bytes()), bytes);
    assert.match(packed.digest, /^[0-9A-F]{64}$/);
    assert.equal(packed.digest, new PackedBytes(Buffer.from(text)).digest);
  }
});
