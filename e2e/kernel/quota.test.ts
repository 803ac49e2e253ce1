import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually, kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { plain } from './plain.ts';

const path = kubectlPath(36);
const skip = path === undefined ? 'kubectl 1.36 is not on this machine: run tools/e2e-setup.sh' : false;

/** A quota as YAML is too long to write many times. */
function quota(name: string, hard: Readonly<Record<string, string>>, rest: object = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...rest } });
}

function pod(name: string, requests: Readonly<Record<string, string>>, rest: object = {}): string {
  const resources = { requests, limits: requests };
  const spec = { containers: [{ name: 'main', image: 'nginx:1', resources }], ...rest };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
}

// Names of the Kubernetes conformance tests: "[sig-api-machinery] ResourceQuota should …" (research/kernel.md §3.2).
suite('ResourceQuota should', { skip }, () => {
  let hub: Hub;
  let k: Kubectl;
  before(async () => {
    hub = await Hub.start({ subcommand: 'kernel', flags: ['--simulate-nodes', '1'] });
    k = new Kubectl(path ?? '', hub);
    await k.ok('wait node --all --for=condition=Ready --timeout=10s');
  });
  after(() => hub[Symbol.asyncDispose]());

  /** Waits until the status says so. */
  async function used(where: Kubectl, name: string, expected: Readonly<Record<string, string>>): Promise<void> {
    let last = {};
    await eventually(`${name} uses ${JSON.stringify(expected)}`, 5_000, async () => {
      const { status = {} } = JSON.parse(await where.ok(`get quota ${name} -o json`)) as {
        status?: { used?: Record<string, string>; hard?: object };
      };
      last = status;
      return Object.entries(expected).every(([resource, amount]) => status.used?.[resource] === amount)
        ? status
        : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`the status stays ${JSON.stringify(last)}`, { cause });
    });
  }

  test('ensure its status is promptly calculated', async () => {
    const q = await k.inNew('prompt');
    await q.ok('create quota q --hard=pods=5,services=10,secrets=10,resourcequotas=1');
    await used(q, 'q', { pods: '0', services: '0', secrets: '0', resourcequotas: '1' });
    assert.equal(await q.field('quota q', '.status.hard.pods'), '5');
    assert.match(
      await q.refused('create quota other --hard=pods=1'),
      /^error: failed to create quota: resourcequotas "other" is forbidden: exceeded quota: q, requested: resourcequotas=1, used: resourcequotas=1, limited: resourcequotas=1$/,
    );
  });

  test('be able to update and delete', async () => {
    const q = await k.inNew('update');
    await q.ok('create quota q --hard=cpu=1,memory=500Mi');
    await q.ok(['patch', 'quota', 'q', '-p', '{"spec":{"hard":{"cpu":"2","memory":"1Gi"}}}']);
    await eventually('the new limits', 5_000, async () =>
      (await q.field('quota q', '.status.hard')) === '{"cpu":"2","memory":"1Gi"}' ? true : undefined,
    );
    await q.ok('delete quota q');
    assert.equal(await q.ok('get quota --ignore-not-found'), '');
    await q.ok('run free --image=nginx:1');
  });

  test('capture the life of a configMap and a secret', async () => {
    const q = await k.inNew('texts');
    await q.ok('wait cm/kube-root-ca.crt --for=create --timeout=10s');
    await q.ok('create quota q --hard=configmaps=2,count/secrets=1');
    await used(q, 'q', { configmaps: '1', 'count/secrets': '0' });
    await q.ok('create cm one');
    await q.ok('create secret generic one');
    await used(q, 'q', { configmaps: '2', 'count/secrets': '1' });
    assert.match(
      await q.refused('create cm two'),
      /configmaps "two" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2$/,
    );
    assert.match(await q.refused('create secret generic two --dry-run=server'), /exceeded quota: q/);
    await q.ok('delete cm/one secret/one');
    await used(q, 'q', { configmaps: '1', 'count/secrets': '0' });
    assert.match(plain(await q.ok('describe quota q')), /^configmaps 1 2\ncount\/secrets 0 1$/m);
  });

  test('capture the life of a pod', async () => {
    const q = await k.inNew('pods');
    await q.ok(
      ['apply', '-f', '-'],
      quota('q', {
        pods: '2',
        cpu: '1',
        memory: '500Mi',
        'requests.x.dev/gpu': '3',
        'requests.ephemeral-storage': '50Gi',
      }),
    );
    assert.match(
      await q.refused('run silent --image=nginx:1'),
      /^Error from server \(Forbidden\): pods "silent" is forbidden: failed quota: q: must specify cpu for: silent; memory for: silent$/,
    );
    await q.ok('create -f -', pod('a', { cpu: '500m', memory: '252Mi', 'x.dev/gpu': '2' }));
    await used(q, 'q', { pods: '1', cpu: '500m', memory: '252Mi', 'requests.x.dev/gpu': '2' });
    assert.match(
      await q.refused('create -f -', pod('b', { cpu: '600m', memory: '100Mi' })),
      /pods "b" is forbidden: exceeded quota: q, requested: cpu=600m, used: cpu=500m, limited: cpu=1$/,
    );
    assert.match(
      await q.refused('create -f -', pod('b', { cpu: '1m', memory: '1Mi', 'x.dev/gpu': '2' })),
      /requested: requests\.x\.dev\/gpu=2, used: requests\.x\.dev\/gpu=2, limited: requests\.x\.dev\/gpu=3$/,
    );
    await q.ok('label pod a seen=yes');
    await q.ok('create -f -', pod('once', { cpu: '500m', memory: '1Mi' }, { restartPolicy: 'Never' }));
    // It runs to its end, and then uses nothing.
    await q.ok('wait pod/once --for=jsonpath={.status.phase}=Succeeded --timeout=10s');
    await used(q, 'q', { pods: '1', cpu: '500m', memory: '252Mi' });
    await q.ok('delete pod a');
    await used(q, 'q', { pods: '0', cpu: '0', memory: '0', 'requests.x.dev/gpu': '0' });
  });

  test('capture the life of a service', async () => {
    const q = await k.inNew('services');
    await q.ok('create quota q --hard=services=3,services.nodeports=1,services.loadbalancers=1');
    await q.ok('create service clusterip a --tcp=80');
    await q.ok('create service nodeport b --tcp=80');
    await used(q, 'q', { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '0' });
    assert.match(
      await q.refused('create service loadbalancer c --tcp=80'),
      /requested: services\.nodeports=1, used: services\.nodeports=1/,
    );
    assert.match(await q.refused(['patch', 'service', 'a', '-p', '{"spec":{"type":"NodePort"}}']), /exceeded quota: q/);
    await q.ok('delete service b');
    await q.ok('create service loadbalancer c --tcp=80');
    await used(q, 'q', { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '1' });
  });

  test('capture the life of a replica set, a replication controller and a custom resource', async () => {
    const q = await k.inNew('owners');
    const names = { group: 'x.dev', scope: 'Namespaced', names: { plural: 'foos', singular: 'foo', kind: 'Foo' } };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'foos.x.dev' },
    };
    await q.ok(['create', '-f', '-'], JSON.stringify({ ...definition, spec: { ...names, versions } }));
    await q.ok('wait crd/foos.x.dev --for=condition=Established --timeout=10s');
    await q.ok('create quota q --hard=count/replicasets.apps=1,replicationcontrollers=1,count/foos.x.dev=1');
    const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'main', image: 'nginx:1' }] } };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      spec: { replicas: 0, selector: { matchLabels: { app: 'a' } }, template },
    };
    const controller = {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      spec: { replicas: 0, selector: { app: 'a' }, template },
    };
    const foo = { apiVersion: 'x.dev/v1', kind: 'Foo' };
    for (const one of [set, controller, foo]) {
      await q.ok(['create', '-f', '-'], JSON.stringify({ ...one, metadata: { name: 'a' } }));
      assert.match(
        await q.refused(['create', '-f', '-'], JSON.stringify({ ...one, metadata: { name: 'b' } })),
        /exceeded quota: q/,
      );
    }
    await used(q, 'q', { 'count/replicasets.apps': '1', replicationcontrollers: '1', 'count/foos.x.dev': '1' });
    await hub.stop('SIGKILL');
    await hub.start();
    assert.match(
      await q.refused(['create', '-f', '-'], JSON.stringify({ ...foo, metadata: { name: 'b' } })),
      /used: count\/foos\.x\.dev=1/,
    );
    await q.ok('delete rs/a rc/a foo/a');
    await used(q, 'q', { 'count/replicasets.apps': '0', replicationcontrollers: '0', 'count/foos.x.dev': '0' });
  });

  test('capture the life of a persistent volume claim with a storage class', async () => {
    const q = await k.inNew('claims');
    const gold = 'gold.storageclass.storage.k8s.io/requests.storage';
    await q.ok(
      ['create', '-f', '-'],
      quota('q', { persistentvolumeclaims: '2', 'requests.storage': '3Gi', [gold]: '1Gi' }),
    );
    const claim = (name: string, storage: string) => {
      const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage } } };
      return JSON.stringify({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec });
    };
    await q.ok(['create', '-f', '-'], claim('a', '1Gi'));
    await used(q, 'q', { persistentvolumeclaims: '1', 'requests.storage': '1Gi', [gold]: '1Gi' });
    assert.match(await q.refused(['create', '-f', '-'], claim('b', '1Gi')), /requested: gold\.storageclass/);
  });

  test('verify ResourceQuota with terminating and best effort scopes', async () => {
    const q = await k.inNew('scopes');
    for (const scope of ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort']) {
      await q.ok(['create', '-f', '-'], quota(scope.toLowerCase(), { pods: '1' }, { scopes: [scope] }));
    }
    await q.ok(['create', '-f', '-'], pod('long', { cpu: '1' }));
    await used(q, 'notterminating', { pods: '1' });
    await used(q, 'notbesteffort', { pods: '1' });
    await used(q, 'terminating', { pods: '0' });
    await used(q, 'besteffort', { pods: '0' });
    assert.match(await q.refused('run other --image=nginx:1'), /exceeded quota: notterminating/);
    await q.ok(['create', '-f', '-'], pod('short', {}, { activeDeadlineSeconds: 3_600 }));
    await used(q, 'terminating', { pods: '1' });
    await used(q, 'besteffort', { pods: '1' });
  });

  test('verify the scopes of priority classes', async () => {
    const q = await k.inNew('priorities');
    await q.ok('create priorityclass high --value=1000');
    const matchExpressions = [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }];
    await q.ok(['create', '-f', '-'], quota('q', { pods: '1' }, { scopeSelector: { matchExpressions } }));
    await q.ok('run low --image=nginx:1');
    await q.ok(['create', '-f', '-'], pod('first', {}, { priorityClassName: 'high' }));
    assert.match(
      await q.refused(['create', '-f', '-'], pod('second', {}, { priorityClassName: 'high' })),
      /exceeded quota: q/,
    );
    await used(q, 'q', { pods: '1' });
  });

  test('manage the lifecycle of a ResourceQuota and put its status right', async () => {
    const q = await k.inNew('lifecycle');
    await q.ok('create quota q --hard=cpu=1,memory=500Mi');
    await q.ok('label quota q team=a');
    assert.match(await q.table('get quota -A -l team=a'), /\nlifecycle q cpu: 0\/1, memory: 0\/500Mi AGE$/);
    await used(q, 'q', { cpu: '0' });
    await q.ok([
      'patch',
      'quota',
      'q',
      '--subresource=status',
      '-p',
      '{"status":{"hard":{"memory":"1Gi"},"used":{"cpu":"7"}}}',
    ]);
    await used(q, 'q', { cpu: '0', memory: '0' });
    assert.equal(await q.field('quota q', '.status.hard.memory'), '500Mi');
    await q.ok('delete quota -l team=a');
  });
});

test('a hub holds to quotas as well', { skip, timeout: 60_000 }, async () => {
  await using hub = await Hub.start();
  const k = await new Kubectl(path ?? '', hub).inNew('team');
  await k.ok('create quota q --hard=count/placements.management.planform.dev=1,secrets=0');
  const placement = (name: string) =>
    JSON.stringify({
      apiVersion: 'management.planform.dev/v1alpha1',
      kind: 'Placement',
      metadata: { name },
      spec: { siteSelector: {} },
    });
  await k.ok('create -f -', placement('one'));
  assert.match(
    await k.refused('create -f -', placement('two')),
    /placements\.management\.planform\.dev "two" is forbidden: exceeded quota: q, requested: count\/placements\.management\.planform\.dev=1, used: count\/placements\.management\.planform\.dev=1, limited: count\/placements\.management\.planform\.dev=1$/,
  );
  assert.match(await k.refused('create secret generic s'), /exceeded quota: q/);
  await k.ok('delete placement one');
  await k.ok('create -f -', placement('two'));
});
