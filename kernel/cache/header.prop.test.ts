import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject } from '../meta/object.ts';
import { encodeObject, withRevision } from './encoding.ts';
import { parseHeader } from './header.ts';

/** Texts that look like what the scanner looks for. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('managedFields', '"managedFields":[', '}', '{"', '\\', '\\"', ',"managedFields":', 'metadata', 'ünï'),
);
const labels = fc.dictionary(text, text, { maxKeys: 3 });

const metadata = fc.record(
  {
    name: text,
    namespace: text,
    uid: text,
    labels,
    annotations: labels,
    ownerReferences: fc.array(fc.record({ uid: text, kind: text, controller: fc.boolean() }), { maxLength: 2 }),
    finalizers: fc.array(text, { maxLength: 2 }),
    managedFields: fc.array(
      fc.record({ manager: text, fieldsV1: fc.dictionary(text, fc.dictionary(text, fc.constant({}))) }),
    ),
  },
  { requiredKeys: ['name', 'uid'] },
);

test('parseHeader() reads what parsing the whole object would, without managedFields', () => {
  fc.assert(
    fc.property(metadata, fc.jsonValue(), (source, spec) => {
      const object = { apiVersion: 'v1', kind: 'Thing', metadata: source, spec } as JsonObject;
      const encoded = encodeObject(withRevision(object, 7));
      const whole = JSON.parse(encoded.toString()) as { metadata: Record<string, unknown>; spec?: unknown };
      delete whole.metadata['managedFields'];
      delete whole.spec;
      assert.deepEqual(parseHeader(encoded), whole);
    }),
    { numRuns: 500 },
  );
});
