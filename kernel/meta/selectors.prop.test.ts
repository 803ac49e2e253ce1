import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as selectors from './selectors.ts';

const word = fc.constantFrom('a', 'b', 'in', 'notin', 'x.y/z', '1');
const value = fc.constantFrom('', 'a', 'in', '1', '22');
const labelsOf = fc.dictionary(word, value, { noNullPrototype: true });

const requirement: fc.Arbitrary<selectors.LabelRequirement> = fc.oneof(
  fc.record({ key: word, operator: fc.constantFrom('=', '==', '!='), values: fc.tuple(value) }),
  fc.record({
    key: word,
    operator: fc.constantFrom('in', 'notin'),
    values: fc.uniqueArray(value, { minLength: 1 }).map((values) => values.sort()),
  }),
  fc.record({ key: word, operator: fc.constantFrom('exists', '!'), values: fc.constant([]) }),
  fc.record({ key: word, operator: fc.constantFrom('gt', 'lt'), values: fc.tuple(fc.nat().map(String)) }),
);
const selector = fc.array(requirement, { maxLength: 4 });

test('a label selector survives its text form', () => {
  fc.assert(
    fc.property(selector, labelsOf, (before, labels) => {
      const after = selectors.parseLabelSelector(selectors.formatLabelSelector(before));
      assert.equal(selectors.matchesLabels(after, labels), selectors.matchesLabels(before, labels));
      assert.deepEqual(selectors.parseLabelSelector(selectors.formatLabelSelector(after)), after);
    }),
  );
});

test('compiled and interpreted label selectors agree, and more requirements select less', () => {
  fc.assert(
    fc.property(selector, selector, labelsOf, (one, two, labels) => {
      const both = selectors.compileLabelSelector([...one, ...two])(labels);
      assert.equal(both, selectors.matchesLabels(one, labels) && selectors.matchesLabels(two, labels));
    }),
  );
});

test('each operator is the opposite of its negation', () => {
  fc.assert(
    fc.property(word, fc.uniqueArray(value, { minLength: 1 }), labelsOf, (key, values, labels) => {
      const holds = (operator: selectors.LabelOperator, operands: readonly string[]) =>
        selectors.matchesLabels([{ key, operator, values: operands }], labels);
      assert.notEqual(holds('in', values), holds('notin', values));
      assert.notEqual(holds('=', values.slice(0, 1)), holds('!=', values.slice(0, 1)));
      assert.notEqual(holds('exists', []), holds('!', []));
    }),
  );
});

test('parseLabelSelector() and parseFieldSelector() end on any text', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '=', '!', '(', ')', ',', '<', '>', ' ', 'in', '\\', 'notin'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(text, (input) => {
      for (const parse of [selectors.parseLabelSelector, selectors.parseFieldSelector]) {
        try {
          parse(input);
        } catch (error) {
          assert.equal((error as { reason?: string }).reason, 'BadRequest');
        }
      }
    }),
  );
});

test('a field selector survives its text form', () => {
  const term = fc.record(
    {
      field: fc.constantFrom('metadata.name', 'spec.nodeName'),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string({ unit: fc.constantFrom('a', '=', '\\', ',', '!', ' ') }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(term, { maxLength: 3 }), (before) => {
      assert.deepEqual(selectors.parseFieldSelector(selectors.formatFieldSelector(before)), before);
    }),
  );
});
