import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress, parseAddress, parseNetwork } from './network.ts';

test('parseAddress() reads IPv4 and IPv6, formatAddress() writes them in one way', () => {
  const cases: readonly (readonly [text: string, canonical: string])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ];
  for (const [text, canonical] of cases) {
    const address = parseAddress(text);
    assert.ok(address, text);
    assert.equal(formatAddress(address), canonical);
  }
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    'a',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '::12345',
    '10.0.0.1:2::',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('parseNetwork() reads CIDR forms', () => {
  assert.deepEqual(parseNetwork('10.96.0.1/16'), { bits: 32, first: 0x0a600000n, prefixLength: 16, isMasked: false });
  assert.equal(parseNetwork('fd00::/64')?.isMasked, true);
  assert.equal(parseNetwork('0.0.0.0/0')?.prefixLength, 0);
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '::/129'])
    assert.equal(parseNetwork(text), undefined, text);
});
