import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RoleBinding, RoleRef, Role, Subject } from '../../schema/standard/types.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import { whoCan } from './who-can.ts';

function metadata(name: string, namespace = '') {
  const server = { uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  return namespace === '' ? { name, ...server } : { name, namespace, ...server };
}

function role(name: string, verbs: readonly string[], more: object = {}, namespace = ''): Role {
  const kind = namespace === '' ? 'ClusterRole' : 'Role';
  const rules = [{ verbs, apiGroups: [''], resources: ['pods', 'pods/log'], ...more }];
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: metadata(name, namespace), rules };
}

function binding(
  name: string,
  ref: Omit<RoleRef, 'apiGroup'>,
  subjects: readonly Subject[],
  namespace = '',
): RoleBinding {
  const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', ...ref };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: metadata(name, namespace), roleRef, subjects };
}

const asked = { verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'a', name: 'web' };
const ann: Subject = { kind: 'User', name: 'ann' };
const ci: Subject = { kind: 'ServiceAccount', name: 'ci' };
const reader = { kind: 'ClusterRole', name: 'reader' };

test('whoCan() names subjects with the binding and the role by which they may', () => {
  const objects = {
    clusterRoles: [
      role('reader', ['get']),
      role('named', ['*'], { resourceNames: ['web'] }),
      role('writer', ['update']),
    ],
    roles: [role('own', ['get'], {}, 'a')],
    clusterRoleBindings: [
      binding('everywhere', reader, [ann, { kind: 'Group', name: 'dev' }]),
      binding('writers', { kind: 'ClusterRole', name: 'writer' }, [ann]),
      binding('dangling', { kind: 'ClusterRole', name: 'gone' }, [ann]),
    ],
    roleBindings: [
      binding('here', { kind: 'Role', name: 'own' }, [ci], 'a'),
      binding('one', { kind: 'ClusterRole', name: 'named' }, [ann], 'a'),
    ],
  };
  const shown = whoCan(asked, objects).map(
    ({ name, binding: by, role: of }) => `${name} ${by.name} ${of.kind}/${of.name}`,
  );
  assert.deepEqual(shown, [
    'ann everywhere ClusterRole/reader',
    'dev everywhere ClusterRole/reader',
    'ci here Role/own',
    'ann one ClusterRole/named',
  ]);
  assert.equal(whoCan({ ...asked, name: '' }, objects).length, 3);
  assert.equal(whoCan({ ...asked, namespace: '' }, objects).length, 2);
});

const subjects = fc.subarray<Subject>([ann, { kind: 'User', name: 'bob' }, { kind: 'Group', name: 'dev' }, ci]);
const names = fc.constantFrom('r1', 'r2');
const roleOf = (namespace: string) =>
  fc
    .record({ name: names, verbs: fc.subarray(['get', 'list', '*']), resourceNames: fc.subarray(['web']) })
    .map(({ name, verbs, resourceNames }) => role(name, verbs, { resourceNames }, namespace));
const bindingOf = (namespace: string) =>
  fc
    .record({ name: names, kind: fc.constantFrom('Role', 'ClusterRole'), to: names, subjects })
    .filter(({ kind }) => namespace !== '' || kind === 'ClusterRole')
    .map((one) => binding(one.name, { kind: one.kind, name: one.to }, one.subjects, namespace));
const unique = <T extends { readonly metadata: { readonly name: string } }>(values: fc.Arbitrary<T>) =>
  fc.uniqueArray(values, { selector: ({ metadata: { name } }) => name });

test('whoCan() names exactly those whom the authorizer allows', () => {
  const world = fc.record({
    clusterRoles: unique(roleOf('')),
    roles: unique(roleOf('a')),
    clusterRoleBindings: unique(bindingOf('')),
    roleBindings: unique(bindingOf('a')),
  });
  fc.assert(
    fc.property(world, fc.constantFrom('get', 'list', 'delete'), fc.constantFrom('', 'web'), (objects, verb, name) => {
      const rbac = new RbacAuthorizer();
      for (const one of [...objects.clusterRoles, ...objects.roles]) rbac.putRole(one);
      for (const one of [...objects.clusterRoleBindings, ...objects.roleBindings]) rbac.putBinding(one);
      const question = { ...asked, verb, name };
      const found = new Set(whoCan(question, objects).map((one) => `${one.kind} ${one.namespace ?? ''} ${one.name}`));
      const users = { 'User  ann': 'ann', 'User  bob': 'bob', 'ServiceAccount a ci': 'system:serviceaccount:a:ci' };
      for (const [who, user] of Object.entries(users)) {
        const { verdict } = rbac.authorize({ ...question, user: { name: user, groups: [] } });
        assert.equal(found.has(who), verdict === 'allow', who);
      }
      const { verdict } = rbac.authorize({ ...question, user: { name: 'x', groups: ['dev'] } });
      assert.equal(found.has('Group  dev'), verdict === 'allow');
    }),
  );
});
