import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../kernel/meta/object.ts';
import { differences, formatDifferences, summary } from './differences.ts';

function state(kind: string, parts: object, metadata: object = {}): KubeObject {
  const own = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '', ...metadata };
  return { apiVersion: 'v1', kind, ...parts, metadata: own };
}

test('differences() names fields, and items by what tells them apart', () => {
  const container = (name: string, image: string) => ({ name, image });
  const before = state('Pod', { spec: { containers: [container('web', 'a:1'), container('log', 'b:1')], x: [1] } });
  const after = state(
    'Pod',
    { spec: { containers: [container('log', 'b:1'), container('web', 'a:2')], x: [1, 2] } },
    { resourceVersion: '2', labels: { 'app/tier': 'edge' } },
  );
  assert.deepEqual(formatDifferences(differences(before, after)), [
    '~ spec.containers[web].image: "a:1" → "a:2"',
    '~ spec.x: [1] → [1,2]',
    '+ metadata.labels[app/tier]: "edge"',
  ]);
  assert.equal(summary(differences(before, after)), 'spec.containers[web].image, spec.x, metadata.labels[app/tier]');
  assert.equal(summary(differences(before, before)), 'nothing');
});

test('differences() of Secrets never show a value, whole parts included', () => {
  const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
  const one = state('Secret', { data: { password: 'b25l' }, type: 'Opaque' });
  const two = state(
    'Secret',
    { data: { password: 'dHdv', token: 'dG9r' }, type: 'Opaque' },
    { annotations: { [lastApplied]: '{"data":{"password":"dHdv"}}' } },
  );
  const none = state('Secret', { type: 'Opaque' });
  assert.deepEqual(formatDifferences(differences(one, two)), [
    '~ data.password: changed (not shown)',
    '+ data.token: added (not shown)',
    `+ metadata.annotations[${lastApplied}]: added (not shown)`,
  ]);
  for (const [before, after] of [
    [one, two],
    [none, two],
    [two, none],
    [undefined, two],
    [two, undefined],
  ] as const) {
    const text = JSON.stringify(differences(before, after));
    for (const secret of ['b25l', 'dHdv', 'dG9r']) assert.ok(!text.includes(secret), text);
  }
});
