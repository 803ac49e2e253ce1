import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, mapOf, object, string } from '../schema.ts';
import { applyPatch } from './apply-patch.ts';
import { newEntry, type Writer } from './managed-fields.ts';
import { toFieldSet } from './to-field-set.ts';
import { runSteps } from './versions.ts';

const schema = object({
  apiVersion: string(),
  kind: string(),
  metadata: object({ name: string(), annotations: mapOf(string()) }),
  data: mapOf(string()),
  list: array(string()),
});

const writer = (manager: string): Writer => ({ manager, apiVersion: 'v1', nowText: '2026-01-01T00:00:00Z' });

/** Conflicts of `manager` applying `data` over an object that client-side apply made and somebody may have changed. */
function conflictsOf(manager: string, data: Record<string, string>, lastApplied: string): readonly string[] {
  const metadata = { name: 'c', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': lastApplied } };
  const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: '1', y: 'changed since' } };
  const owned = newEntry('Update', writer('kubectl-client-side-apply'), toFieldSet(live, schema));
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data };
  const steps = applyPatch({ ...writer(manager), live, applied, managedFields: [owned], force: false, schema });
  const result = runSteps(steps, () => undefined);
  return result.kind === 'conflicts' ? result.conflicts.map(({ path }) => path) : [];
}

test('applyPatch() lets kubectl take over what its client-side apply set, and nothing else', () => {
  const lastApplied = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: { x: '1', y: '1' },
  });
  assert.deepEqual(conflictsOf('kubectl', { x: '2' }, lastApplied), []);
  assert.deepEqual(conflictsOf('kubectl', { x: '2', y: '2' }, lastApplied), ['.data.y']);
  assert.deepEqual(conflictsOf('other', { x: '2' }, lastApplied), ['.data.x']);
  for (const broken of ['', '{', '[]', '{"apiVersion":"v2"}']) {
    assert.deepEqual(conflictsOf('kubectl', { x: '2' }, broken), ['.data.x']);
  }
});

/** Kubernetes: users may go back from server-side to client-side apply of kubectl. */
test('applyPatch() keeps the annotation of client-side apply in step with what kubectl applies', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotationAfter = (manager: string, before: string | undefined, data: Record<string, string>) => {
    const metadata = { name: 'c', annotations: before === undefined ? { a: 'b' } : { [annotation]: before } };
    const live = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { x: '1' } };
    const applied = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c' }, data };
    const steps = applyPatch({ ...writer(manager), live, applied, managedFields: [], force: true, schema });
    const result = runSteps(steps, () => undefined);
    assert.ok(result.kind === 'applied');
    const { annotations } = result.object['metadata'] as { readonly annotations?: Record<string, string> };
    return annotations?.[annotation];
  };
  const text = '{"apiVersion":"v1","data":{"x":"\\u003c2"},"kind":"ConfigMap","metadata":{"name":"c"}}\n';
  assert.equal(annotationAfter('kubectl', '{}', { x: '<2' }), text);
  assert.equal(annotationAfter('kubectl', undefined, { x: '2' }), undefined);
  assert.equal(annotationAfter('other', '{}', { x: '2' }), '{}');
  // What does not fit into annotations any more goes.
  assert.equal(annotationAfter('kubectl', '{}', { x: 'x'.repeat(300_000) }), undefined);
});
