import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '../../schema/standard/types.ts';
import { asUserRules, formatRule, missingRules } from './covers.ts';

const rule = (verbs: string, resources: string, more: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: [''],
  resources: resources.split(' '),
  ...more,
});
const paths = (verbs: string, urls: string): PolicyRule => ({
  verbs: verbs.split(' '),
  nonResourceURLs: urls.split(' '),
});

test('missingRules() tells what is wanted and not held (Kubernetes `Covers`)', () => {
  const one = { resourceNames: ['a'] };
  const cases: readonly (readonly [owned: PolicyRule[], wanted: PolicyRule, missing: string[]])[] = [
    [[rule('get list', 'pods')], rule('get', 'pods'), []],
    [[rule('*', '*', { apiGroups: ['*'] })], rule('any', 'pods/log', { apiGroups: ['apps'] }), []],
    [[rule('get', 'pods'), rule('list', 'pods')], rule('get list', 'pods'), []],
    [[rule('get', 'pods')], rule('*', 'pods'), ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}']],
    [[rule('get', 'pods')], rule('get', 'pods/log'), ['{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}']],
    [[rule('get', '*/scale')], rule('get', 'deployments/scale'), []],
    [[rule('get', 'pods')], rule('get', 'pods', one), []],
    [[rule('get', 'pods', one)], rule('get', 'pods'), ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}']],
    [
      [rule('get', 'pods', one)],
      rule('get list', 'pods', { resourceNames: ['a', 'b'] }),
      [
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get" "list"]}',
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["list"]}',
      ],
    ],
    [[paths('get', '/healthz*')], paths('get', '/healthz/ping'), []],
    [
      [paths('get', '/api/*')],
      paths('get post', '/api'),
      ['{NonResourceURLs:["/api"], Verbs:["get"]}', '{NonResourceURLs:["/api"], Verbs:["post"]}'],
    ],
  ];
  for (const [owned, wanted, missing] of cases) {
    assert.deepEqual(missingRules(asUserRules(owned), [wanted]).map(formatRule), missing);
  }
});
