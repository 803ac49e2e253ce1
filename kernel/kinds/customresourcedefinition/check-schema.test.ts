import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { checkSharedParts, checkVersions } from './check-versions.ts';

const base = 'spec.validation.openAPIV3Schema.properties[x]';

/** What is wrong with a version whose schema has the field `x`. */
function problemsOf(x: JSONSchemaProps, more: object = {}): readonly string[] {
  const schema = { openAPIV3Schema: { type: 'object', properties: { x } } };
  const versions = [{ name: 'v1', served: true, storage: true, schema, ...more }];
  const errors = [...checkVersions(versions), ...checkSharedParts(versions)];
  return errors.map(({ type, path, detail }) => `${path.replace(base, 'x')}: ${type} ${detail}`);
}

const scalar = { type: 'string' };
const listMap = (item: JSONSchemaProps): JSONSchemaProps => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  items: item,
});

/** Source: apiextensions-apiserver `apiserver/schema/validation.go` and `apis/apiextensions/validation/validation.go`. */
const cases: readonly [name: string, x: JSONSchemaProps, problems: readonly string[]][] = [
  ['no type', {}, ['x.type: Required must not be empty for specified object fields']],
  [
    'an odd type',
    { type: 'text' },
    ['x.type: NotSupported supported values: "array", "boolean", "integer", "number", "object", "string"'],
  ],
  [
    'type null',
    { type: 'null' },
    [
      'x.type: NotSupported supported values: "array", "boolean", "integer", "number", "object", "string"',
      'x.type: Forbidden type cannot be set to null, use nullable as an alternative',
    ],
  ],
  ['no items', { type: 'array' }, ['x.items: Required must be specified']],
  [
    'items without type',
    { type: 'array', items: {} },
    ['x.items.type: Required must not be empty for specified array items'],
  ],
  ['a reference', { type: 'object', $ref: '#/a' }, ['x.$ref: Forbidden $ref is not supported']],
  [
    'unique items',
    { type: 'array', items: scalar, uniqueItems: true },
    ['x.uniqueItems: Forbidden uniqueItems cannot be set to true since the runtime complexity becomes quadratic'],
  ],
  [
    'properties and additionalProperties',
    { type: 'object', properties: { a: scalar }, additionalProperties: scalar },
    ['x.additionalProperties: Forbidden additionalProperties and properties are mutual exclusive'],
  ],
  [
    'a bad pattern',
    { ...scalar, pattern: '(' },
    ["x.pattern: Invalid must be a valid regular expression, but isn't: error parsing regexp: missing closing ): `(`"],
  ],
  [
    'preserve unknown fields false',
    { ...scalar, 'x-kubernetes-preserve-unknown-fields': false },
    ['x.x-kubernetes-preserve-unknown-fields: Invalid must be true or undefined'],
  ],
  [
    'an embedded resource without fields',
    { type: 'object', 'x-kubernetes-embedded-resource': true },
    [
      'x.properties: Required must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    ],
  ],
  [
    'a reference without a type: what is no structure is not looked at as one',
    { $ref: '#/a' },
    ['x.$ref: Forbidden $ref is not supported'],
  ],
  [
    'a type below a junction',
    { ...scalar, anyOf: [{ type: 'string' }] },
    ['x.anyOf[0].type: Forbidden must be empty to be structural'],
  ],
  [
    'a default of another type',
    { ...scalar, default: 1 },
    ['x.default: TypeInvalid  in body must be of type string: "integer"'],
  ],
  [
    'a default with unknown fields',
    { type: 'object', properties: { a: scalar }, default: { b: 1 } },
    ['x.default: Invalid must not have unknown fields'],
  ],
  [
    'a list map of texts',
    listMap(scalar),
    ["x.items.type: Invalid must be object if parent array's x-kubernetes-list-type is map"],
  ],
  [
    'a list map key that may be absent',
    listMap({ type: 'object', properties: { k: scalar } }),
    [
      'x.items.properties[k].default: Required this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    ],
  ],
  [
    'a list map key that is unknown',
    listMap({ type: 'object', properties: { a: scalar } }),
    ['x.x-kubernetes-list-map-keys: Invalid entries must all be names of item properties'],
  ],
  [
    'a set of granular objects',
    { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
    ['x.items.x-kubernetes-map-type: Invalid must be atomic as item of a list with x-kubernetes-list-type=set'],
  ],
  [
    'map type of a text',
    { ...scalar, 'x-kubernetes-map-type': 'atomic' },
    ['x.type: Invalid must be object if x-kubernetes-map-type is specified'],
  ],
];

const right: readonly JSONSchemaProps[] = [
  { ...scalar, default: 'a', enum: ['a'] },
  { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], pattern: '%$' },
  { type: 'integer', 'x-kubernetes-int-or-string': true },
  { type: 'object', oneOf: [{ properties: { a: { minLength: 1 } } }] },
  { ...scalar, default: null },
  { 'x-kubernetes-preserve-unknown-fields': true },
  { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  { type: 'object', additionalProperties: true },
  { type: 'object', properties: { a: scalar }, oneOf: [{ required: ['a'] }, { not: { required: ['a'] } }] },
  listMap({ type: 'object', required: ['k'], properties: { k: scalar } }),
  listMap({ type: 'object', properties: { k: { ...scalar, default: 'a' } } }),
];

test('checkSharedParts() refuses schemas that are not structural, with the texts of Kubernetes', async (t) => {
  for (const [name, x, problems] of cases) await t.test(name, () => assert.deepEqual(problemsOf(x), problems));
  for (const x of right) assert.deepEqual(problemsOf(x), [], JSON.stringify(x));
});

test('checkVersions() refuses columns, selectable fields, scales and warnings that lead nowhere', () => {
  const column = (jsonPath: string) => ({ additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath }] });
  const fields = (...paths: string[]) => ({ selectableFields: paths.map((jsonPath) => ({ jsonPath })) });
  const scale = { specReplicasPath: '.status.a', statusReplicasPath: '.status.a' };
  const found: readonly [object, readonly string[]][] = [
    [column('.x[*].a'), []],
    [column('x'), ['spec.additionalPrinterColumns[0].JSONPath: Invalid must be a simple json path starting with .']],
    [column('.x['), []],
    [fields('.x'), []],
    [fields('.x[0]'), ['spec.selectableFields[0].jsonPath: Invalid is an invalid path: array notation is not allowed']],
    [fields('.y'), ['spec.selectableFields[0].jsonPath: Invalid is an invalid path: does not refer to a valid field']],
    [fields('.x', '.x'), ['spec.selectableFields[1].jsonPath: Duplicate ']],
    [
      { subresources: { scale } },
      ['spec.subresources.scale.specReplicasPath: Invalid should be a json path under .spec'],
    ],
    [
      { deprecationWarning: 'old' },
      ['spec.versions[0].deprecationWarning: Invalid can only be set for deprecated versions'],
    ],
    [{ schema: {} }, ['spec.versions[0].schema.openAPIV3Schema: Required ']],
  ];
  for (const [more, problems] of found) assert.deepEqual(problemsOf(scalar, more), problems);
});
