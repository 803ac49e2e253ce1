import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { checkVersion } from './check-version.ts';

const base = 'v.schema.openAPIV3Schema.properties[x]';

/** What is wrong with a version whose schema has the field `x`. */
function problemsOf(x: JSONSchemaProps, more: object = {}): readonly string[] {
  const schema = { openAPIV3Schema: { type: 'object', properties: { x } } };
  const errors = checkVersion({ name: 'v1', served: true, storage: true, schema, ...more }, 'v');
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
  ['type null', { type: 'null' }, ['x.type: Forbidden type cannot be set to null, use nullable as an alternative']],
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
    'an int-or-string with a type',
    { type: 'string', 'x-kubernetes-int-or-string': true },
    ['x.type: Invalid must be empty if x-kubernetes-int-or-string is true'],
  ],
  [
    'a type below a junction',
    { ...scalar, anyOf: [{ type: 'string' }] },
    ['x.anyOf[0].type: Forbidden must be empty to be structural'],
  ],
  [
    'a field only a junction knows',
    { type: 'object', oneOf: [{ properties: { a: { minLength: 1 } } }] },
    ['x.properties[a]: Required because it is defined in x.oneOf[0].properties[a]'.replace('in x', `in ${base}`)],
  ],
  [
    'a default of another type',
    { ...scalar, default: 1 },
    ['x.default: TypeInvalid value in body must be of type string: "integer"'],
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
  { 'x-kubernetes-preserve-unknown-fields': true },
  { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  { type: 'object', additionalProperties: true },
  { type: 'object', properties: { a: scalar }, oneOf: [{ required: ['a'] }, { not: { required: ['a'] } }] },
  listMap({ type: 'object', required: ['k'], properties: { k: scalar } }),
  listMap({ type: 'object', properties: { k: { ...scalar, default: 'a' } } }),
];

test('checkVersion() refuses schemas that are not structural, with the texts of Kubernetes', async (t) => {
  for (const [name, x, problems] of cases) await t.test(name, () => assert.deepEqual(problemsOf(x), problems));
  for (const x of right) assert.deepEqual(problemsOf(x), [], JSON.stringify(x));
});

test('checkVersion() refuses columns, selectable fields, scales and warnings that lead nowhere', () => {
  const column = (jsonPath: string) => ({ additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath }] });
  const fields = (...paths: string[]) => ({ selectableFields: paths.map((jsonPath) => ({ jsonPath })) });
  const scale = { specReplicasPath: '.status.a', statusReplicasPath: '.status.a' };
  const found: readonly [object, readonly string[]][] = [
    [column('.x[*].a'), []],
    [column('x'), ['v.additionalPrinterColumns[0].JSONPath: Invalid must be a simple json path starting with .']],
    [
      column('.x['),
      [
        'v.additionalPrinterColumns[0].JSONPath: Invalid is an invalid path: Cannot read path ".x[": "[" is not closed at 2',
      ],
    ],
    [fields('.x'), []],
    [
      fields('.y'),
      ['v.selectableFields[0].jsonPath: Invalid is an invalid path: does not refer to a valid field, "y" is not known'],
    ],
    [fields('.x', '.x'), ['v.selectableFields[1].jsonPath: Duplicate ']],
    [{ subresources: { scale } }, ['v.subresources.scale.specReplicasPath: Invalid should be a json path under .spec']],
    [{ deprecationWarning: 'old' }, ['v.deprecationWarning: Invalid can only be set for deprecated versions']],
    [{ schema: {} }, ['v.schema.openAPIV3Schema: Required schemas are required']],
  ];
  for (const [more, problems] of found) assert.deepEqual(problemsOf(scalar, more), problems);
});
