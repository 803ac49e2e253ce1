import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import type { PolicyRule, Subject } from '../../schema/standard/types.ts';
import { defaultBinding, validateBinding, validateRules } from './validate.ts';

test('validateRules() wants something said, about resources or paths but not both', () => {
  const pods: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const metrics: PolicyRule = { verbs: ['get'], nonResourceURLs: ['/metrics'] };
  const cases: readonly (readonly [PolicyRule, boolean, readonly RegExp[]])[] = [
    [pods, true, []],
    [metrics, false, []],
    [metrics, true, [/namespaced rules cannot apply to non-resource URLs/]],
    [{ ...pods, ...metrics }, false, [/cannot apply to both regular resources and non-resource URLs/]],
    [{ ...pods, verbs: [] }, true, [/^rules\[0\]\.verbs: Required value: verbs must contain at least one value$/]],
    [
      { verbs: ['get'] },
      true,
      [
        /apiGroups: Required value: resource rules must supply/,
        /resources: Required value: resource rules must supply/,
      ],
    ],
  ];
  for (const [rule, isNamespaced, want] of cases) {
    const found = validateRules([rule], isNamespaced).map(formatFieldError);
    assert.equal(found.length, want.length, found.join('\n'));
    want.forEach((pattern, index) => assert.match(found[index] ?? '', pattern));
  }
});

test('validateBinding() checks role and subjects, and that the role stays', () => {
  const apiGroup = 'rbac.authorization.k8s.io';
  const roleRef = { apiGroup, kind: 'ClusterRole', name: 'view' };
  const errorsOf = (subject: Partial<Subject>, more: object = {}, kinds = ['ClusterRole']) => {
    const subjects = [{ kind: 'User', apiGroup, name: 'ann', ...subject }];
    const binding = { roleRef: { ...roleRef, ...more }, subjects };
    return validateBinding(binding, undefined, kinds).map(formatFieldError).join('\n');
  };
  assert.equal(errorsOf({}), '');
  assert.match(errorsOf({ name: '' }), /^subjects\[0\]\.name: Required value$/);
  assert.match(
    errorsOf({ kind: 'Robot' }),
    /kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User"/,
  );
  assert.match(errorsOf({ apiGroup: '' }), /apiGroup: Unsupported value: ""/);
  const account = { kind: 'ServiceAccount', apiGroup: '' };
  assert.match(errorsOf(account), /^subjects\[0\]\.namespace: Required value$/);
  assert.equal(errorsOf(account, {}, ['Role', 'ClusterRole']), '');
  assert.match(errorsOf({}, { kind: 'Role' }), /^roleRef\.kind: Unsupported value: "Role"/);
  assert.match(errorsOf({}, { name: '' }), /^roleRef\.name: Required value$/);
  const changed = validateBinding({ roleRef }, { roleRef: { ...roleRef, name: 'edit' } }, ['ClusterRole']);
  assert.match(changed.map(formatFieldError).join(), /^roleRef: Invalid value: .*cannot change roleRef$/);
});

test('defaultBinding() says the group of roles, users and groups', () => {
  const draft: Record<string, unknown> = {
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [
      { kind: 'User', name: 'a' },
      { kind: 'ServiceAccount', name: 'b' },
    ],
  };
  defaultBinding(draft);
  assert.deepEqual(draft['roleRef'], { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' });
  assert.deepEqual(draft['subjects'], [
    { kind: 'User', name: 'a', apiGroup: 'rbac.authorization.k8s.io' },
    { kind: 'ServiceAccount', name: 'b' },
  ]);
});
