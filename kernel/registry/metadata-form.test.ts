import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MutableObject } from './compiled-kind.ts';
import { normalizeMetadata } from './metadata-form.ts';

test('normalizeMetadata() drops what says nothing and reports what it does not know', () => {
  const object: MutableObject = {
    metadata: { name: 'a', uid: '', labels: { a: null, b: 'c' }, finalizers: [], generation: null, other: 1 },
  };
  assert.deepEqual(normalizeMetadata(object), ['metadata.other']);
  // Kubernetes: a null in a map of texts is an empty text.
  assert.deepEqual(object, { metadata: { name: 'a', labels: { a: '', b: 'c' } } });
});

test('normalizeMetadata() refuses wrong types in the words of Go', async (t) => {
  const into = 'into Go struct field';
  const cases: readonly (readonly [object | string, string])[] = [
    ['x', 'json: cannot unmarshal string into Go value of type v1.ObjectMeta'],
    [{ name: 5 }, `json: cannot unmarshal number ${into} ObjectMeta.name of type string`],
    [{ generation: 1.5 }, `json: cannot unmarshal number 1.5 ${into} ObjectMeta.generation of type int64`],
    [{ labels: [] }, `json: cannot unmarshal array ${into} ObjectMeta.labels of type map[string]string`],
    [{ labels: { a: {} } }, `json: cannot unmarshal object ${into} ObjectMeta.labels of type string`],
    [{ finalizers: [true] }, `json: cannot unmarshal bool ${into} ObjectMeta.finalizers of type string`],
    [
      { ownerReferences: [{ name: 5 }] },
      `json: cannot unmarshal number ${into} OwnerReference.ownerReferences.name of type string`,
    ],
    [
      { managedFields: ['x'] },
      `json: cannot unmarshal string ${into} ObjectMeta.managedFields of type v1.ManagedFieldsEntry`,
    ],
    [
      { creationTimestamp: 'noon' },
      'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
    ],
  ];
  for (const [metadata, message] of cases) {
    await t.test(JSON.stringify(metadata), () => {
      assert.throws(() => normalizeMetadata({ metadata }), { reason: 'BadRequest', message });
    });
  }
});

test('normalizeMetadata() names fields of Go structs from the whole struct', () => {
  const message = 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string';
  assert.throws(() => normalizeMetadata({ metadata: { name: 5 } }, 'ConfigMap'), { message });
});
