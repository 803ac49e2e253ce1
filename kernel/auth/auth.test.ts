import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import { anonymousUser, type AuthorizationAttributes, type Credentials, type PolicyRule } from '../ports/auth.ts';
import { authenticatorChain, certificateAuthenticator, hashToken, tokenAuthenticator } from './authenticators.ts';
import { fixedRules, mastersAuthorizer, unionAuthorizer, userRules } from './authorizers.ts';

const certificate = {
  commonName: 'alice',
  organizations: ['dev'],
  fingerprint: 'aa',
  publicKeyFingerprint: 'bb',
};

test('authenticatorChain() knows users by certificate and token, and nobody else', async () => {
  const chain = authenticatorChain([
    certificateAuthenticator({
      isRevoked: ({ fingerprint }) => fingerprint === 'revoked',
      isReserved: (name) => name === 'inside',
    }),
    tokenAuthenticator([
      { sha256: hashToken('good'), user: { name: 'bot', groups: ['ci'] } },
      { sha256: hashToken('old'), user: { name: 'bot', groups: [] }, expiresAtMs: 100 },
    ]),
  ]);
  const cases: readonly { name: string; credentials: Credentials; want: string | undefined }[] = [
    { name: 'nothing', credentials: {}, want: anonymousUser.name },
    { name: 'certificate', credentials: { certificate }, want: 'alice' },
    { name: 'token', credentials: { bearerToken: 'good' }, want: 'bot' },
    { name: 'unknown token', credentials: { bearerToken: 'bad' }, want: undefined },
    { name: 'expired token', credentials: { bearerToken: 'old' }, want: undefined },
    {
      name: 'revoked certificate',
      credentials: { certificate: { ...certificate, fingerprint: 'revoked' } },
      want: undefined,
    },
    {
      name: 'certificate of a user inside the server',
      credentials: { certificate: { ...certificate, commonName: 'inside' } },
      want: undefined,
    },
    {
      name: 'certificate without name',
      credentials: { certificate: { ...certificate, commonName: '' } },
      want: undefined,
    },
  ];
  for (const { name, credentials, want } of cases) {
    const asked = async (nowMs: number) => chain.authenticate(credentials, nowMs);
    if (want === undefined) await assert.rejects(asked(100), (error) => isApiError(error, 'Unauthorized'), name);
    else assert.equal((await asked(100))?.name, want, name);
  }
  assert.deepEqual((await chain.authenticate({ certificate }, 0))?.groups, ['dev', 'system:authenticated']);
  assert.deepEqual((await chain.authenticate({ bearerToken: 'good' }, 0))?.groups, ['ci', 'system:authenticated']);
});

function asking(
  parts: Partial<AuthorizationAttributes> & { who?: string; groups?: string[] },
): AuthorizationAttributes {
  const { who = 'u', groups = ['system:authenticated'], ...attributes } = parts;
  const user = { name: who, groups };
  return { user, verb: 'get', group: '', resource: 'pods', subresource: '', namespace: '', name: '', ...attributes };
}

const siteRules = (site: string): readonly PolicyRule[] => [
  { verbs: ['get', 'list'], groups: ['m'], resources: ['works'], namespaces: [`site-${site}`] },
  { verbs: ['get'], groups: ['m'], resources: ['sites', 'sites/sync'], names: [site] },
];

test('authorizers allow what a rule grants and nothing else', () => {
  const authorizer = unionAuthorizer([
    mastersAuthorizer,
    userRules(new Map([['system:planform:controller:c', [{ verbs: ['*'], groups: ['*'], resources: ['pods/*'] }]]])),
    fixedRules([{ group: 'sites', userPrefix: 'site:', rules: siteRules, reason: 'own site' }]),
  ]);
  const site = { who: 'site:a', groups: ['sites'], group: 'm' };
  const controller = { who: 'system:planform:controller:c' };
  const cases: readonly [string, Parameters<typeof asking>[0], boolean][] = [
    ['a master may do anything', { groups: ['system:masters'], verb: 'delete' }, true],
    ['a user may do nothing', {}, false],
    ['a controller may use its subresource', { ...controller, subresource: 'log' }, true],
    ['a controller may not use the resource', { ...controller }, false],
    ['a controller has no paths', { ...controller, groups: [], path: '/healthz' }, false],
    ['a site sees its Works', { ...site, resource: 'works', verb: 'list', namespace: 'site-a' }, true],
    ['a site sees no other Works', { ...site, resource: 'works', verb: 'list', namespace: 'site-b' }, false],
    ['a site does not see all Works', { ...site, resource: 'works', verb: 'list' }, false],
    ['a site syncs itself', { ...site, resource: 'sites', subresource: 'sync', name: 'a' }, true],
    ['a site does not sync another', { ...site, resource: 'sites', subresource: 'sync', name: 'b' }, false],
    ['the group alone is not enough', { who: 'x', groups: ['sites'], group: 'm', resource: 'sites', name: 'x' }, false],
  ];
  for (const [name, attributes, want] of cases) {
    assert.equal(authorizer.authorize(asking(attributes)).verdict === 'allow', want, name);
  }
});

test('authorizers list the rules that hold for a user in a namespace', () => {
  const authorizer = unionAuthorizer([
    mastersAuthorizer,
    userRules(new Map([['c', [{ verbs: ['get'], groups: [''], resources: ['pods'] }]]])),
    fixedRules([{ group: 'sites', userPrefix: 'site:', rules: siteRules, reason: 'own site' }]),
  ]);
  const resources = (name: string, groups: readonly string[], namespace: string) =>
    authorizer.rulesFor({ name, groups }, namespace).resourceRules.map((rule) => rule.resources[0]);
  assert.deepEqual(resources('m', ['system:masters'], 'x'), ['*']);
  assert.deepEqual(resources('c', [], 'x'), ['pods']);
  assert.deepEqual(resources('site:a', ['sites'], 'site-a'), ['works', 'sites']);
  assert.deepEqual(resources('site:a', ['sites'], 'site-b'), ['sites']);
  assert.deepEqual(resources('nobody', [], 'x'), []);
  // An authorizer that cannot list leaves the answer incomplete.
  const silent = unionAuthorizer([{ authorize: () => ({ verdict: 'allow', reason: '' }) }]);
  assert.equal(silent.rulesFor({ name: 'x', groups: [] }, '').problems.length, 1);
});
