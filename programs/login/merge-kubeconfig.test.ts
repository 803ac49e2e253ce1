import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { currentCluster, mergeKubeconfig } from './merge-kubeconfig.ts';

const plugin = { name: 'me', command: '/bin/planform', args: ['token'] };
const server = { name: 'hub', server: 'https://hub.test:7443', caPem: 'PEM' };
const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: '/bin/planform',
  args: ['token'],
  interactiveMode: 'IfAvailable',
};

test('mergeKubeconfig() makes a kubeconfig', () => {
  assert.deepEqual(parse(mergeKubeconfig('', { ...plugin, cluster: server })), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hub', cluster: { server: server.server, 'certificate-authority-data': 'UEVN' } }],
    users: [{ name: 'me', user: { exec } }],
    contexts: [{ name: 'me', context: { cluster: 'hub', user: 'me' } }],
    'current-context': 'me',
  });
});

test('mergeKubeconfig() leaves everything else as it was, and may be repeated', () => {
  const before = [
    'apiVersion: v1 # mine',
    'clusters:',
    '- name: a',
    '  cluster: {server: "https://a.test"}',
    'users: []',
    'contexts:',
    '- name: other',
    '  context: {cluster: a, user: b}',
    'current-context: other',
    '',
  ].join('\n');
  assert.equal(currentCluster(before), 'a');
  const once = mergeKubeconfig(before, { ...plugin, cluster: { name: 'a' } });
  assert.match(once, /# mine/);
  assert.match(once, /name: other\n {2,4}context: \{ ?cluster: a, user: b ?\}/);
  assert.match(once, /current-context: me/);
  assert.equal(mergeKubeconfig(once, { ...plugin, cluster: { name: 'a' } }), once);
});

test('mergeKubeconfig() refuses what it would break', () => {
  assert.throws(() => mergeKubeconfig('', { ...plugin, cluster: { name: 'b' } }), /has no cluster "b"/);
  assert.throws(() => mergeKubeconfig('- a', { ...plugin, cluster: server }), /is not YAML, or no mapping/);
});
