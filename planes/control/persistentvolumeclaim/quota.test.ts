import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuantity } from '../../../kernel/meta/quantity.ts';
import type { PersistentVolumeClaim } from '../../../kernel/schema/standard/types.ts';
import { claimQuota } from './quota.ts';

function claim(storage: string, rest: object = {}, status: object = {}): PersistentVolumeClaim {
  const spec = { resources: { requests: { storage } }, ...rest };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec,
    status,
  } as object as PersistentVolumeClaim;
}

test('claimQuota.usage() counts claims and storage, in all and by class', () => {
  const gold = 'gold.storageclass.storage.k8s.io/';
  const table = [
    [claim('1Gi'), { persistentvolumeclaims: '1', 'requests.storage': '1Gi' }],
    // Kubernetes: whole bytes, rounded up.
    [claim('1500m'), { persistentvolumeclaims: '1', 'requests.storage': '2' }],
    // Kubernetes: what was given counts while it is more than what is asked for.
    [
      claim('1Gi', {}, { allocatedResources: { storage: '2Gi' } }),
      { persistentvolumeclaims: '1', 'requests.storage': '2Gi' },
    ],
    [
      claim('1Gi', { storageClassName: 'gold' }),
      {
        persistentvolumeclaims: '1',
        'requests.storage': '1Gi',
        [`${gold}persistentvolumeclaims`]: '1',
        [`${gold}requests.storage`]: '1Gi',
      },
    ],
  ] as const;
  for (const [one, expected] of table) {
    const usage = [...claimQuota.usage(one)].map(([name, amount]) => [name, formatQuantity(amount)] as const);
    assert.deepEqual(Object.fromEntries(usage), expected);
    for (const [name] of usage) assert.ok(claimQuota.uses(name), name);
  }
});

test('claimQuota.isInScope() looks at the class that is asked for and at the one there is', () => {
  const changing = claim('1Gi', { volumeAttributesClassName: 'fast' }, { currentVolumeAttributesClassName: 'slow' });
  const isIn = (...values: string[]) =>
    claimQuota.isInScope?.(changing, { scopeName: 'VolumeAttributesClass', operator: 'In', values });
  assert.deepEqual([isIn('fast'), isIn('slow'), isIn('other')], [true, true, false]);
  assert.equal(claimQuota.isInScope?.(changing, { scopeName: 'BestEffort', operator: 'Exists' }), false);
});
