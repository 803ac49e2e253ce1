import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../meta/errors.ts';
import { asStatusErrors, finalizerWarnings, validateScale } from './custom-rules.ts';

const mapping = {
  specReplicasPath: 'spec.size',
  statusReplicasPath: 'status.size',
  labelSelectorPath: 'status.selector',
};

test('validateScale() reads the fields of a scale as upstream does', async (t) => {
  const cases: readonly (readonly [Record<string, unknown>, readonly string[]])[] = [
    [{}, []],
    [{ spec: { size: 3 }, status: { size: 0, selector: 'a=b' } }, []],
    [{ spec: { size: -1 } }, ['.spec.size: Invalid value: -1: should be a non-negative integer']],
    [
      { status: { size: 2 ** 31 } },
      ['.status.size: Invalid value: 2147483648: should be less than or equal to 2147483647'],
    ],
    [
      { spec: { size: 1.5 } },
      ['.spec.size: Invalid value: 0: .spec.size accessor error: 1.5 is of the type float64, expected int64'],
    ],
    [
      { spec: 'x' },
      [
        '.spec.size: Invalid value: 0: .spec.size accessor error: x is of the type string, expected map[string]interface{}',
      ],
    ],
    [
      { status: { selector: { b: [1, null], a: true } } },
      [
        '.status.selector: Invalid value: "": .status.selector accessor error: map[a:true b:[1 <nil>]] is of the type map[string]interface {}, expected string',
      ],
    ],
  ];
  for (const [object, want] of cases) {
    await t.test(JSON.stringify(object), () => {
      assert.deepEqual(validateScale(mapping, object, false).map(formatFieldError), want);
    });
  }
});

test('validateScale() leaves the spec alone in a write of the status', () => {
  const object = { spec: { size: -1 }, status: { size: -1 } };
  assert.deepEqual(
    validateScale(mapping, object, true).map(({ path }) => path),
    ['.status.size'],
  );
});

test('asStatusErrors() begins texts at the status', () => {
  const detail = 'status.size in body must be of type integer: "string"';
  const [error] = asStatusErrors([{ type: 'TypeInvalid', path: 'status.size', value: 'string', detail }]);
  assert.equal(error?.detail, 'size in body must be of type integer: "string"');
});

test('finalizerWarnings() names new finalizers that others might use', () => {
  const metadata = {
    name: 'a',
    uid: '1',
    resourceVersion: '1',
    creationTimestamp: '',
    finalizers: ['b', 'example.com/a', 'a.com', 'orphan', 'b'],
  };
  const tail = 'to avoid accidental conflicts with other finalizer writers';
  assert.deepEqual(finalizerWarnings(metadata, undefined), [
    `metadata.finalizers: "a.com": prefer a domain-qualified finalizer name including a path (/) ${tail}`,
    `metadata.finalizers: "b": prefer a domain-qualified finalizer name ${tail}`,
  ]);
  const before = { apiVersion: 'v1', kind: 'A', metadata };
  assert.deepEqual(finalizerWarnings(metadata, before), []);
});
