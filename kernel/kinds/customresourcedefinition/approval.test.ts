import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approvalCondition } from './approval.ts';
import { definitionOf } from './testing/definition.ts';

/** apiextensions `IsProtectedCommunityGroup`, `calculateCondition`: gateway.networking.x-k8s.io is nobody's. */
test('only definitions in groups of the Kubernetes community have a condition about their approval', () => {
  const reason = (group: string, approval?: string) => {
    const annotations = approval === undefined ? {} : { 'api-approved.kubernetes.io': approval };
    return approvalCondition(definitionOf({ metadata: { annotations }, spec: { group } }))[0]?.reason;
  };
  const url = 'https://github.com/kubernetes/kubernetes/pull/1';
  assert.equal(reason('gateway.networking.x-k8s.io', url), undefined);
  assert.equal(reason('example.com', url), undefined);
  assert.equal(reason('x.k8s.io', url), 'ApprovedAnnotation');
  assert.equal(reason('kubernetes.io', 'unapproved, a test'), 'UnapprovedAnnotation');
  assert.equal(reason('k8s.io'), 'MissingAnnotation');
  assert.equal(reason('k8s.io', 'nobody'), 'InvalidAnnotation');
});
