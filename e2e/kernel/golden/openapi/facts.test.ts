import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, packFacts, unpackFacts } from './facts.ts';

const document = {
  paths: {
    '/api/v1/pods': {
      parameters: [{ name: 'limit', in: 'query' }],
      get: {
        'x-kubernetes-action': 'list',
        'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' },
        parameters: [{ name: 'name', in: 'path' }],
      },
    },
    '/api/v1/nodes': { get: { parameters: [{ name: 'limit', in: 'query' }] } },
  },
  components: {
    schemas: {
      Pod: {
        'x-kubernetes-group-version-kind': [{ version: 'v1', kind: 'Pod', group: '' }],
        properties: { items: { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a', 'b'] } },
      },
    },
  },
};

test('factsOf() says operations, parameters and what schemas say beyond their shape', () => {
  const facts = factsOf(document);
  assert.deepEqual(facts, [
    '/api/v1/nodes get ?limit',
    '/api/v1/nodes get: - //',
    '/api/v1/pods get ?limit',
    '/api/v1/pods get path name',
    '/api/v1/pods get: list /v1/Pod',
    'Pod group-version-kind {"group":"","kind":"Pod","version":"v1"}',
    'Pod.items list-map-keys ["a","b"]',
    'Pod.items list-type "map"',
  ]);
  assert.deepEqual(unpackFacts(packFacts(facts)), facts);
});
