import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressPool } from './address-pool.ts';

test('AddressPool gives every owner one address, and none twice', () => {
  const pool = new AddressPool('10.32.0.252', 30);
  pool.keep('old', '10.32.0.253');
  assert.equal(pool.take('a'), '10.32.0.254');
  assert.equal(pool.take('a'), '10.32.0.254');
  assert.throws(() => pool.take('b'), new RangeError('Cannot give "b" an address: all 2 are taken'));
  pool.release('old');
  assert.equal(pool.take('b'), '10.32.0.253');
});
