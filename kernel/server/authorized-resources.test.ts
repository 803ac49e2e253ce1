import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import type { AuthorizationAttributes, Authorizer } from '../ports/auth.ts';
import type { ResourceApi, ResourceContext, ResourceTarget } from '../ports/resources.ts';
import { authorizedResources, requireAllowed, resourceAttributes } from './authorized-resources.ts';
import { FakeResources, gadget, widget } from './testing/fake-resources.ts';

const user = { name: 'eve', groups: [] };
const context: ResourceContext = {
  user,
  requestId: 'r',
  receivedAtMs: 0,
  userAgent: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
};
const target: ResourceTarget = { definition: widget, version: 'v1', namespace: 'a', name: 'w', subresource: '' };
const body = { value: { metadata: { name: 'w' } }, duplicateFields: [] };

/** Allows the given verbs and remembers what it was asked. */
function allowing(...verbs: readonly string[]): { authorizer: Authorizer; asked: AuthorizationAttributes[] } {
  const asked: AuthorizationAttributes[] = [];
  const authorizer: Authorizer = {
    authorize(attributes) {
      asked.push(attributes);
      return { verdict: verbs.includes(attributes.verb) ? 'allow' : 'noOpinion', reason: '' };
    },
  };
  return { authorizer, asked };
}

test('authorizedResources() asks for every verb before anything happens', async () => {
  const resources = new FakeResources();
  const { authorizer, asked } = allowing();
  const api = authorizedResources(resources, authorizer);
  const query = { allowBookmarks: false, sendInitialEvents: false, timeoutMs: 1 };
  const calls: readonly (readonly [string, (api: ResourceApi) => unknown])[] = [
    ['get', () => api.get(context, target, {})],
    ['list', () => api.list(context, target, {})],
    ['watch', () => api.watch(context, target, query)],
    ['create', () => api.create(context, target, body, {})],
    ['update', () => api.update(context, target, body, {})],
    ['patch', () => api.patch(context, target, { type: 'merge', body: {} }, {})],
    ['patch', () => api.apply(context, target, body, { fieldManager: 'm' })],
    ['delete', () => api.delete(context, target, {})],
    ['deletecollection', () => api.deleteCollection(context, target, {}, {})],
    ['get', () => api.history(context, target, 1)],
  ];
  for (const [verb, call] of calls) {
    await assert.rejects(
      async () => call(api),
      (error) => isApiError(error, 'Forbidden'),
      verb,
    );
    assert.equal(asked.at(-1)?.verb, verb);
  }
  assert.equal(asked.at(-1)?.subresource, 'history');
  assert.deepEqual(resources.calls, []);
});

test('apply() creates nothing for those who may only patch', async () => {
  const resources = new FakeResources();
  const api = authorizedResources(resources, allowing('patch').authorizer);
  const apply = () => api.apply(context, target, body, { fieldManager: 'm' });
  await assert.rejects(apply, /cannot create resource "widgets"/);
  resources.seed(widget, 'a', 'w');
  assert.equal((await apply()).created, false);
  await assert.rejects(api.update(context, target, body, {}), /cannot update resource "widgets"/);
});

test('resourceAttributes() counts a Namespace as being inside itself', () => {
  const namespaces = { ...gadget, plural: 'namespaces', kind: 'Namespace' };
  const attributes = resourceAttributes(user, 'get', { ...target, definition: namespaces, namespace: '', name: 'a' });
  assert.deepEqual([attributes.namespace, attributes.name], ['a', 'a']);
});

test('requireAllowed() words refusals as kube-apiserver does', () => {
  const { authorizer } = allowing();
  const base = { user, verb: 'get', group: '', resource: 'pods', subresource: '', namespace: '', name: '' };
  const cases: readonly (readonly [Partial<AuthorizationAttributes>, string])[] = [
    [{}, 'pods is forbidden: User "eve" cannot get resource "pods" in API group "" at the cluster scope'],
    [
      { namespace: 'a', name: 'p', subresource: 'log' },
      'pods "p" is forbidden: User "eve" cannot get resource "pods/log" in API group "" in the namespace "a"',
    ],
    [
      { group: 'apps', resource: 'deployments' },
      'deployments.apps is forbidden: User "eve" cannot get resource "deployments" in API group "apps" at the cluster scope',
    ],
    [{ path: '/metrics' }, 'forbidden: User "eve" cannot get path "/metrics"'],
  ];
  for (const [more, message] of cases)
    assert.throws(() => requireAllowed(authorizer, { ...base, ...more }), { message });
});
