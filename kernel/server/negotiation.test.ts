import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import { aggregatedVersion } from './documents.ts';
import { negotiate, prefersYaml } from './negotiation.ts';

const json = { shape: 'object', metaVersion: 'v1', encoding: 'json' };

test('negotiate() finds the form real clients ask for', () => {
  const partial = 'as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
  const cases: readonly (readonly [string | undefined, object])[] = [
    [undefined, json],
    ['*/*', json],
    ['application/vnd.kubernetes.protobuf,application/json', json],
    ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { ...json, shape: 'table' }],
    [
      'application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json',
      { ...json, shape: 'table', metaVersion: 'v1beta1' },
    ],
    [`application/vnd.kubernetes.protobuf;${partial},application/json;${partial}`, { ...json, shape: 'metadata' }],
    ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', json],
    ['application/yaml', { ...json, encoding: 'yaml' }],
    ['application/json;q=0.1, application/yaml;q=0.9', { ...json, encoding: 'yaml' }],
    ['text/html,application/xhtml+xml,*/*;q=0.8', json],
  ];
  for (const [accept, want] of cases) assert.deepEqual(negotiate(accept), want, accept ?? 'no header');
});

test('negotiate() refuses what it cannot serve', () => {
  for (const accept of ['application/vnd.kubernetes.protobuf', 'application/cbor', 'application/json;q=0']) {
    assert.throws(
      () => negotiate(accept),
      (error) => isApiError(error, 'NotAcceptable'),
      accept,
    );
  }
});

// Kubernetes: refusals have the encoding that was asked for, whatever the form was.
test('prefersYaml() looks at the first clause that is served', () => {
  assert.ok(prefersYaml('application/yaml;as=Nothing'));
  assert.ok(prefersYaml('text/html, application/yaml'));
  for (const accept of [undefined, 'application/json', 'application/json, application/yaml', 'text/html']) {
    assert.ok(!prefersYaml(accept), accept ?? 'no header');
  }
});

test('aggregatedVersion() takes the first discovery document that is served', () => {
  const clause = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  assert.equal(aggregatedVersion(`${clause('v2')},${clause('v2beta1')},application/json`), 'v2');
  assert.equal(aggregatedVersion(`${clause('v9')},${clause('v2beta1')},application/json`), 'v2beta1');
  assert.equal(aggregatedVersion('application/json'), undefined);
  assert.equal(aggregatedVersion(`application/json,${clause('v2')}`), undefined);
});
