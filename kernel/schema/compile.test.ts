import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../meta/errors.ts';
import { parseJson } from '../meta/json.ts';
import { compileObjectSchema, compileSchema, unknownFieldText } from './compile.ts';
import type { Draft } from './passes.ts';
import {
  any,
  array,
  boolean,
  conditions,
  integer,
  intOrString,
  mapOf,
  number,
  object,
  oneOf,
  required,
  string,
  time,
  type Schema,
} from './schema.ts';
import { standardSchema } from './standard/standard.ts';

const draft = (text: string) => parseJson(text).value as Draft;

function validationTexts(schema: Schema, value: unknown): readonly string[] {
  return compileSchema(object({ x: schema }))
    .validate({ x: value })
    .map(formatFieldError);
}

test('prune() drops unknown fields and reports their paths', async (t) => {
  const inner = object({ name: string(), tags: array(string()) });
  const schema = object({
    spec: object({ one: inner, list: array(inner), map: mapOf(inner), lists: array(array(inner)) }),
    open: object({ inner }, { preserveUnknownFields: true }),
    anything: any(),
  });
  const cases = [
    { input: '{"spec":{"one":{"name":"a"}}}', want: '{"spec":{"one":{"name":"a"}}}', unknown: [] },
    { input: '{"specs":1,"spec":{"x":{"y":1}}}', want: '{"spec":{}}', unknown: ['specs', 'spec.x'] },
    {
      input: '{"spec":{"one":{"foo":1},"list":[{},{"foo":1,"bar":2}],"map":{"k":{"foo":1}},"lists":[[{"foo":1}]]}}',
      want: '{"spec":{"one":{},"list":[{},{}],"map":{"k":{}},"lists":[[{}]]}}',
      unknown: ['spec.one.foo', 'spec.list[1].foo', 'spec.list[1].bar', 'spec.map.k.foo', 'spec.lists[0][0].foo'],
    },
    {
      input: '{"open":{"x":{"y":1},"inner":{"z":1}}}',
      want: '{"open":{"x":{"y":1},"inner":{}}}',
      unknown: ['open.inner.z'],
    },
    { input: '{"anything":{"x":[null]}}', want: '{"anything":{"x":[null]}}', unknown: [] },
    { input: '{"constructor":1,"toString":{}}', want: '{}', unknown: ['constructor', 'toString'] },
    { input: '{"spec":[1],"open":"x"}', want: '{"spec":[1],"open":"x"}', unknown: [] },
  ];
  for (const c of cases) {
    await t.test(c.input, () => {
      const value = draft(c.input);
      assert.deepEqual(compileSchema(schema).prune(value), c.unknown);
      assert.equal(JSON.stringify(value), c.want);
    });
  }
  assert.equal(unknownFieldText('spec.x'), 'unknown field "spec.x"');
});

test('prune() drops nulls unless nullable, then defaults apply', () => {
  const schema = object({
    plain: integer({ default: 3 }),
    nullable: integer({ nullable: true, default: 4 }),
    list: array(string({ nullable: true })),
    inner: object({ a: string() }),
  });
  const value = draft('{"plain":null,"nullable":null,"list":[null],"inner":null}');
  const compiled = compileSchema(schema);
  assert.deepEqual(compiled.prune(value), []);
  compiled.applyDefaults(value);
  assert.deepEqual(value, { plain: 3, nullable: null, list: [null] });
  assert.deepEqual(compiled.validate(value), []);
});

test('applyDefaults() fills outside in and copies', () => {
  const schema = object({
    outer: object({ inner: integer({ default: 1 }), constructor: string({ default: 'c' }) }, { default: {} }),
    list: array(object({ protocol: string({ default: 'TCP' }) })),
    map: mapOf(object({ on: boolean({ default: false }) })),
  });
  const compiled = compileSchema(schema);
  const [one, two] = [draft('{"list":[{},{"protocol":"UDP"}],"map":{"k":{}}}'), draft('{}')];
  compiled.applyDefaults(one);
  compiled.applyDefaults(two);
  assert.deepEqual(one, {
    list: [{ protocol: 'TCP' }, { protocol: 'UDP' }],
    map: { k: { on: false } },
    outer: { inner: 1, constructor: 'c' },
  });
  assert.notEqual(one['outer'], two['outer']);
});

test('validate() says what Kubernetes says', async (t) => {
  const cases: readonly { schema: Schema; value: unknown; want: string | readonly string[] | undefined }[] = [
    { schema: string(), value: 1, want: 'x: Invalid value: "integer": x in body must be of type string: "integer"' },
    { schema: string(), value: null, want: 'x: Invalid value: "null": x in body must be of type string: "null"' },
    { schema: string({ nullable: true }), value: null, want: undefined },
    { schema: integer(), value: '1', want: 'x: Invalid value: "string": x in body must be of type integer: "string"' },
    // Kubernetes: the type of a number is checked twice, the second time for no field in particular.
    {
      schema: integer(),
      value: 1.5,
      want: [
        'x: Invalid value: "number": x in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in x',
      ],
    },
    {
      schema: integer({ maximum: 5 }),
      value: 1e300,
      want: [
        'x: Invalid value: "number": x in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in x',
        'x: Invalid value: 1e+300: x in body should be less than or equal to 5',
      ],
    },
    {
      schema: integer({ format: 'int32' }),
      value: 2 ** 31,
      want: '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in x',
    },
    {
      schema: { ...integer({ format: 'int32' }), proto: 1 },
      value: 2 ** 31,
      want: 'x: Invalid value: 2147483648: x in body should be less than or equal to 2147483647',
    },
    {
      schema: number({ format: 'float' }),
      value: 1e39,
      want: '<nil>: Invalid value: "": Checked value must be of type number with format float in x',
    },
    {
      schema: integer({ minimum: 1 }),
      value: 0,
      want: 'x: Invalid value: 0: x in body should be greater than or equal to 1',
    },
    {
      schema: number({ maximum: 0.5 }),
      value: 0.6,
      want: 'x: Invalid value: 0.6: x in body should be less than or equal to 0.5',
    },
    {
      schema: boolean(),
      value: 'true',
      want: 'x: Invalid value: "string": x in body must be of type boolean: "string"',
    },
    { schema: object({}), value: [], want: 'x: Invalid value: "array": x in body must be of type object: "array"' },
    {
      schema: array(string()),
      value: {},
      want: 'x: Invalid value: "object": x in body must be of type array: "object"',
    },
    {
      schema: array(string()),
      value: ['a', 2],
      want: 'x[1]: Invalid value: "integer": x[1] in body must be of type string: "integer"',
    },
    {
      schema: mapOf(string()),
      value: { 'a.b': 2 },
      want: 'x.a.b: Invalid value: "integer": x.a.b in body must be of type string: "integer"',
    },
    {
      schema: intOrString(),
      value: true,
      want: 'x: Invalid value: "boolean": x in body must be of type integer,string: "boolean"',
    },
    { schema: intOrString(), value: '50%', want: undefined },
    { schema: oneOf(['B', 'A']), value: 'C', want: 'x: Unsupported value: "C": supported values: "B", "A"' },
    {
      schema: oneOf(['A', 'B']),
      value: 5,
      want: [
        'x: Invalid value: "integer": x in body must be of type string: "integer"',
        'x: Unsupported value: 5: supported values: "A", "B"',
      ],
    },
    { schema: string({ pattern: '^a+$' }), value: 'b', want: 'x: Invalid value: "b": x in body should match \'^a+$\'' },
    {
      schema: string({ minLength: 1 }),
      value: '',
      want: 'x: Invalid value: "": x in body should be at least 1 chars long',
    },
    { schema: string({ maxLength: 2 }), value: 'abc', want: 'x: Too long: may not be more than 2 bytes' },
    { schema: string({ maxLength: 2 }), value: '💥💥', want: undefined },
    {
      schema: time(),
      value: 'yesterday',
      want: 'x: Invalid value: "yesterday": x in body must be of type date-time: "yesterday"',
    },
    {
      schema: array(string(), { minItems: 1 }),
      value: [],
      want: 'x: Invalid value: 0: x in body should have at least 1 items',
    },
    { schema: array(string(), { maxItems: 1 }), value: ['a', 'b'], want: 'x: Too many: 2: must have at most 1 item' },
    { schema: array(string(), { listType: 'set' }), value: ['a', 'b', 'a'], want: 'x[2]: Duplicate value: "a"' },
    { schema: object({ y: required(string()) }), value: {}, want: 'x.y: Required value' },
    { schema: object({ constructor: required(string()) }), value: {}, want: 'x.constructor: Required value' },
    { schema: any(), value: null, want: undefined },
  ];
  for (const c of cases) {
    await t.test(`${c.schema.type} ${JSON.stringify(c.value)}`, () => {
      assert.deepEqual(validationTexts(c.schema, c.value), c.want === undefined ? [] : [c.want].flat());
    });
  }
});

test('validate() holds list maps to unique keys', () => {
  const ports = array(object({ port: integer(), protocol: string(), name: string() }), {
    listType: 'map',
    listMapKeys: ['port', 'protocol'],
  });
  const duplicate = [
    { port: 80, protocol: 'TCP', name: 'a' },
    { port: 80, protocol: 'UDP' },
    { port: 80, protocol: 'TCP', name: 'b' },
  ];
  assert.deepEqual(validationTexts(ports, duplicate), ['x[2]: Duplicate value: {"port":80,"protocol":"TCP"}']);
});

test('validate() keeps integers of 64 bits exact', () => {
  const schema = compileSchema(object({ n: integer() }));
  assert.deepEqual(schema.validate(draft('{"n":9223372036854775807}')), []);
  assert.deepEqual(
    schema.validate(draft('{"n":9223372036854775808}')).map(({ origin }) => origin),
    ['type', 'format'],
  );
  const small = compileSchema(object({ n: integer({ format: 'int32' }) }));
  assert.equal(small.validate(draft('{"n":9223372036854775807}'))[0]?.origin, 'format');
});

test('validate() bounds the number of errors', () => {
  const items = Array.from({ length: 1000 }, () => 'x');
  assert.equal(compileSchema(object({ x: array(integer()) })).validate({ x: items }).length, 100);
});

test('compileSchema() embeds no text of the schema as code', () => {
  const evil = '"];throw new Error("injected");//\u2028${x}`';
  const schema = compileSchema(object({ [evil]: oneOf([evil], { default: evil }) }));
  const value: Draft = {};
  schema.applyDefaults(value);
  assert.deepEqual(schema.prune(value), []);
  assert.deepEqual(schema.validate(value), []);
  assert.deepEqual(value, { [evil]: evil });
});

test('compileSchema() keeps what tells what an embedded resource is', () => {
  const schema = compileSchema(object({ x: object({ spec: any() }, { embeddedResource: true }) }));
  const value = draft('{"x":{"apiVersion":"v1","kind":"A","metadata":{"name":"n","foo":1},"spec":{},"y":1}}');
  assert.deepEqual(schema.prune(value), ['x.metadata.foo', 'x.y']);
  assert.deepEqual(value['x'], { apiVersion: 'v1', kind: 'A', metadata: { name: 'n' }, spec: {} });
});

const deployment = compileObjectSchema({
  name: 'v1',
  served: true,
  schema: standardSchema('apps/v1.Deployment'),
  columns: [],
});

const minimalDeployment = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","creationTimestamp":null},"spec":{
  "selector":{"matchLabels":{"app":"d"}},"strategy":{},
  "template":{"metadata":{"labels":{"app":"d"}},"spec":{"containers":[{"name":"c","image":"i","imagePullPolicy":"","resources":{"limits":{"cpu":0.5,"memory":"1024Mi"}},
  "ports":[{"containerPort":80}],"env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}]}}},"status":{}}`;

test('compileObjectSchema() brings a Deployment into the form a Go server keeps', () => {
  const value = draft(minimalDeployment);
  assert.deepEqual(deployment.prune(value), []);
  deployment.applyDefaults(value);
  assert.deepEqual(deployment.validate(value), []);
  assert.deepEqual(value['metadata'], { name: 'd' });
  assert.deepEqual(value['spec'], {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    selector: { matchLabels: { app: 'd' } },
    strategy: { type: 'RollingUpdate' },
    template: {
      metadata: { labels: { app: 'd' } },
      spec: {
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
        containers: [
          {
            name: 'c',
            image: 'i',
            resources: { limits: { cpu: '500m', memory: '1Gi' } },
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
      },
    },
  });
});

test('compileObjectSchema() refuses wrong types, unknown fields and absent ones, but leaves metadata to others', () => {
  const value = draft(
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"a":1}},"spec":{"replicas":"3","template":{"spec":{"containers":[{"name":"c","foo":1}]}}}}',
  );
  assert.deepEqual(deployment.prune(value), ['spec.template.spec.containers[0].foo']);
  assert.deepEqual(
    deployment.validate(value).map(({ path }) => path),
    ['spec.selector', 'spec.replicas'],
  );
});

test('compileSchema() handles recursive schemas', () => {
  const compiled = compileSchema(standardSchema('apiextensions/v1.JSONSchemaProps'));
  const value = draft('{"type":"object","not":{"not":{"foo":1}},"properties":{"a":{"properties":{"b":{"bar":1}}}}}');
  assert.deepEqual(compiled.prune(value), ['not.not.foo', 'properties.a.properties.b.bar']);
  assert.deepEqual(compiled.validate(value), []);
});

test('compileSchema() canonicalizes what Go canonicalizes', () => {
  const secret = compileSchema(standardSchema('core/v1.Secret'));
  const value: Draft = { data: { a: 'YWJj\nZGVm', b: null }, stringData: { c: null } };
  secret.prune(value);
  assert.deepEqual(value, { data: { a: 'YWJjZGVm', b: '' }, stringData: { c: '' } });
  const event = compileSchema(standardSchema('core/v1.Event'));
  const times: Draft = { firstTimestamp: '2024-01-01T01:00:00.5+01:00', eventTime: '2024-01-01T01:00:00.250000+01:00' };
  event.prune(times);
  assert.deepEqual(times, { firstTimestamp: '2024-01-01T00:00:00Z', eventTime: '2024-01-01T00:00:00.250000Z' });
});

test('conditions() is a list map by type', () => {
  const condition = {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: '2024-01-01T00:00:00Z',
    reason: 'R',
    message: '',
  };
  assert.deepEqual(validationTexts(conditions(), [condition]), []);
  assert.deepEqual(validationTexts(conditions(), [condition, condition]), ['x[1]: Duplicate value: {"type":"Ready"}']);
});
