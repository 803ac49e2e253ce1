import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RbacAuthorizer } from '../auth/rbac/rbac-authorizer.ts';
import { isApiError } from '../meta/errors.ts';
import type { Authorizer, UserInfo } from '../ports/auth.ts';
import { impersonated } from './impersonation.ts';

const user: UserInfo = { name: 'helper', groups: ['system:authenticated'] };

/** Allows `helper` to impersonate exactly this, written `resource/subresource namespace name`. */
const allowing = (...allowed: readonly string[]): Authorizer => ({
  authorize: ({ verb, resource, subresource, namespace, name }) => ({
    verdict:
      verb === 'impersonate' && allowed.includes(`${resource}/${subresource} ${namespace} ${name}`)
        ? 'allow'
        : 'noOpinion',
    reason: '',
  }),
});

test('impersonated() answers as the user itself without headers', () => {
  assert.equal(impersonated(user, { headers: {} }, allowing()), user);
});

test('impersonated() becomes what every part is allowed for', () => {
  const headers = {
    'impersonate-user': 'ann',
    'impersonate-group': 'ops, dev',
    'impersonate-uid': '7',
    'impersonate-extra-example.org%2fteam': 'red',
  };
  const rights = ['users/  ann', 'groups/  ops', 'groups/  dev', 'uids/  7', 'userextras/example.org/team  red'];
  assert.deepEqual(impersonated(user, { headers }, allowing(...rights)), {
    name: 'ann',
    groups: ['ops', 'dev', 'system:authenticated'],
    uid: '7',
    extra: { 'example.org/team': ['red'] },
  });
  for (const missing of rights) {
    const authorizer = allowing(...rights.filter((right) => right !== missing));
    assert.throws(
      () => impersonated(user, { headers }, authorizer),
      (error) => isApiError(error, 'Forbidden'),
      missing,
    );
  }
});

test('impersonated() gives service accounts and the anonymous user their groups', () => {
  const account = { 'impersonate-user': 'system:serviceaccount:n:robot' };
  assert.deepEqual(impersonated(user, { headers: account }, allowing('serviceaccounts/ n robot')).groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:n',
    'system:authenticated',
  ]);
  const nobody = { 'impersonate-user': 'system:anonymous' };
  const { groups } = impersonated(user, { headers: nobody }, allowing('users/  system:anonymous'));
  assert.deepEqual(groups, ['system:unauthenticated']);
});

test('impersonated() refuses groups without a user', () => {
  const headers = { 'impersonate-group': 'system:masters' };
  assert.throws(
    () => impersonated(user, { headers }, allowing()),
    (error) => isApiError(error, 'BadRequest'),
  );
});

test('impersonated() takes the rights on users, accounts, groups, uids and extras from Roles', () => {
  // Kubernetes: users, groups and serviceaccounts are of the core group, uids and userextras of authentication.k8s.io.
  const rbac = new RbacAuthorizer();
  const rule = (apiGroup: string, resource: string, name: string) => ({
    verbs: ['impersonate'],
    apiGroups: [apiGroup],
    resources: [resource],
    resourceNames: [name],
  });
  const metadata = { name: 'support', uid: 's', resourceVersion: '1', creationTimestamp: '' };
  const apiGroup = 'rbac.authorization.k8s.io';
  rbac.putRole({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRole',
    metadata,
    rules: [
      rule('', 'users', 'ann'),
      rule('', 'groups', 'ops'),
      rule('', 'serviceaccounts', 'robot'),
      rule('authentication.k8s.io', 'uids', '7'),
      rule('authentication.k8s.io', 'userextras/example.org/team', 'red'),
    ],
  });
  rbac.putBinding({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'support' },
    subjects: [{ kind: 'User', apiGroup, name: user.name }],
  });
  const ann = { 'impersonate-user': 'ann' };
  const cases: readonly (readonly [Record<string, string>, boolean])[] = [
    [{ ...ann, 'impersonate-group': 'ops', 'impersonate-uid': '7' }, true],
    [{ ...ann, 'impersonate-extra-example.org%2fteam': 'red' }, true],
    [{ 'impersonate-user': 'system:serviceaccount:any:robot' }, true],
    [{ 'impersonate-user': 'root' }, false],
    [{ ...ann, 'impersonate-group': 'system:masters' }, false],
    [{ ...ann, 'impersonate-uid': '8' }, false],
    [{ ...ann, 'impersonate-extra-example.org%2fteam': 'blue' }, false],
    [{ ...ann, 'impersonate-extra-scopes': 'red' }, false],
    [{ 'impersonate-user': 'system:serviceaccount:any:other' }, false],
  ];
  for (const [headers, isAllowed] of cases) {
    const become = () => impersonated(user, { headers }, rbac);
    if (isAllowed) become();
    else assert.throws(become, (error) => isApiError(error, 'Forbidden'), JSON.stringify(headers));
  }
});
