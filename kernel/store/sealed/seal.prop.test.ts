import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoreRow } from '../../ports/store.ts';
import { isSealed, nonceBytes, openValue, readSeal, sealHead, sealValue } from './seal.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const row = fc.record<StoreRow>({
  revision: fc.maxSafeNat(),
  resource: text,
  namespace: text,
  name: text,
  operation: fc.constantFrom('create', 'update', 'delete'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
  actor: fc.constant('tester'),
  reason: fc.constant(''),
  requestId: fc.constant(''),
  atMs: fc.constant(0),
  keep: fc.boolean(),
});
const nonce = fc.uint8Array({ minLength: nonceBytes, maxLength: nonceBytes });
const wrapped = fc.uint8Array({ minLength: 1, maxLength: 512 });
const key = (number: number) => createSecretKey(new Uint8Array(32).fill(number));
const refused = { name: 'StoreError', code: 'Unreadable' };

function seal(value: StoreRow, nonceValue: Uint8Array, wrappedKey: Uint8Array): StoreRow {
  const head = sealHead('local', { keyId: 'key-1', wrapped: wrappedKey });
  return { ...value, bytes: sealValue(value, value.bytes, { key: key(1), head }, nonceValue) };
}

function open(sealed: StoreRow, number = 1): Buffer {
  const found = readSeal(sealed);
  assert.ok(found !== undefined && isSealed(sealed.bytes));
  return openValue(sealed, found, key(number));
}

test('sealValue() and openValue() give every row back', () => {
  fc.assert(
    fc.property(row, nonce, wrapped, (value, nonceValue, wrappedKey) => {
      assert.deepEqual(new Uint8Array(open(seal(value, nonceValue, wrappedKey))), value.bytes);
    }),
  );
});

test('no flipped bit, no cut, no other row and no other key passes', () => {
  fc.assert(
    fc.property(row, row, nonce, wrapped, fc.nat(), (value, other, nonceValue, wrappedKey, place) => {
      const sealed = seal(value, nonceValue, wrappedKey);
      const flipped = Buffer.from(sealed.bytes);
      const bit = place % (flipped.length * 8);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      // A flipped bit of the magic makes it a value in the clear, which is none of these.
      if (isSealed(flipped)) assert.throws(() => open({ ...sealed, bytes: flipped }), refused);
      const cut = sealed.bytes.subarray(0, 5 + (place % (sealed.bytes.length - 5)));
      assert.throws(() => open({ ...sealed, bytes: cut }), refused);
      assert.throws(() => open(sealed, 2), refused);
      const { revision, resource, namespace, name, operation } = other;
      for (const part of [{ revision }, { resource }, { namespace }, { name }, { operation }]) {
        const moved = { ...sealed, ...part };
        if (JSON.stringify(moved) !== JSON.stringify(sealed)) assert.throws(() => open(moved), refused);
      }
    }),
  );
});
