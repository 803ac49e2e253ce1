import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as names from './names.ts';

test('names are checked by the rules of Kubernetes', async (t) => {
  const long = 'a'.repeat(64);
  const cases = [
    {
      check: names.checkDnsSubdomain,
      valid: ['a', 'a.b', 'a-1.b', '1.2'],
      invalid: ['', 'A', 'a.', '.a', 'a..b', '-a', 'a_b', 'a'.repeat(254)],
    },
    { check: names.checkDnsLabel, valid: ['a', '1-a'], invalid: ['', 'a.b', 'A', 'a-', long] },
    { check: names.checkServiceName, valid: ['a', 'a-1'], invalid: ['', '1a', 'a.b', long] },
    {
      check: names.checkQualifiedName,
      valid: ['a', 'A.b_c', 'x.y/Z', `${'a.'.repeat(100)}a/b`],
      invalid: ['', '/a', 'a/', 'X/y', 'a/b/c', long, 'a b', '-a'],
    },
    { check: names.checkLabelValue, valid: ['', 'a', 'A_b.c-1'], invalid: ['-a', 'a/', 'a b', long] },
    { check: names.checkConfigKey, valid: ['a', '.dot', 'A_b'], invalid: ['', '.', '..', '..a', 'a/b'] },
    { check: names.checkVariableName, valid: ['A', '_a.b-c', '1A', 'a b'], invalid: ['', 'a=b', 'ä'] },
    { check: names.checkPathSegment, valid: ['system:a', 'A b'], invalid: ['.', '..', 'a/b', 'a%'] },
    { check: names.checkPortName, valid: ['http', 'a-1'], invalid: ['', '80', 'a--b', '-a', 'Http', 'a'.repeat(16)] },
  ];
  for (const { check, valid, invalid } of cases) {
    await t.test(check.name, () => {
      for (const text of valid) assert.deepEqual(check(text), [], text);
      for (const text of invalid) assert.notDeepEqual(check(text), [], text);
    });
  }
});

test('texts are those of Kubernetes', () => {
  assert.deepEqual(names.checkDnsLabel('A'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  // What labels are made of is counted in bytes, names in characters.
  assert.deepEqual(names.checkQualifiedName(`x/${'a'.repeat(64)}`), ['name part must be no more than 63 bytes']);
  assert.deepEqual(names.checkLabelValue('a'.repeat(64)), ['must be no more than 63 bytes']);
  assert.deepEqual(names.checkDnsSubdomain('a'.repeat(254)), ['must be no more than 253 characters']);
});
