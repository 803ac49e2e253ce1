import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KindDefinition } from '../kind.ts';
import { integer, object } from '../schema.ts';
import { typeCheckPolicy } from './type-check.ts';

const widget: KindDefinition = {
  group: 'test.dev',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, columns: [], schema: object({ spec: object({ size: integer() }) }) }],
  statusSubresource: false,
  history: 'none',
};

function check(expression: string, resources = ['widgets']) {
  const rule = { apiGroups: ['test.dev'], apiVersions: ['v1'], operations: ['*' as const], resources };
  return typeCheckPolicy({ matchConstraints: { resourceRules: [rule] }, validations: [{ expression }] }, [widget]);
}

// Kubernetes: admission/plugin/policy/validating/typechecking.go.
test('typeCheckPolicy() warns of what the schemas of the named kinds do not have', () => {
  assert.deepEqual(check("object.spec.size > 1 && object.metadata.labels['a'] == 'b'"), []);
  const [warning, ...more] = check('object.spec.colour == 1');
  assert.equal(more.length, 0);
  assert.equal(warning?.fieldRef, 'spec.validations[0].expression');
  assert.match(warning.warning, /^test\.dev\/v1, Kind=Widget: ERROR: <input>:1:12: undefined field 'colour'/);
});

test('typeCheckPolicy() has nothing to say about rules with wildcards', () => {
  assert.deepEqual(check('object.spec.colour == 1', ['*']), []);
});
