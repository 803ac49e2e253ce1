import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Draft } from '../../meta/object.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../schema/standard/types.ts';
import { completeBinding, completeRole } from './complete-defaults.ts';
import { defaultBindings, defaultRoles } from './default-roles.ts';

const stored = <T>(draft: Draft<T> | undefined) =>
  ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'x', ...draft }) as T & ClusterRole & ClusterRoleBinding;

test('completeRole() and completeBinding() leave alone what they made', () => {
  for (const role of defaultRoles) assert.equal(completeRole(role, stored(completeRole(role, undefined))), undefined);
  for (const binding of defaultBindings) {
    assert.equal(completeBinding(binding, stored(completeBinding(binding, undefined)?.binding)), undefined);
  }
});

test('completeRole() adds what is missing, keeps what people added, and respects autoupdate', () => {
  const role = { name: 'r', rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] };
  const own = { verbs: ['list'], apiGroups: ['x'], resources: ['y'] };
  const made = stored<ClusterRole>(completeRole(role, undefined));
  assert.deepEqual(completeRole(role, { ...made, rules: [own] })?.rules, [own, ...role.rules]);
  const off = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
  assert.equal(completeRole(role, { ...made, rules: [], metadata: { ...made.metadata, annotations: off } }), undefined);
});

test('completeBinding() replaces a binding to another role, which cannot be changed', () => {
  const [first] = defaultBindings;
  assert.ok(first !== undefined);
  const made = stored<ClusterRoleBinding>(completeBinding(first, undefined)?.binding);
  const other = { ...made, roleRef: { ...made.roleRef, name: 'other' } };
  assert.equal(completeBinding(first, other)?.replaces, true);
});
