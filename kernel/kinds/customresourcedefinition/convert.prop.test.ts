import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cloneJson, isPlainObject } from '../../meta/json.ts';
import { compileSchema } from '../../schema/compile.ts';
import type { JSONSchemaProps } from '../../schema/standard/types.ts';
import { checkSchema } from './check-schema.ts';
import { rootSchemaOf } from './convert.ts';

const names = fc.constantFrom('a', 'b', 'c', 'constructor');

/** Random structural schemas, a few levels deep, with defaults where they are simple. */
const { schema } = fc.letrec<{ schema: JSONSchemaProps }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ type: fc.constant('string') }),
    fc.record({ type: fc.constant('string'), default: fc.constantFrom('x', 'y') }),
    fc.record({ type: fc.constant('integer'), default: fc.integer() }),
    fc.record({ type: fc.constant('boolean'), nullable: fc.boolean() }),
    fc.constant<JSONSchemaProps>({ 'x-kubernetes-int-or-string': true }),
    fc.constant<JSONSchemaProps>({ 'x-kubernetes-preserve-unknown-fields': true }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(names, tie('schema'), { maxKeys: 4 }) }),
  ),
}));

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, 'x', 1, true),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(names, tie('any'), { maxKeys: 4 }),
  ),
})).any;

test('objects of random structural schemas: pruning and defaulting are idempotent', () => {
  fc.assert(
    fc.property(fc.dictionary(names, schema, { maxKeys: 4 }), fc.dictionary(names, value), (properties, object) => {
      const root: JSONSchemaProps = { type: 'object', properties };
      assert.deepEqual(checkSchema(root, { path: '', hasStatus: false }), []);
      const compiled = compileSchema(rootSchemaOf(root));
      const once = cloneJson(object) as Record<string, unknown>;
      compiled.prune(once);
      compiled.applyDefaults(once);
      const twice = cloneJson(once);
      assert.deepEqual(compiled.prune(twice), []);
      compiled.applyDefaults(twice);
      assert.deepEqual(twice, once);
      for (const name of Object.keys(once)) assert.ok(Object.hasOwn(properties, name) && isPlainObject(properties));
    }),
    { numRuns: 300 },
  );
});
