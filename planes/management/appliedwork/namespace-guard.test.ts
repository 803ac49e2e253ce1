import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { namespaceKind } from '../../../kernel/kinds/namespace/type.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { AdmissionAttributes } from '../../../kernel/ports/admission.ts';
import { deliveryUser } from '../identity/users.ts';
import { namespaceGuard } from './namespace-guard.ts';

const guard = namespaceGuard([namespaceKind, configMapKind]);

function deletion(user: AdmissionAttributes['user']): AdmissionAttributes {
  const target = { definition: namespaceKind, namespace: '', name: 'shop', subresource: '' };
  return { operation: 'delete', ...target, user, dryRun: false, old: undefined, warn: () => undefined };
}

function deleteShop(content: readonly Partial<KubeObject['metadata']>[]): void {
  const metadata = { name: 'settings', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const objects = content.map((more) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, ...more } }));
  const list = (resource: string) => (resource === 'configmaps' ? objects : []);
  guard.commit?.(undefined, deletion(deliveryUser('hub')), { get: () => undefined, list });
}

test('a hub cannot delete a namespace that holds what is not going away', () => {
  assert.throws(() => deleteShop([{}]), /ConfigMap "settings" is in it/);
  assert.doesNotThrow(() => deleteShop([]));
  assert.doesNotThrow(() => deleteShop([{ deletionTimestamp: '2026-01-01T00:00:00Z' }, { name: 'kube-root-ca.crt' }]));
});

test('people delete the namespaces of their site as they like', () => {
  assert.equal(guard.handles(deletion(deliveryUser('hub'))), true);
  assert.equal(guard.handles(deletion({ name: 'anna', groups: ['system:masters'] })), false);
});
