import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileSchema } from './compile.ts';
import { any, array, intOrString, number, object, string } from './schema.ts';
import type { ValueRules } from './value-rules.ts';

function errorsOf(rules: ValueRules, x: unknown): readonly string[] {
  const schema = object({ spec: object({ x: any({ rules }) }) });
  return compileSchema(schema)
    .validate({ spec: { x } })
    .map(({ path, detail }) => `${path}: ${detail}`);
}

const cases: readonly [name: string, rules: ValueRules, right: readonly unknown[], wrong: unknown, errors: string[]][] =
  [
    ['minimum', { minimum: 1 }, [1, 'a'], 0, ['spec.x: spec.x in body should be greater than or equal to 1']],
    [
      'exclusiveMinimum',
      { minimum: 1, exclusiveMinimum: true },
      [1.1],
      1,
      ['spec.x: spec.x in body should be greater than 1'],
    ],
    [
      'exclusiveMaximum',
      { maximum: 1, exclusiveMaximum: true },
      [0],
      1,
      ['spec.x: spec.x in body should be less than 1'],
    ],
    ['multipleOf', { multipleOf: 3 }, [9, 'b'], 10, ['spec.x: spec.x in body should be a multiple of 3']],
    // Kubernetes: integers have integer factors, fractions need only be near enough, and what is larger than 2^53 is no multiple.
    [
      'fractional factor',
      { multipleOf: 0.1 },
      [0.3, 1.1],
      0.35,
      ['spec.x: spec.x in body should be a multiple of 0.1'],
    ],
    [
      'factor below one',
      { multipleOf: 0.5 },
      [1.5],
      1,
      ['spec.x: factor MultipleOf declared for spec.x must be positive: 0'],
    ],
    ['cut factor', { multipleOf: 2.5 }, [2, 7.5], 5, ['spec.x: spec.x in body should be a multiple of 2']],
    ['huge number', { multipleOf: 0.5 }, [], 1e20, ['spec.x: spec.x in body should be a multiple of 0.5']],
    [
      'factor, then limits',
      { multipleOf: 2, minimum: 4 },
      [4],
      3,
      [
        'spec.x: spec.x in body should be a multiple of 2',
        'spec.x: spec.x in body should be greater than or equal to 4',
      ],
    ],
    ['enum of numbers', { enum: [1, 2] }, [2], 3, ['spec.x: supported values: "1", "2"']],
    [
      'minProperties',
      { minProperties: 1 },
      [{ a: 1 }, []],
      {},
      ['spec.x: spec.x in body should have at least 1 properties'],
    ],
    ['maxProperties', { maxProperties: 1 }, [{}], { a: 1, b: 2 }, ['spec.x: 2: must have at most 1 item']],
    ['required', { required: ['a'] }, [{ a: null }, 1], {}, ['spec.x.a: ']],
    [
      'format',
      { format: 'ipv4' },
      ['10.0.0.1', 7],
      '10.0.0.256',
      ['spec.x: spec.x in body must be of type ipv4: "10.0.0.256"'],
    ],
    ['unknown format', { format: 'nonsense' }, ['anything'], undefined, []],
    ['pattern', { pattern: '^a' }, ['ab'], 'b', ["spec.x: spec.x in body should match '^a'"]],
    ['items', { items: { maxLength: 1 } }, [['a']], ['ab'], ['spec.x[0]: may not be more than 1 bytes']],
    [
      'properties',
      { properties: { a: { minLength: 1 } } },
      [{}],
      { a: '' },
      ['spec.x.a: spec.x.a in body should be at least 1 chars long'],
    ],
    [
      'anyOf',
      { anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      [{ a: 1 }, { a: 1, b: 1 }],
      {},
      ['<nil>: "spec.x" must validate at least one schema (anyOf)', 'spec.x.a: '],
    ],
    [
      'oneOf, none',
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      [{ a: 1 }],
      {},
      ['<nil>: "spec.x" must validate one and only one schema (oneOf). Found none valid', 'spec.x.a: '],
    ],
    [
      'oneOf, two',
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      [{ b: 1 }],
      { a: 1, b: 1 },
      ['<nil>: "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      'allOf',
      { allOf: [{ required: ['a'] }, { required: ['b'] }] },
      [{ a: 1, b: 1 }],
      { a: 1 },
      ['spec.x.b: ', '<nil>: "spec.x" must validate all the schemas (allOf)'],
    ],
    ['not', { not: { required: ['a'] } }, [{}], { a: 1 }, ['<nil>: "spec.x" must not validate the schema (not)']],
  ];

test('checkRules() holds values to JSON schema validations, with the texts of kube-openapi', async (t) => {
  for (const [name, rules, right, wrong, errors] of cases) {
    await t.test(name, () => {
      for (const value of right) assert.deepEqual(errorsOf(rules, value), [], JSON.stringify(value));
      assert.deepEqual(errorsOf(rules, wrong), errors);
      assert.deepEqual(errorsOf(rules, null), []);
    });
  }
});

test('compileSchema() applies rules at the root, in items, and beside a type', () => {
  const schema = object(
    { list: array(string({ rules: { format: 'uuid' } })), size: number({ rules: { multipleOf: 2 } }) },
    { rules: { maxProperties: 1 } },
  );
  const compiled = compileSchema(schema);
  assert.deepEqual(
    compiled.validate({ list: ['x'], size: 3 }).map(({ path }) => path),
    ['list[0]', 'size', ''],
  );
  assert.deepEqual(compiled.validate({ size: 4 }), []);
});

test('an int-or-string of a custom resource holds more than 32 bits', () => {
  const compiled = compileSchema(object({ memory: intOrString() }));
  assert.deepEqual(compiled.validate({ memory: 8_589_934_592 }), []);
  assert.equal(compiled.validate({ memory: 1.5 }).length, 1);
});

test('formats of custom resources', () => {
  const formats: readonly [format: string, right: readonly string[], wrong: readonly string[]][] = [
    ['cidr', ['10.0.0.0/8', 'fd00::/64'], ['10.0.0.0', '10.0.0.0/33', 'x/8']],
    ['date', ['2024-02-29'], ['2024-2-29', 'today']],
    ['email', ['a@b.c'], ['a', 'a b@c']],
    ['hostname', ['a', 'a.example.com'], ['', '-a', 'a b']],
    ['ipv6', ['::1', 'fe80::1'], ['1.2.3.4', ':::']],
    ['mac', ['01:23:45:67:89:ab'], ['01:23:45:67:89', '01:23-45:67:89:ab']],
    ['uri', ['https://a.b/c', 'urn:x'], ['no uri', '']],
    ['uuid4', ['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-12d3-a456-426614174000']],
  ];
  for (const [format, right, wrong] of formats) {
    for (const text of right) assert.deepEqual(errorsOf({ format }, text), [], `${format} ${text}`);
    for (const text of wrong) assert.equal(errorsOf({ format }, text).length, 1, `${format} ${text}`);
  }
});
