import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';
import { sameTemplate, templateHash } from './template.ts';

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] }] },
} satisfies PodTemplateSpec;

test('templateHash() stays the same for ever: names of ReplicaSets hold it', () => {
  assert.equal(templateHash(template), '675b464bdc');
  assert.equal(templateHash(template, 1), templateHash(template, 1));
  assert.notEqual(templateHash(template, 1), templateHash(template));
});

test('templateHash() and sameTemplate() look at what makes pods different, and at nothing else', () => {
  const [container] = template.spec.containers;
  const reordered = {
    spec: { containers: [{ env: container?.env, image: 'web:1', name: 'web' }] },
    metadata: template.metadata,
  };
  const hashed = { ...template, metadata: { labels: { app: 'web', 'pod-template-hash': 'abc' } } };
  const fromOldClient = { ...template, metadata: { ...template.metadata, creationTimestamp: null } };
  for (const same of [reordered, hashed, fromOldClient] as PodTemplateSpec[]) {
    assert.equal(templateHash(same), templateHash(template));
    assert(sameTemplate(same, template));
  }
  const changed = { ...template, spec: { containers: [{ ...container, name: 'web', image: 'web:2' }] } };
  assert.notEqual(templateHash(changed), templateHash(template));
  assert(!sameTemplate(changed, template));
});
