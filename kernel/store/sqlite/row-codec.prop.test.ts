import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { testRow } from '../../ports/store-conformance.ts';
import type { Commit, StoreRow } from '../../ports/store.ts';
import {
  decodeCommits,
  decodeRecords,
  decodeRows,
  encodeCommits,
  encodeRecords,
  encodeRows,
  packedBytesMax,
} from './row-codec.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });

const row = fc.record<StoreRow>({
  revision: fc.maxSafeNat(),
  resource: text,
  namespace: text,
  name: text,
  operation: fc.constantFrom('create', 'update', 'delete'),
  bytes: fc.uint8Array({ maxLength: 200 }),
  actor: text,
  reason: text,
  requestId: text,
  atMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  keep: fc.boolean(),
});

test('decodeCommits() and decodeRows() undo their opposites', () => {
  const commit = fc.record({
    expectedHead: fc.maxSafeNat(),
    rows: fc.array(row, { maxLength: 5 }),
    records: fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(commit, { maxLength: 4 }), (commits) => {
      const packed = encodeCommits(commits);
      const bytesMax = commits.reduce((sum, commit) => sum + packedBytesMax(commit), 4);
      assert.ok(packed.byteLength <= bytesMax);
      assert.deepEqual(decodeCommits(packed).map(plain), commits.map(plain));
      const records = commits.flatMap(({ records }) => records).map((bytes, sequence) => ({ sequence, bytes }));
      const decoded = decodeRecords(encodeRecords(records));
      assert.deepEqual(
        decoded.map(({ sequence, bytes }) => ({ sequence, bytes: new Uint8Array(bytes) })),
        records,
      );
      const rows = commits.flatMap((commit) => commit.rows);
      assert.deepEqual(plain({ expectedHead: 0, rows: decodeRows(encodeRows(rows)) }).rows, rows.map(plainRow));
    }),
    { numRuns: 100 },
  );
});

test('decodeRows() gives large values memory of their own, small ones that of a few', () => {
  const sizes = [0, 1, 4_000, 4_097, 20_000, 3_000, 4_096, 4_096, 4_096, 4_096, 5];
  const rows = sizes.map((size, index) => testRow({ revision: index + 1, bytes: new Uint8Array(size).fill(index) }));
  const packed = encodeRows(rows);
  const decoded = decodeRows(packed);
  for (const [index, { bytes }] of decoded.entries()) {
    assert.ok(bytes.every((byte) => byte === index) && bytes.byteLength === sizes[index]);
    assert.ok(bytes.buffer !== packed.buffer && bytes.buffer.byteLength <= Math.max(bytes.byteLength, 16_384));
  }
});

function plain({ expectedHead, rows, records = [] }: Commit): Commit {
  return { expectedHead, rows: rows.map(plainRow), records: records.map((bytes) => new Uint8Array(bytes)) };
}

function plainRow(row: StoreRow): StoreRow {
  return { ...row, bytes: new Uint8Array(row.bytes) };
}
