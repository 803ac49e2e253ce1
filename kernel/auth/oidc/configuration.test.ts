import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorText } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import { parseConfiguration } from './configuration.ts';

const issuer = { url: 'https://issuer.test', audiences: ['planform'] };
const byClaim = { username: { claim: 'sub', prefix: 'oidc:' } };

function fileOf(jwt: JsonObject, more: JsonObject = {}): JsonObject {
  const base = { issuer, claimMappings: byClaim };
  const header = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };
  return { ...header, jwt: [{ ...base, ...jwt }], ...more };
}

function problem(file: JsonObject): string {
  try {
    parseConfiguration(file, ['https://own.test']);
    return '';
  } catch (error) {
    return errorText(error);
  }
}

/** The groups and names claims stand for, or why they stand for nobody. */
function userOf(jwt: JsonObject, claims: JsonObject): unknown {
  const { issuers } = parseConfiguration(fileOf(jwt), []);
  try {
    return issuers[0]?.userOf(claims);
  } catch (error) {
    return errorText(error);
  }
}

test('parseConfiguration() refuses what Kubernetes refuses, with its texts', async (t) => {
  // Kubernetes: staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_test.go, the same situations.
  const cases: readonly (readonly [name: string, file: JsonObject, expected: RegExp])[] = [
    ['another kind', { apiVersion: 'v1', kind: 'List' }, /must have apiVersion "apiserver.config.k8s.io\/v1"/],
    ['an unknown field', fileOf({ issuerURL: 'x' }), /unknown field "jwt\[0\].issuerURL"/],
    ['no issuer', fileOf({ issuer: undefined as never }), /jwt\[0\].issuer: Required value/],
    ['http', fileOf({ issuer: { ...issuer, url: 'http://a.test' } }), /URL scheme must be https/],
    ['a query', fileOf({ issuer: { ...issuer, url: 'https://a.test?x' } }), /URL must not contain a query/],
    ['a fragment', fileOf({ issuer: { ...issuer, url: 'https://a.test#x' } }), /must not contain a fragment/],
    ['our own issuer', fileOf({ issuer: { ...issuer, url: 'https://own.test' } }), /overlap with disallowed issuers/],
    [
      'the same discoveryURL',
      fileOf({ issuer: { ...issuer, discoveryURL: 'https://issuer.test/' } }),
      /must be different/,
    ],
    ['no audience', fileOf({ issuer: { ...issuer, audiences: [] } }), /at least one issuer.audiences is required/],
    ['audiences without policy', fileOf({ issuer: { ...issuer, audiences: ['a', 'b'] } }), /must be MatchAny/],
    ['no certificates', fileOf({ issuer: { ...issuer, certificateAuthority: 'x' } }), /does not contain any valid/],
    ['no prefix', fileOf({ claimMappings: { username: { claim: 'sub' } } }), /prefix is required when claim is set/],
    [
      'claim and expression',
      fileOf({ claimMappings: { username: { claim: 'sub', prefix: '', expression: 'claims.sub' } } }),
      /can't both be set/,
    ],
    ['neither', fileOf({ claimMappings: { username: {} } }), /claim or expression is required/],
    [
      'a key of Kubernetes',
      fileOf({ claimMappings: { ...byClaim, extra: [{ key: 'a.k8s.io/x', valueExpression: "''" }] } }),
      /reserved for Kubernetes use/,
    ],
    [
      'a key without domain',
      fileOf({ claimMappings: { ...byClaim, extra: [{ key: 'x', valueExpression: "''" }] } }),
      /domain-prefixed path/,
    ],
    [
      'a rule that is no bool',
      fileOf({ claimValidationRules: [{ expression: 'claims.sub + "x"' }] }),
      /compilation failed|must evaluate to bool/,
    ],
    [
      'a broken expression',
      fileOf({ claimMappings: { username: { expression: 'claims.' } } }),
      /username.expression: Invalid value.*compilation failed/s,
    ],
    [
      'an unknown variable',
      fileOf({ userValidationRules: [{ expression: 'claims.sub == "x"' }] }),
      /undeclared reference to 'claims'/,
    ],
    [
      'an unknown user field',
      fileOf({ userValidationRules: [{ expression: 'user.name == "x"' }] }),
      /undefined field 'name'/,
    ],
    [
      'an unverified email',
      fileOf({ claimMappings: { username: { expression: 'claims.email' } } }),
      /claims.email_verified must be used/,
    ],
    [
      'the same with brackets',
      fileOf({ claimMappings: { username: { expression: 'claims["email"]' } } }),
      /claims.email_verified must be used/,
    ],
    [
      'conditions of nobody',
      fileOf({}, { anonymous: { enabled: false, conditions: [{ path: '/livez' }] } }),
      /enabled should be set to true/,
    ],
  ];
  for (const [name, file, expected] of cases) {
    await t.test(name, () => assert.match(problem(JSON.parse(JSON.stringify(file)) as JsonObject), expected));
  }
  const twice = {
    ...fileOf({}),
    jwt: [...(fileOf({})['jwt'] as JsonObject[]), ...(fileOf({})['jwt'] as JsonObject[])],
  };
  assert.match(problem(twice), /jwt\[1\].issuer.url: Duplicate value: "https:\/\/issuer.test"/);
  assert.equal(problem(fileOf({})), '');
});

test('claims and expressions make users', () => {
  const jwt = {
    claimMappings: {
      username: { expression: "claims.email_verified ? 'dev:' + claims.email : ''" },
      groups: { expression: "claims.roles.filter(r, r.startsWith('k-')).map(r, r.substring(2))" },
      uid: { claim: 'sub' },
      extra: [
        { key: 'example.com/tenant', valueExpression: 'claims.tenant' },
        { key: 'example.com/none', valueExpression: "claims.?absent.orValue('')" },
      ],
    },
    claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
    userValidationRules: [{ expression: "!user.groups.exists(g, g == 'blocked')", message: 'is blocked' }],
  };
  const claims = {
    sub: '7',
    email: 'a@b',
    email_verified: true,
    roles: ['k-dev', 'x'],
    tenant: 't',
    hd: 'example.com',
  };
  assert.deepEqual(userOf(jwt, claims), {
    name: 'dev:a@b',
    uid: '7',
    groups: ['dev'],
    extra: { 'example.com/tenant': ['t'] },
  });
  assert.match(String(userOf(jwt, { ...claims, hd: 'evil.com' })), /"hd" is not the required value/);
  assert.match(String(userOf(jwt, { ...claims, email_verified: false })), /username is empty/);
  assert.match(String(userOf(jwt, { ...claims, roles: ['k-blocked'] })), /is blocked/);
  assert.match(String(userOf(jwt, { ...claims, roles: 7 })), /an expression failed/);
  assert.match(String(userOf(jwt, { ...claims, tenant: { a: 1 } })), /neither a text nor a list of texts/);
});

test('claims by name', () => {
  const jwt = {
    claimMappings: { username: { claim: 'email', prefix: 'p:' }, groups: { claim: 'groups', prefix: 'g:' } },
  };
  const user = (claims: JsonObject) => userOf(jwt, claims);
  const named = (groups: readonly string[]) => ({ name: 'p:a@b', uid: '', groups, extra: {} });
  assert.deepEqual(user({ email: 'a@b', groups: ['x', 'y'] }), named(['g:x', 'g:y']));
  assert.deepEqual(user({ email: 'a@b', groups: 'x' }), named(['g:x']));
  assert.deepEqual(user({ email: 'a@b' }), named([]));
  // Kubernetes: an address counts without email_verified, but not when that says no.
  assert.match(String(user({ email: 'a@b', email_verified: false })), /not verified/);
  assert.match(String(user({ email: '' })), /username is empty/);
  assert.match(String(user({ email: ['a'] })), /not there or no text/);
  const odd = userOf({ claimMappings: { username: { claim: 'constructor', prefix: '' } } }, {});
  assert.match(String(odd), /not there or no text/);
});

test('an expression that costs too much makes nobody', () => {
  const heavy = 'claims.l.all(a, claims.l.all(b, claims.l.all(c, a != b || b != c || a == c)))';
  const jwt = { claimValidationRules: [{ expression: heavy }] };
  const found = userOf(jwt, { sub: 'x', l: Array.from({ length: 500 }, (_, at) => at) });
  assert.match(String(found), /cost limit exceeded/);
});

test('anonymous requests by path', () => {
  const allowed = (anonymous: JsonObject | undefined, path: string) => {
    const file = fileOf({}, anonymous === undefined ? {} : { anonymous });
    return parseConfiguration(file, []).allowsAnonymous(path);
  };
  const conditions = [{ path: '/livez' }];
  assert.equal(allowed(undefined, '/api'), true);
  assert.equal(allowed({ enabled: false }, '/livez'), false);
  assert.equal(allowed({ enabled: true }, '/api'), true);
  assert.equal(allowed({ enabled: true, conditions }, '/livez'), true);
  assert.equal(allowed({ enabled: true, conditions }, '/livez/'), false);
  assert.equal(allowed({ enabled: true, conditions }, '/api'), false);
});
