import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditTarget } from '../ports/audit.ts';
import type { UserInfo } from '../ports/auth.ts';
import { defaultAuditPolicy } from './default-policy.ts';
import { parsePolicy } from './policy-file.ts';
import { verdictOf } from './policy.ts';
import { testTarget } from './testing/written-log.ts';

const alice: UserInfo = { name: 'alice', groups: ['dev', 'system:authenticated'] };
const header = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };

interface Asked {
  readonly user?: UserInfo | undefined;
  readonly target?: Partial<AuditTarget>;
  readonly path?: string;
}

function matches(rule: object, { user, target = {}, path = '/api/v1/x' }: Asked): boolean {
  const policy = parsePolicy({ ...header, rules: [{ level: 'Request', ...rule }] });
  return verdictOf(policy, user, testTarget(target), path).level === 'Request';
}

const noResource = { isResource: false, resource: '', namespace: '', name: '', verb: 'get' };

// Kubernetes: apiserver/pkg/audit/policy/checker.go, documentation "Auditing".
const cases: readonly (readonly [title: string, rule: object, asked: Asked, want: boolean])[] = [
  ['an empty rule matches everything', {}, { user: alice }, true],
  ['users', { users: ['bob', 'alice'] }, { user: alice }, true],
  ['other users', { users: ['bob'] }, { user: alice }, false],
  ['one of the groups is enough', { userGroups: ['ops', 'dev'] }, { user: alice }, true],
  ['no group', { userGroups: ['ops'] }, { user: alice }, false],
  ['users and groups must both match', { users: ['alice'], userGroups: ['ops'] }, { user: alice }, false],
  ['rules about users count for requests nobody was accepted for', { users: ['bob'] }, { user: undefined }, true],
  ['verbs', { verbs: ['update'] }, { user: alice }, true],
  ['other verbs', { verbs: ['get'] }, { user: alice }, false],
  ['a resource', { resources: [{ group: '', resources: ['configmaps'] }] }, { user: alice }, true],
  ['a group without resources has all of them', { resources: [{ group: '' }] }, { user: alice }, true],
  ['another group', { resources: [{ group: 'apps' }] }, { user: alice }, false],
  [
    'a resource does not have its subresources',
    { resources: [{ group: '', resources: ['pods'] }] },
    { user: alice, target: { resource: 'pods', subresource: 'log' } },
    false,
  ],
  [
    'a subresource',
    { resources: [{ group: '', resources: ['pods/log'] }] },
    { user: alice, target: { resource: 'pods', subresource: 'log' } },
    true,
  ],
  [
    'pods/* has every subresource',
    { resources: [{ group: '', resources: ['pods/*'] }] },
    { user: alice, target: { resource: 'pods', subresource: 'status' } },
    true,
  ],
  [
    'pods/* has pods themselves',
    { resources: [{ group: '', resources: ['pods/*'] }] },
    { user: alice, target: { resource: 'pods' } },
    true,
  ],
  [
    '*/scale has the scale of everything',
    { resources: [{ group: 'apps', resources: ['*/scale'] }] },
    { user: alice, target: { group: 'apps', resource: 'deployments', subresource: 'scale' } },
    true,
  ],
  ['* has all', { resources: [{ group: '', resources: ['*'] }] }, { user: alice, target: { subresource: 'x' } }, true],
  ['names', { resources: [{ group: '', resources: ['configmaps'], resourceNames: ['a'] }] }, { user: alice }, true],
  [
    'other names',
    { resources: [{ group: '', resources: ['configmaps'], resourceNames: ['b'] }] },
    { user: alice },
    false,
  ],
  ['namespaces', { namespaces: ['default'] }, { user: alice }, true],
  ['other namespaces', { namespaces: ['kube-system'] }, { user: alice }, false],
  [
    'the empty namespace is that of cluster-scoped resources',
    { namespaces: [''] },
    { user: alice, target: { namespace: '' } },
    true,
  ],
  ['rules about resources never match paths', { namespaces: [''] }, { user: alice, target: noResource }, false],
  ['paths', { nonResourceURLs: ['/healthz'] }, { user: alice, target: noResource, path: '/healthz' }, true],
  ['below a path', { nonResourceURLs: ['/logs/*'] }, { user: alice, target: noResource, path: '/logs/a' }, true],
  ['not below a path', { nonResourceURLs: ['/logs'] }, { user: alice, target: noResource, path: '/logs/a' }, false],
  ['all paths', { nonResourceURLs: ['*'] }, { user: alice, target: noResource, path: '/x' }, true],
  ['rules about paths never match resources', { nonResourceURLs: ['*'] }, { user: alice }, false],
];

test('rules match as those of kube-apiserver', () => {
  for (const [title, rule, asked, want] of cases) assert.equal(matches(rule, asked), want, title);
});

test('the first rule that matches decides; stages add up, managedFields are as the rule or else the policy says', () => {
  const policy = parsePolicy({
    ...header,
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'None', verbs: ['get'] },
      { level: 'RequestResponse', verbs: ['update'], omitStages: ['Panic'], omitManagedFields: false },
      { level: 'Metadata' },
    ],
  });
  const verdict = (verb: string) => verdictOf(policy, alice, testTarget({ verb }), '/');
  assert.equal(verdict('get').level, 'None');
  assert.deepEqual(verdict('update'), {
    level: 'RequestResponse',
    omitStages: ['RequestReceived', 'Panic'],
    omitManagedFields: false,
  });
  assert.deepEqual(verdict('patch'), { level: 'Metadata', omitStages: ['RequestReceived'], omitManagedFields: true });
});

test('a policy that cannot be meant is refused with all that is wrong', () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{}, /rules: at least one rule is needed/],
    [{ rules: [{ level: 'Everything' }] }, /rules\[0\]\.level is "Everything": allowed are None, Metadata/],
    [{ rules: [{}] }, /rules\[0\]\.level is missing/],
    [{ rules: [{ level: 'None', nonResourceURLs: ['/x'], namespaces: ['a'] }] }, /cannot apply to both/],
    [{ rules: [{ level: 'None', nonResourceURLs: ['x'] }] }, /must begin with a "\/"/],
    [{ rules: [{ level: 'None', nonResourceURLs: ['/*/x'] }] }, /"\*" at its end only/],
    [{ rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] }, /requires at least one resource/],
    [{ rules: [{ level: 'None', resources: [{ group: 'apps/v1' }] }] }, /without version/],
    [{ rules: [{ level: 'None', users: 'bob' }] }, /rules\[0\]\.users must be a list of strings/],
    [{ rules: [{ level: 'None', user: ['bob'] }] }, /rules\[0\]\.user is unknown/],
    [{ rules: [{ level: 'None' }], omitStages: ['Never'] }, /omitStages: "Never", allowed are/],
    [{ kind: 'Secret', rules: [{ level: 'None' }] }, /kind "Secret"/],
  ];
  for (const [policy, message] of wrong) assert.throws(() => parsePolicy({ ...header, ...policy }), { message });
});

test('the built-in policy records every write and backups, no reads, and no bodies', () => {
  const quiet = [{ group: 'x.dev', resources: ['sites/heartbeat'], resourceNames: [] }];
  const policy = defaultAuditPolicy({ groups: ['', 'apps', 'apps'], quiet });
  const levelOf = (target: Partial<AuditTarget>, user = alice, path = '/api/v1/x') =>
    verdictOf(policy, user, testTarget(target), path).level;
  for (const verb of ['create', 'update', 'patch', 'delete', 'deletecollection'])
    assert.equal(levelOf({ verb }), 'Metadata');
  for (const verb of ['get', 'list', 'watch']) assert.equal(levelOf({ verb, resource: 'secrets' }), 'None');
  assert.equal(levelOf(noResource, alice, '/planform/backup'), 'Metadata');
  assert.equal(levelOf(noResource, alice, '/healthz'), 'None');
  const controller: UserInfo = { name: 'system:planform:controller:x', groups: ['system:planform:controllers'] };
  assert.equal(levelOf({ verb: 'delete' }, controller), 'Metadata');
  assert.equal(levelOf({ verb: 'create', resource: 'events' }, controller), 'None');
  assert.equal(
    levelOf({ verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'status' }, controller),
    'None',
  );
  assert.equal(levelOf({ verb: 'create', resource: 'events' }), 'Metadata');
  assert.equal(levelOf({ verb: 'create', group: 'x.dev', resource: 'sites', subresource: 'heartbeat' }), 'None');
  assert.equal(levelOf({ verb: 'create', group: 'x.dev', resource: 'sites', subresource: 'join' }), 'Metadata');
  assert.ok(policy.rules.every(({ level }) => level === 'None' || level === 'Metadata'));
});
