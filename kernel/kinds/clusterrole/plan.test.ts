import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole } from '../../schema/standard/types.ts';
import { aggregatedRules } from './plan.ts';

const role = (
  name: string,
  verb: string,
  labels: Record<string, string>,
  selects?: Record<string, string>,
): ClusterRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', labels },
  rules: verb === '' ? [] : [{ verbs: [verb], apiGroups: [''], resources: ['pods'] }],
  ...(selects === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: selects }] } }),
});

test('aggregatedRules() collects the rules of the selected roles once, by name, and never its own', () => {
  const collecting = role('all', 'own', { a: 'b' }, { a: 'b' });
  const roles = [
    role('z', 'get', { a: 'b' }),
    collecting,
    role('y', 'list', { a: 'b' }),
    role('x', 'get', {}),
    role('w', 'get', { a: 'b' }),
  ];
  assert.deepEqual(
    aggregatedRules(collecting, roles)?.map(({ verbs }) => verbs[0]),
    ['get', 'list'],
  );
  assert.equal(aggregatedRules(role('plain', 'get', {}), roles), undefined);
});
