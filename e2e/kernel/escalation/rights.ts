import { type AttackTable, forbidden, invalid, patchTypes } from './attack.ts';
import { roots } from './cast.ts';

const { rbac, core, widgets } = roots;
const rbacGroup = 'rbac.authorization.k8s.io';
const [roles, bindings] = [`${rbac}/namespaces/lab/roles`, `${rbac}/namespaces/lab/rolebindings`];
const clusterRoles = `${rbac}/clusterroles`;
const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const notHeld = { ...forbidden, message: /is attempting to grant RBAC permissions not currently held/ };
const self = { kind: 'User', name: 'mallory', apiGroup: rbacGroup };

function roleRef(name: string, kind = 'ClusterRole') {
  return { apiGroup: rbacGroup, kind, name };
}

/** Handing out, or taking, rights one does not hold. */
export const attacksOnRoles: AttackTable = () => [
  {
    what: 'a Role with rights its author lacks',
    method: 'POST',
    path: roles,
    body: { metadata: { name: 'x' }, rules: [secrets] },
    ...notHeld,
  },
  {
    what: 'a Role with all rights',
    method: 'POST',
    path: roles,
    body: { metadata: { name: 'x' }, rules: [everything] },
    ...notHeld,
  },
  {
    what: 'a Role under a name that is to be made up',
    method: 'POST',
    path: roles,
    body: { metadata: { generateName: 'x-' }, rules: [secrets] },
    ...notHeld,
  },
  {
    what: 'a Role that lets bind and escalate',
    method: 'POST',
    path: roles,
    body: {
      metadata: { name: 'x' },
      rules: [{ apiGroups: [rbacGroup], resources: ['roles'], verbs: ['bind', 'escalate'] }],
    },
    ...notHeld,
  },
  {
    what: 'a dry run of such a Role',
    method: 'POST',
    path: `${roles}?dryRun=All`,
    body: { metadata: { name: 'x' }, rules: [secrets] },
    ...notHeld,
  },
  {
    what: 'one’s own Role, merged with more',
    method: 'PATCH',
    path: `${roles}/lab-work`,
    headers: patchTypes.merge,
    body: { rules: [everything] },
    ...notHeld,
  },
  {
    what: 'one’s own Role, patched with more',
    method: 'PATCH',
    path: `${roles}/lab-work`,
    headers: patchTypes.json,
    body: [{ op: 'add', path: '/rules/-', value: secrets }],
    ...notHeld,
  },
  {
    what: 'one’s own Role, applied with more',
    method: 'PATCH',
    path: `${roles}/lab-work?fieldManager=m&force=true`,
    headers: patchTypes.apply,
    body: { apiVersion: `${rbacGroup}/v1`, kind: 'Role', metadata: { name: 'lab-work' }, rules: [everything] },
    ...notHeld,
  },
  {
    what: 'a Role made by PUT',
    method: 'PUT',
    path: `${roles}/made-by-put`,
    body: { metadata: { name: 'made-by-put', namespace: 'lab' }, rules: [secrets] },
    ...notHeld,
  },
  {
    what: 'a Role made by apply',
    method: 'PATCH',
    path: `${roles}/made-by-apply?fieldManager=m`,
    headers: patchTypes.apply,
    body: { apiVersion: `${rbacGroup}/v1`, kind: 'Role', metadata: { name: 'made-by-apply' }, rules: [secrets] },
    ...notHeld,
  },
  {
    what: 'a ClusterRole for all paths',
    method: 'POST',
    path: clusterRoles,
    body: { metadata: { name: 'x' }, rules: [{ nonResourceURLs: ['*'], verbs: ['get'] }] },
    ...notHeld,
  },
  {
    what: 'a ClusterRole that gathers all others',
    method: 'POST',
    path: clusterRoles,
    body: { metadata: { name: 'x' }, aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] },
    ...forbidden,
    message: /must have cluster-admin privileges to use the aggregationRule/,
  },
  {
    what: 'a ClusterRole that `edit` would gather',
    method: 'POST',
    path: clusterRoles,
    body: {
      metadata: { name: 'x', labels: { [`${rbacGroup}/aggregate-to-edit`]: 'true' } },
      rules: [{ apiGroups: ['*'], resources: ['nodes'], verbs: ['delete'] }],
    },
    ...notHeld,
  },
  {
    what: 'one’s own ClusterRole, made to gather',
    method: 'PATCH',
    path: `${clusterRoles}/definer`,
    headers: patchTypes.merge,
    body: { aggregationRule: { clusterRoleSelectors: [{}] } },
    ...forbidden,
    message: /must have cluster-admin privileges to use the aggregationRule/,
  },
];

/** Binding oneself to more. */
export const attacksOnBindings: AttackTable = () => [
  {
    what: 'a RoleBinding to cluster-admin',
    method: 'POST',
    path: bindings,
    body: { metadata: { name: 'x' }, roleRef: roleRef('cluster-admin'), subjects: [self] },
    ...notHeld,
  },
  {
    what: 'a ClusterRoleBinding to cluster-admin',
    method: 'POST',
    path: `${rbac}/clusterrolebindings`,
    body: { metadata: { name: 'x' }, roleRef: roleRef('cluster-admin'), subjects: [self] },
    ...notHeld,
  },
  {
    what: 'a RoleBinding of everybody to a Role one does not hold',
    method: 'POST',
    path: bindings,
    body: {
      metadata: { name: 'x' },
      roleRef: roleRef('boss', 'Role'),
      subjects: [{ kind: 'Group', name: 'system:authenticated', apiGroup: rbacGroup }],
    },
    ...notHeld,
  },
  {
    what: 'oneself among the subjects of another’s binding',
    method: 'PATCH',
    path: `${bindings}/boss`,
    headers: patchTypes.merge,
    body: { subjects: [self] },
    ...notHeld,
  },
  {
    what: 'a binding made to refer to another role',
    method: 'PATCH',
    path: `${bindings}/lab-work`,
    headers: patchTypes.merge,
    body: { roleRef: { name: 'boss' } },
    ...invalid,
    message: /roleRef: Invalid value: .*cannot change roleRef/,
  },
  {
    what: 'a binding in another namespace',
    method: 'POST',
    path: `${rbac}/namespaces/vault/rolebindings`,
    body: { metadata: { name: 'x' }, roleRef: roleRef('lab-work', 'Role'), subjects: [self] },
    ...forbidden,
    message: /cannot create resource "rolebindings".* in the namespace "vault"/,
  },
  {
    what: 'a transaction with one write that is not allowed',
    method: 'POST',
    path: '/apis/kernel.planform.dev/v1alpha1/transactions',
    body: {
      spec: {
        items: [
          {
            operation: 'Create',
            object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first', namespace: 'lab' } },
          },
          {
            operation: 'Create',
            object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'second', namespace: 'vault' } },
          },
        ],
      },
    },
    ...forbidden,
    message: /cannot create resource "configmaps".* in the namespace "vault"/,
  },
];

const vaultSecret = `${core}/namespaces/vault/secrets/login`;
const noSecrets = {
  ...forbidden,
  message: /cannot \w+ resource "secrets(?:\/\w+)?" in API group "" in the namespace "vault"/,
};

/** Reading and writing past what a right is for. */
export const attacksOnBounds: AttackTable = () => [
  { what: 'a Secret of others', path: vaultSecret, ...noSecrets },
  {
    what: 'a list with a field selector that names a Secret',
    path: `${core}/namespaces/vault/secrets?fieldSelector=metadata.name%3Dlogin`,
    ...noSecrets,
  },
  { what: 'a watch of Secrets', path: `${core}/namespaces/vault/secrets?watch=1`, ...noSecrets },
  {
    what: 'the old path of watches',
    path: `${core}/watch/namespaces/vault/secrets`,
    ...noSecrets,
  },
  {
    what: 'Secrets of all namespaces',
    path: `${core}/secrets?limit=1`,
    ...forbidden,
    message: /cannot list resource "secrets" in API group "" at the cluster scope/,
  },
  {
    what: 'only the metadata of Secrets',
    path: `${core}/namespaces/vault/secrets`,
    headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    ...noSecrets,
  },
  {
    what: 'Secrets as a table',
    path: `${core}/namespaces/vault/secrets`,
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    ...noSecrets,
  },
  { what: 'the history of a Secret', path: `${vaultSecret}/history`, ...noSecrets },
  {
    what: 'a namespace’s Secrets as of the past',
    path: `${core}/namespaces/vault/secrets?resourceVersion=5&resourceVersionMatch=Exact`,
    ...noSecrets,
  },
  {
    what: 'a collection of others deleted',
    method: 'DELETE',
    path: `${core}/namespaces/vault/configmaps`,
    ...forbidden,
    message: /cannot deletecollection resource "configmaps"/,
  },
  {
    what: 'deleting with the right to update',
    method: 'DELETE',
    path: `${core}/namespaces/lab/configmaps/notes`,
    ...forbidden,
    message: /cannot delete resource "configmaps"/,
  },
  {
    what: 'creating by apply with the right to patch',
    by: 'robot',
    method: 'PATCH',
    path: `${core}/namespaces/lab/configmaps/fresh?fieldManager=m`,
    headers: patchTypes.apply,
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh' } },
    ...forbidden,
    message: /cannot create resource "configmaps"/,
  },
  {
    what: 'a status with the right to the object',
    method: 'PATCH',
    path: `${widgets}/w/status`,
    headers: patchTypes.merge,
    body: { status: { replicas: 9 } },
    ...forbidden,
    message: /cannot patch resource "widgets\/status"/,
  },
  {
    what: 'a scale with the right to the object',
    method: 'PUT',
    path: `${widgets}/w/scale`,
    body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'w' }, spec: { replicas: 9 } },
    ...forbidden,
    message: /cannot update resource "widgets\/scale"/,
  },
  {
    what: 'the end of a namespace',
    method: 'PUT',
    path: `${core}/namespaces/vault/finalize`,
    body: { metadata: { name: 'vault' }, spec: { finalizers: [] } },
    ...forbidden,
    message: /cannot update resource "namespaces\/finalize"/,
  },
  {
    what: 'a webhook that sees every write',
    method: 'POST',
    path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
    body: { metadata: { name: 'x' }, webhooks: [] },
    ...forbidden,
    message: /cannot create resource "mutatingwebhookconfigurations"/,
  },
  {
    what: 'a policy that changes every write',
    method: 'POST',
    path: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies',
    body: { metadata: { name: 'x' }, spec: {} },
    ...forbidden,
    message: /cannot create resource "mutatingadmissionpolicies"/,
  },
];
