import assert from 'node:assert/strict';
import test from 'node:test';
import type { Schema } from '../schema.ts';
import { standardDefaults } from './defaults.ts';
import { messageNames } from './facts.ts';
import { definitionName, messageSchema, objectMetaSchema, standardSchema } from './standard.ts';

/** The schema at a path such as `spec.template`, through list items. */
function at(schema: Schema, path: string): Schema {
  let current = schema;
  for (const field of path.split('.')) {
    if (current.type === 'array') current = current.items;
    assert(current.type === 'object', `"${path}" leads through ${current.type}`);
    const next = current.properties[field];
    assert(next !== undefined, `"${path}" has no "${field}"`);
    current = next;
  }
  return current;
}

test('standardSchema() leaves out what all kinds share', () => {
  assert.deepEqual(Object.keys(standardSchema('apps/v1.Deployment').properties), ['spec', 'status']);
  assert.equal(standardSchema('io.k8s.api.apps.v1.Deployment'), standardSchema('apps/v1.Deployment'));
});

test('standardSchema() knows list maps, sets, patch strategies and protobuf numbers', () => {
  const deployment = standardSchema('apps/v1.Deployment');
  const containers = at(deployment, 'spec.template.spec.containers');
  assert(containers.type === 'array');
  assert.deepEqual(containers.listMapKeys, ['name']);
  assert.equal(containers.patchMergeKey, 'name');
  assert.equal(containers.proto, 2);
  assert.equal(containers.required, true);
  const strategy = at(deployment, 'spec.strategy');
  assert(strategy.type === 'object');
  assert.deepEqual(strategy.patchStrategy, ['retainKeys']);
  assert.equal(strategy.proto, 4);
  const secret = at(deployment, 'spec.template.spec.volumes.secret');
  assert.deepEqual([secret.protoOuter, secret.proto], [[2], 6]);
  const finalizers = at(objectMetaSchema, 'finalizers');
  assert(finalizers.type === 'array');
  assert.equal(finalizers.listType, 'set');
  const selector = at(deployment, 'spec.selector');
  assert(selector.type === 'object');
  assert.equal(selector.mapType, 'atomic');
});

test('standardSchema() shares sub-schemas and survives recursion', () => {
  const pod = standardSchema('core/v1.Pod');
  const template = standardSchema('core/v1.PodTemplateSpec');
  const [one, two] = [at(pod, 'spec'), at(template, 'spec')];
  assert(one.type === 'object' && two.type === 'object');
  assert.equal(one.properties, two.properties);
  const props = standardSchema('apiextensions/v1.JSONSchemaProps');
  const inner = at(props, 'not');
  assert(inner.type === 'object');
  assert.equal(inner.properties, props.properties);
  assert.deepEqual({ ...inner }.properties, props.properties);
});

test('standardSchema() builds every message', () => {
  assert(messageNames().length > 400);
  for (const name of messageNames()) assert.equal(standardSchema(name).definition, definitionName(name));
});

test('standardSchema() writes zero values only for what controllers report', () => {
  assert.equal(at(standardSchema('apps/v1.ReplicaSet'), 'status.replicas').default, 0);
  assert.equal(at(standardSchema('core/v1.Service'), 'spec.ports.port').default, undefined);
  assert.equal(at(standardSchema('core/v1.Service'), 'spec.ports.port').required, true);
});

test('standardDefaults are about fields that exist', () => {
  for (const [message, fields] of Object.entries(standardDefaults)) {
    const { properties } = messageSchema(message);
    for (const [field, value] of Object.entries(fields))
      assert.deepEqual(properties[field]?.default, value, `${message}.${field}`);
  }
});
