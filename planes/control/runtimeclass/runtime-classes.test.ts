import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionAttributes } from '../../../kernel/ports/admission.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { PodSpec, RuntimeClass } from '../../../kernel/schema/standard/types.ts';
import { podKind } from '../pod/type.ts';
import { runtimeClasses } from './runtime-classes.ts';

const signal = new AbortController().signal;
const attributes = { operation: 'create', definition: podKind, name: 'a', subresource: '' } as AdmissionAttributes;
const toleration = { key: 'kata', operator: 'Exists' } as const;
const kata: RuntimeClass = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'kata', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  handler: 'kata',
  overhead: { podFixed: { memory: '100Mi' } },
  scheduling: { nodeSelector: { kata: 'yes' }, tolerations: [toleration] },
};

async function admitted(spec: Partial<PodSpec>): Promise<Record<string, unknown>> {
  const plugin = runtimeClasses({ findClass: async (name) => (name === 'kata' ? kata : undefined) });
  const draft: Record<string, unknown> = { metadata: { name: 'a' }, spec };
  assert.ok(plugin.handles(attributes));
  await plugin.mutate?.(draft, attributes, { signal });
  await plugin.validate?.(draft as Record<string, unknown> & KubeObject, attributes, { signal });
  return draft['spec'] as Record<string, unknown>;
}

// Kubernetes: plugin/pkg/admission/runtimeclass.
test('a pod gets what its RuntimeClass costs and where it runs', async () => {
  const spec = await admitted({ runtimeClassName: 'kata', nodeSelector: { a: 'b' }, tolerations: [toleration] });
  assert.deepEqual(spec['overhead'], { memory: '100Mi' });
  assert.deepEqual(spec['nodeSelector'], { a: 'b', kata: 'yes' });
  assert.deepEqual(spec['tolerations'], [toleration]);
  assert.deepEqual(await admitted({}), {});
});

test('a pod of no class, of another overhead or for other nodes is refused', async () => {
  const cases: readonly (readonly [Partial<PodSpec>, RegExp])[] = [
    [{ runtimeClassName: 'gone' }, /pods "a" is forbidden: pod rejected: RuntimeClass "gone" not found$/],
    [{ overhead: { cpu: '1' } }, /Pod Overhead set without corresponding RuntimeClass defined Overhead$/],
    [
      { runtimeClassName: 'kata', overhead: { cpu: '1' } },
      /Pod's Overhead doesn't match RuntimeClass's defined Overhead$/,
    ],
    [
      { runtimeClassName: 'kata', nodeSelector: { kata: 'no' } },
      /conflict: runtimeClass\.scheduling\.nodeSelector\[kata\] = yes; pod\.spec\.nodeSelector\[kata\] = no$/,
    ],
  ];
  for (const [spec, refusal] of cases) await assert.rejects(admitted({ ...spec }), refusal);
});
