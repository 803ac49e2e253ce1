import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as quantity from './quantity.ts';

const text = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.nat(10_000_000),
    fc.option(
      fc.nat(99_999).map((fraction) => `.${fraction}`),
      { nil: '' },
    ),
    fc.constantFrom(
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Ei',
      'e3',
      'E-3',
      'e10',
    ),
  )
  .map((parts) => parts.join(''));
const amount = text.map((source) => quantity.parseQuantity(source) ?? assert.fail(source));

test('the canonical form keeps the amount and is its own canonical form', () => {
  fc.assert(
    fc.property(amount, (before) => {
      const canonical = quantity.formatQuantity(before);
      const after = quantity.parseQuantity(canonical);
      assert.equal(after?.nanos, before.nanos);
      assert.equal(quantity.canonicalQuantity(canonical), canonical);
      assert.match(canonical, /^-?\d+([numkMGTPE]|[KMGTPE]i|e-?\d+)?$/);
    }),
  );
});

test('comparison and addition agree', () => {
  fc.assert(
    fc.property(amount, amount, amount, (a, b, c) => {
      assert.equal(quantity.compareQuantities(a, b), -quantity.compareQuantities(b, a) + 0);
      assert.equal(quantity.addQuantities(a, b).nanos, quantity.addQuantities(b, a).nanos);
      if (quantity.compareQuantities(a, b) <= 0) {
        assert.ok(quantity.compareQuantities(quantity.addQuantities(a, c), quantity.addQuantities(b, c)) <= 0);
      }
    }),
  );
});
