import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../meta/errors.ts';
import { any, array, mapOf, object } from '../schema/schema.ts';
import { normalizeEmbedded, validateEmbedded } from './embedded.ts';

const embedded = object({ spec: any() }, { embeddedResource: true });
const schema = object({ one: embedded, many: array(embedded), named: mapOf(embedded) });

test('validateEmbedded() holds what is embedded to the rules of API objects', async (t) => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ apiVersion: 'apps/v1', kind: 'Deployment' }, []],
    [{ apiVersion: 'v1', kind: 'A', metadata: { name: 'Any Name' } }, []],
    [{}, ['one.apiVersion: Required value', 'one.kind: Required value']],
    [
      { apiVersion: '', kind: '' },
      ['one.apiVersion: Invalid value: "": must not be empty', 'one.kind: Invalid value: "": must not be empty'],
    ],
    [
      { apiVersion: 'a/b/c', kind: 'A' },
      ['one.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    ],
    [
      { apiVersion: 'v1', kind: 'A', metadata: { name: 'a/b', ownerReferences: [{ apiVersion: 'v1', kind: 'B' }] } },
      [
        'one.metadata.name: Invalid value: "a/b": may not contain \'/\'',
        'one.metadata.ownerReferences.name: Invalid value: "": must not be empty',
        'one.metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      ],
    ],
  ];
  for (const [one, want] of cases) {
    await t.test(JSON.stringify(one), () => {
      assert.deepEqual(validateEmbedded(schema, { one }).map(formatFieldError), want);
    });
  }
});

test('validateEmbedded() looks into lists and maps', () => {
  const paths = validateEmbedded(schema, { many: [{ kind: 'A' }], named: { a: { apiVersion: 'v1' } } });
  assert.deepEqual(
    paths.map(({ path }) => path),
    ['many[0].apiVersion', 'named[a].kind'],
  );
});

test('normalizeEmbedded() refuses metadata that cannot be read, showing it', () => {
  const one = { apiVersion: 'v1', kind: 'A', metadata: { name: 'a', labels: { b: 1 } } };
  assert.throws(() => normalizeEmbedded(schema, { one }), {
    reason: 'BadRequest',
    message:
      'one.metadata: Invalid value: {"labels":{"b":1},"name":"a"}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
  });
  assert.throws(() => normalizeEmbedded(schema, { one: { apiVersion: 1 } }), {
    message: 'one.apiVersion: Invalid value: 1: must be a string',
  });
});
