import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessQuestion, type AskedAccess, type DiscoveredResource } from './access-question.ts';
import { nearestWord } from './nearest.ts';
import { formatAccess } from './who-can.ts';

function resource(name: string, more: Partial<DiscoveredResource> = {}): DiscoveredResource {
  const kind = name.slice(0, 1).toUpperCase() + name.slice(1, -1);
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
  return { group: '', name, singularName: name.slice(0, -1), kind, namespaced: true, verbs, ...more };
}

const resources = [
  resource('pods', { shortNames: ['po'] }),
  resource('pods/log', { kind: 'Pod', verbs: ['get'] }),
  resource('pods/exec', { kind: 'Pod', verbs: ['create', 'get'] }),
  resource('nodes', { namespaced: false }),
  resource('deployments', { group: 'apps', shortNames: ['deploy'] }),
  resource('tokenreviews', { group: 'authentication.k8s.io', namespaced: false, verbs: ['create'] }),
];

function ask(verb: string, target: string, more: Partial<AskedAccess> = {}) {
  const asked = { verb, target, namespace: 'shop', allNamespaces: false, subresource: '', ...more };
  return accessQuestion(asked, resources);
}

test('accessQuestion() finds resources by all their names', () => {
  const pods = { verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'shop', name: '' };
  for (const word of ['pods', 'pod', 'po', 'Pod', 'PODS']) assert.deepEqual(ask('get', word), pods);
  assert.deepEqual(ask('get', 'pods/web'), { ...pods, name: 'web' });
  assert.deepEqual(ask('get', 'pods', { allNamespaces: true }), { ...pods, namespace: '' });
  assert.deepEqual(ask('get', 'pod/web', { subresource: 'log' }), { ...pods, name: 'web', subresource: 'log' });
  for (const word of ['deploy', 'deployments.apps', 'deploy.apps']) assert.equal(ask('list', word).group, 'apps');
  assert.equal(ask('get', 'node').namespace, '');
  assert.equal(ask('impersonate', 'node').verb, 'impersonate');
  assert.equal(ask('get', '/healthz').path, '/healthz');
});

const refusals: readonly (readonly [args: Parameters<typeof ask>, message: string, hint: string])[] = [
  [['gte', 'pods'], 'Verb "gte" is not known for pods', 'did you mean "get"?'],
  [['GET', 'pods'], 'Verb "GET" is not known for pods', 'did you mean "get"?'],
  [
    ['list', 'tokenreviews'],
    'Nobody can list tokenreviews.authentication.k8s.io: the server does not offer it',
    'possible are create, approve, attest, bind, escalate, impersonate, sign, use, *',
  ],
  [['get', 'posd'], 'Resource "posd" is not served', 'did you mean "pods"?'],
  [['get', 'zzzzzz'], 'Resource "zzzzzz" is not served', '`kubectl api-resources` lists them'],
  [
    ['get', 'pods/web/log'],
    'Cannot read "pods/web/log": it must be <resource> or <resource>/<name>',
    'subresources are asked for by --subresource',
  ],
  [
    ['get', 'pods/'],
    'Cannot read "pods/": it must be <resource> or <resource>/<name>',
    'subresources are asked for by --subresource',
  ],
  [['get', 'pods', { subresource: 'logs' }], 'pods has no subresource "logs"', 'did you mean "log"?'],
  [['get', 'nodes', { subresource: 'x' }], 'nodes has no subresource "x"', 'it has none'],
  [
    ['lsit', '/healthz'],
    'Verb "lsit" is not known for path "/healthz"',
    'possible are delete, get, head, options, patch, post, put, *',
  ],
];

for (const [args, message, hint] of refusals) {
  test(`accessQuestion() refuses ${args[0]} ${args[1]} with a word on what is meant`, () => {
    assert.throws(() => ask(...args), { name: 'CommandError', message, hint });
  });
}

test('nearestWord() is a word that is close, or none', () => {
  assert.equal(nearestWord('deplyoments', ['daemonsets', 'deployments']), 'deployments');
  assert.equal(nearestWord('x', ['deployments']), undefined);
});

test('formatAccess() is a table under the question', () => {
  const found = [
    { kind: 'ServiceAccount', name: 'ci', namespace: 'shop', by: 'RoleBinding/ci', role: 'Role/deployer' },
    { kind: 'Group', name: 'system:masters', by: 'built in' },
  ] as const;
  assert.deepEqual(formatAccess(ask('get', 'pod/web', { subresource: 'log' }), found), [
    'These may get pods/log "web" in namespace "shop":',
    [
      'KIND            NAME            BY              ROLE',
      'ServiceAccount  shop/ci         RoleBinding/ci  Role/deployer',
      'Group           system:masters  built in',
    ].join('\n'),
  ]);
});
