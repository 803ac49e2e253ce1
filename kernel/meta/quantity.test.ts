import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as quantity from './quantity.ts';

test('canonicalQuantity() writes what Kubernetes writes', async (t) => {
  const cases = [
    ['0', '0'],
    ['0n', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['1', '1'],
    ['+1', '1'],
    ['-1', '-1'],
    ['007', '7'],
    ['1.5', '1500m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['0.1', '100m'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['2500m', '2500m'],
    ['1k', '1k'],
    ['1000', '1k'],
    ['1000k', '1M'],
    ['1024', '1024'],
    ['1.5k', '1500'],
    ['12E', '9223372036854775807'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1Ei', '1Ei'],
    ['16Ei', '9223372036854775807'],
    ['1023Ki', '1023Ki'],
    ['0.1Ki', '102400m'],
    ['0.0001Ki', '102400u'],
    ['-1.5Gi', '-1536Mi'],
    ['1.0001Ki', '1024102400u'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1e-3', '1e-3'],
    ['1500e0', '1500'],
    ['12e2', '1200'],
    ['1e4', '10e3'],
    ['1E', '1E'],
    ['1e100', '9223372036854775807'],
    ['1e-100', '1e-9'],
    ['-1e-100', '-1e-9'],
    ['0e100', '0'],
    ['0.0000000001', '1n'],
    ['1.0000000001', '1000000001n'],
    ['1n', '1n'],
    ['1u', '1u'],
    ['9223372036854775807', '9223372036854775807'],
  ] as const;
  for (const [text, want] of cases) await t.test(text, () => assert.equal(quantity.canonicalQuantity(text), want));
  assert.equal(quantity.canonicalQuantity(2), '2');
  assert.equal(quantity.canonicalQuantity(0.5), '500m');
});

test('parseQuantity() refuses what is no quantity', () => {
  for (const text of [
    '',
    '.',
    '-',
    'Ki',
    '1i',
    '.5i',
    '1.1.M',
    '1+1.0M',
    '0.1mi',
    '0.1am',
    'aoeu',
    '-3.01i',
    '-3.01e-',
    ' 1',
    '1 ',
    '1ki',
    '1KI',
    '1e',
    '1e3M',
    '1'.repeat(200),
  ]) {
    assert.equal(quantity.parseQuantity(text), undefined, text);
  }
});

test('quantities convert to numbers, rounding up where they must', () => {
  const of = (text: string) => quantity.parseQuantity(text) ?? assert.fail(text);
  assert.equal(quantity.quantityToMilli(of('250m')), 250);
  assert.equal(quantity.quantityToMilli(of('0.0001')), 1);
  assert.equal(quantity.quantityToUnits(of('1.5')), 2);
  assert.equal(quantity.quantityToUnits(of('-1.5')), -1);
  assert.equal(quantity.quantityToUnits(of('64Mi')), 67_108_864);
  assert.equal(quantity.quantityToNumber(of('2.25')), 2.25);
  assert.equal(quantity.formatQuantity(quantity.quantityOf(2048, 'BinarySI')), '2Ki');
  assert.equal(quantity.formatQuantity(quantity.addQuantities(of('1Gi'), of('512Mi'))), '1536Mi');
  assert.equal(quantity.formatQuantity(quantity.addQuantities(quantity.zeroQuantity, of('1Gi'))), '1Gi');
  assert.equal(quantity.formatQuantity(quantity.subtractQuantities(of('1'), of('250m'))), '750m');
});
