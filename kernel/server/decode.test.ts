import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMapKind } from '../kinds/configmap/type.ts';
import { isApiError } from '../meta/errors.ts';
import type { ResourceTarget } from '../ports/resources.ts';
import { readDeleteBody, readObjectBody, readPatchBody } from './decode.ts';
import { gadget, widget } from './testing/fake-resources.ts';

const target = (definition: ResourceTarget['definition']): ResourceTarget => ({
  definition,
  version: 'v1',
  namespace: 'a',
  name: '',
  subresource: '',
});

function source(body: string | Uint8Array, contentType?: string) {
  const bytes = Buffer.from(body as string);
  return { headers: { 'content-type': contentType }, readBody: async () => bytes };
}

test('readObjectBody() reads YAML as Kubernetes does and reports duplicate fields', async () => {
  const text =
    'metadata: {name: w}\nspec:\n  on: yes\n  at: 2026-01-01\n  time: 12:30\n  base: &b {x: 1}\n  copy: *b\nspec2: {a: 1, a: 2}\n';
  const decoded = await readObjectBody(source(text, 'application/yaml'), target(widget));
  assert.deepEqual(decoded.value, {
    metadata: { name: 'w' },
    spec: { true: true, at: '2026-01-01', time: '12:30', base: { x: 1 }, copy: { x: 1 } },
    spec2: { a: 2 },
  });
  assert.deepEqual(decoded.duplicateFields, ['spec2.a']);
  assert.deepEqual(decoded.duplicateLines, ['line 8: key "a" already set in map']);
});

test('readObjectBody() refuses YAML that is broken or explodes', async () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`).join(',')}]`)
    .join('\n')}`;
  for (const text of ['a: [', 'just text', '- a', '', 'a: {{b: c}: d}', '? [a]\n: b', 'a: &a [*a]', bomb]) {
    await assert.rejects(readObjectBody(source(text, 'application/yaml'), target(widget)), (error) =>
      isApiError(error, 'BadRequest'),
    );
  }
});

test('readObjectBody() takes protobuf for standard kinds only', async () => {
  // Envelope of a ConfigMap named "c" with data {"k":"v"}.
  const metadata = [0x0a, 0x03, 0x0a, 0x01, 0x63];
  const data = [0x12, 0x06, 0x0a, 0x01, 0x6b, 0x12, 0x01, 0x76];
  const raw = [...metadata, ...data];
  const typeMeta = [0x0a, 0x02, ...Buffer.from('v1'), 0x12, 0x09, ...Buffer.from('ConfigMap')];
  const bytes = Uint8Array.from([0x6b, 0x38, 0x73, 0, 0x0a, typeMeta.length, ...typeMeta, 0x12, raw.length, ...raw]);
  const type = 'application/vnd.kubernetes.protobuf';
  const { value } = await readObjectBody(source(bytes, type), target(configMapKind));
  assert.deepEqual(
    [value['kind'], value['data'], (value['metadata'] as { name?: string }).name],
    ['ConfigMap', { k: 'v' }, 'c'],
  );
  await assert.rejects(readObjectBody(source(bytes, type), target(widget)), (error) =>
    isApiError(error, 'UnsupportedMediaType'),
  );
});

test('readObjectBody() takes protobuf for the scale of every kind', async () => {
  // Envelope of a Scale named "c" with spec.replicas 5, as `UpdateScale` of client-go sends it.
  const raw = [0x0a, 0x03, 0x0a, 0x01, 0x63, 0x12, 0x02, 0x08, 0x05];
  const typeMeta = [0x0a, 0x0e, ...Buffer.from('autoscaling/v1'), 0x12, 0x05, ...Buffer.from('Scale')];
  const bytes = Uint8Array.from([0x6b, 0x38, 0x73, 0, 0x0a, typeMeta.length, ...typeMeta, 0x12, raw.length, ...raw]);
  for (const kind of [gadget, widget]) {
    const at = { ...target(kind), name: 'c', subresource: 'scale' } as const;
    const { value } = await readObjectBody(source(bytes, 'application/vnd.kubernetes.protobuf'), at);
    assert.deepEqual([value['kind'], value['spec']], ['Scale', { replicas: 5 }]);
  }
});

test('readPatchBody() takes the forms the kind serves', async () => {
  const strategic = 'application/strategic-merge-patch+json';
  assert.deepEqual(await readPatchBody(source('{"a":1}', strategic), gadget), {
    type: 'patch',
    patch: { type: 'strategic', body: { a: 1 } },
  });
  await assert.rejects(readPatchBody(source('{}', strategic), widget), (error) =>
    isApiError(error, 'UnsupportedMediaType'),
  );
  await assert.rejects(readPatchBody(source('{}', 'application/json-patch+json'), widget), /it is not a list/);
  await assert.rejects(readPatchBody(source('{}'), widget), (error) => isApiError(error, 'UnsupportedMediaType'));
  const apply = await readPatchBody(source('a: 1', 'application/apply-patch+yaml; charset=utf-8'), widget);
  assert.deepEqual(apply, { type: 'apply', body: { value: { a: 1 }, duplicateFields: [], duplicateLines: [] } });
});

test('readDeleteBody() takes no body for no options', async () => {
  assert.equal(await readDeleteBody(source('')), undefined);
  assert.deepEqual(await readDeleteBody(source('{"gracePeriodSeconds":0}')), { gracePeriodSeconds: 0 });
});
