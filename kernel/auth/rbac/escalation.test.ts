import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes } from '../../ports/admission.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../schema/standard/types.ts';
import { mastersAuthorizer, unionAuthorizer } from '../authorizers.ts';
import { rbacEscalationCheck } from './escalation.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const metadata = (name: string, namespace?: string) => ({
  name,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '',
  ...(namespace === undefined ? {} : { namespace }),
});
const role = (name: string, rules: readonly PolicyRule[], more: object = {}): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: metadata(name),
  rules,
  ...more,
});
const binding = (name: string, roleName: string, user: string, namespace?: string): RoleBinding => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: metadata(name, namespace),
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
  subjects: [{ kind: 'User', name: user }],
});

const readPods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
const onRoles = (verb: string, resourceNames: readonly string[]): PolicyRule => ({
  verbs: [verb],
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['roles', 'clusterroles'],
  resourceNames,
});

const rbac = new RbacAuthorizer();
for (const one of [
  role('reader', [readPods]),
  role('all', everything),
  role('escalator', [onRoles('escalate', ['wide'])]),
  role('binder', [onRoles('bind', ['all'])]),
])
  rbac.putRole(one);
rbac.putBinding(binding('1', 'reader', 'alice'));
rbac.putBinding(binding('2', 'reader', 'local', 'a'));
rbac.putBinding(binding('3', 'all', 'root'));
rbac.putBinding(binding('4', 'escalator', 'eve'));
rbac.putBinding(binding('5', 'binder', 'bob'));
const check = rbacEscalationCheck({ rbac, authorizer: unionAuthorizer([mastersAuthorizer, rbac]) });

interface Write {
  readonly as: string;
  readonly groups?: readonly string[];
  readonly plural: string;
  readonly object: KubeObject;
  readonly old?: KubeObject;
}

async function write({ as, groups = ['system:authenticated'], plural, object, old }: Write): Promise<void> {
  const definition = { group: 'rbac.authorization.k8s.io', plural } as KindDefinition;
  const attributes: AdmissionAttributes = {
    operation: old === undefined ? 'create' : 'update',
    definition,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    subresource: '',
    user: { name: as, groups },
    dryRun: false,
    old,
    warn: () => undefined,
  };
  assert.equal(check.handles(attributes), true);
  await check.validate?.(object, attributes, new AbortController());
}

test('rbacEscalationCheck() lets through what the writer holds, or may escalate or bind', async () => {
  const wide = role('wide', [{ ...readPods, verbs: ['*'] }]);
  const collecting = { aggregationRule: { clusterRoleSelectors: [{}] } };
  const cases: readonly (Write & { readonly title: string; readonly want: RegExp | undefined })[] = [
    { title: 'held', as: 'alice', plural: 'clusterroles', object: role('n', [readPods]), want: undefined },
    {
      title: 'held in the namespace',
      as: 'local',
      plural: 'rolebindings',
      object: binding('n', 'reader', 'x', 'a'),
      want: undefined,
    },
    {
      title: 'held in another one',
      as: 'local',
      plural: 'rolebindings',
      object: binding('n', 'reader', 'x', 'b'),
      want: /currently held/,
    },
    { title: 'more verbs', as: 'alice', plural: 'clusterroles', object: wide, want: /Verbs:\["\*"\]/ },
    {
      title: 'all names where one is held',
      as: 'eve',
      plural: 'clusterroles',
      object: role('n', [onRoles('escalate', [])]),
      want: /held/,
    },
    { title: 'escalate by name', as: 'eve', plural: 'clusterroles', object: wide, want: undefined },
    { title: 'escalate another name', as: 'eve', plural: 'clusterroles', object: role('n', [readPods]), want: /held/ },
    {
      title: 'bind by name',
      as: 'bob',
      plural: 'clusterrolebindings',
      object: binding('n', 'all', 'x'),
      want: undefined,
    },
    {
      title: 'bind another name',
      as: 'bob',
      plural: 'clusterrolebindings',
      object: binding('n', 'reader', 'x'),
      want: /held/,
    },
    {
      title: 'a role that is missing',
      as: 'alice',
      plural: 'rolebindings',
      object: binding('n', 'none', 'x', 'a'),
      want: /not found/,
    },
    {
      title: 'collecting',
      as: 'alice',
      plural: 'clusterroles',
      object: role('n', [], collecting),
      want: /must have cluster-admin privileges/,
    },
    {
      title: 'collecting as root',
      as: 'root',
      plural: 'clusterroles',
      object: role('n', [], collecting),
      want: undefined,
    },
    {
      title: 'no longer collecting',
      as: 'alice',
      plural: 'clusterroles',
      object: role('n', []),
      old: role('n', [], collecting),
      want: /cluster-admin/,
    },
    {
      title: 'a master',
      as: 'm',
      groups: ['system:masters'],
      plural: 'clusterroles',
      object: role('n', everything),
      want: undefined,
    },
    {
      title: 'only owners change',
      as: 'system:gc',
      plural: 'clusterroles',
      object: role('wide', everything),
      old: { ...role('wide', everything), metadata: { ...metadata('wide'), finalizers: ['x/y'] } },
      want: undefined,
    },
  ];
  for (const { title, want, ...written } of cases) {
    if (want === undefined) await write(written);
    else await assert.rejects(write(written), want, title);
  }
});

test('rbacEscalationCheck() says what is missing as kube-apiserver does', async () => {
  const rules = [{ verbs: ['get', 'delete', 'create'], apiGroups: ['', 'apps'], resources: ['pods'] }];
  await assert.rejects(
    write({ as: 'alice', plural: 'clusterroles', object: role('new', rules) }),
    (error) =>
      isApiError(error, 'Forbidden') &&
      error.message ===
        [
          'clusterroles.rbac.authorization.k8s.io "new" is forbidden: user "alice" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
          '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "create"]}',
          '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "delete" "create"]}',
        ].join('\n'),
  );
});
