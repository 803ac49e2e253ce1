import assert from 'node:assert/strict';
import { test } from 'node:test';
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
