import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeOptions, commandPath } from '../../programs/cli/child.ts';
import { command } from '../world.ts';
import { send } from './http-request.ts';
import { Hub } from './hub.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const management = '/apis/management.planform.dev/v1alpha1';

test('planform who-can names everybody who may, and how', { timeout: 60_000 }, async () => {
  await using hub = await Hub.start();
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await send(hub, { method: 'POST', path, headers, body: JSON.stringify(body) });
    assert.equal(status, 201, text);
  };
  const whoCan = (...args: readonly string[]) =>
    command(process.execPath, [...nodeOptions, commandPath, 'who-can', ...args, '--kubeconfig', hub.kubeconfig]);
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  const subjects = [
    { kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' },
    { kind: 'ServiceAccount', name: 'ci', namespace: 'default' },
  ];
  await post(`${rbac}/namespaces/default/rolebindings`, { metadata: { name: 'viewers' }, roleRef, subjects });
  await post(`${management}/sites`, { metadata: { name: 'north' }, spec: { accepted: true } });

  const pods = await whoCan('get', 'configmap/settings');
  assert.equal(pods.code, 0, pods.stderr);
  assert.match(pods.stdout, /^These may get configmaps "settings" in namespace "default":\nKIND /);
  assert.match(pods.stdout, /^User +ann +RoleBinding\/viewers +ClusterRole\/view$/m);
  assert.match(pods.stdout, /^ServiceAccount +default\/ci +RoleBinding\/viewers +ClusterRole\/view$/m);
  assert.match(pods.stdout, /^Group +system:masters +built in$/m);

  const everywhere = await whoCan('get', 'cm', '-A');
  assert.doesNotMatch(everywhere.stdout, /ann/);

  const works = await whoCan('patch', 'works', '--subresource', 'status', '-n', 'site-north', '-o', 'json');
  assert.equal(works.code, 0, works.stderr);
  const { subjects: found } = JSON.parse(works.stdout) as { subjects: readonly object[] };
  assert.ok(
    found.some(
      (one) => JSON.stringify(one) === '{"kind":"User","name":"system:planform:site:north","by":"Site/north"}',
    ),
  );

  const wrong = await whoCan('get', 'confgmaps');
  assert.deepEqual(
    [wrong.code, wrong.stderr],
    [1, 'planform: Resource "confgmaps" is not served\n  did you mean "configmaps"?\n'],
  );
});
