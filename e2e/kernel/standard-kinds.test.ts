import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { limitRangeKind } from '../../kernel/kinds/limitrange/type.ts';
import { resourceQuotaKind } from '../../kernel/kinds/resourcequota/type.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { bareKernelKinds } from '../../programs/apiserver/kinds.ts';
import { eventually, kubectlPath, root } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';
import { plain } from './plain.ts';

/** A kind people can make an object of, with the path of its example. */
interface Example {
  readonly kind: KindDefinition;
  readonly path: string;
  readonly name: string;
}

const exampleKinds = [...bareKernelKinds, resourceQuotaKind, limitRangeKind];
const examples: readonly Example[] = exampleKinds.map((kind) => {
  const paths = ['planes/control', 'kernel/kinds'].map((folder) => join(root, folder, kind.singular, 'example.yaml'));
  const path = paths.find((candidate) => existsSync(candidate)) ?? '';
  const { metadata } = parse(readFileSync(path, 'utf8')) as { readonly metadata: { readonly name: string } };
  return { kind, path, name: metadata.name };
});
const files = examples.flatMap(({ path }) => ['-f', path]);

/** Kinds kubectl 1.31 describes in alpha and beta versions only, which kube-apiserver 1.36 does not have either. */
const sinceThen = new Set(['IPAddress', 'ServiceCIDR', 'VolumeAttributesClass']);

/** `deployment.apps/hello`, as kubectl names an object. */
function shown({ kind, name }: Example): string {
  return `${kind.group === '' ? kind.singular : `${kind.singular}.${kind.group}`}/${name}`;
}

/** One line per object, sorted: `deployment.apps/hello created`. */
function lines(word: string): string {
  return examples
    .map((example) => `${shown(example)} ${word}`)
    .toSorted()
    .join('\n');
}

const sorted = (text: string) => text.trim().split('\n').toSorted().join('\n');

/** Tables without what differs from run to run. */
function stable(text: string): string {
  return plain(text)
    .replace(/controller-uid=[0-9a-f-]{36}/g, 'controller-uid=UID')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME');
}

suite('kubectl with the standard kinds', { concurrency: 1 }, () => {
  for (const minor of [36, 31]) {
    const path = kubectlPath(minor);
    const skip = path === undefined ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;
    test(`kubectl 1.${minor}`, { skip, timeout: 180_000 }, async (t) => {
      await using hub = await Hub.start({ subcommand: 'kernel' });
      const k = new Kubectl(path ?? '', hub);
      await t.test('finds what kube-apiserver has, by the same names', () => resources(k));
      await t.test('finds what a cluster has from its start', () => startObjects(k));
      await t.test('finds an APIService for every version that is served', () => apiServices(k));
      await t.test('makes one of each', async () => {
        assert.equal(sorted(await k.ok(['create', '--validate=strict', ...files])), lines('created'));
      });
      await t.test('prints them with the columns of kube-apiserver', async () => {
        await k.ok('wait quota/team --for=jsonpath={.status.used.pods}=1 --timeout=10s');
        await k.ok('wait apiservices --all --for=jsonpath={.status.conditions[0].type}=Available --timeout=10s');
        const expected = readFileSync(join(import.meta.dirname, 'standard-kinds.txt'), 'utf8');
        assert.equal(stable(await k.ok(['get', '-o', 'wide', ...files])), expected.trim());
      });
      await t.test('describes them', async () => {
        const known = examples.filter(({ kind }) => minor >= 36 || !sinceThen.has(kind.kind));
        const text = await k.ok(['describe', ...known.flatMap((example) => ['-f', example.path])]);
        for (const { name } of known) assert.match(text, new RegExp(`^Name: +${name.replaceAll('.', '\\.')}$`, 'm'));
      });
      await t.test('explains them', { skip: minor < 36 }, () => explain(k));
      await t.test('changes labels, patches and applies', () => change(k));
      await t.test('deletes them', async () => {
        const deleted = await k.ok(['delete', '--wait=false', ...files]);
        assert.equal(deleted.trim().split('\n').length, examples.length);
        assert.match(await k.refused(['get', ...files]), /NotFound/);
      });
      await t.test('drains a node as far as budgets allow', async () => drain(await k.inNew('drained')));
      await t.test('resizes and debugs pods', async () => resize(await k.inNew('resized'), minor));
      await t.test('gives Services addresses and ports', async () => services(await k.inNew('served')));
    });
  }
});

async function resources(k: Kubectl): Promise<void> {
  const file = readFileSync(join(root, 'programs/apiserver/testdata/api-resources.txt'), 'utf8');
  const all = 'create,delete,deletecollection,get,list,patch,update,watch';
  const expected = file
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes(' ! '))
    .map((line) => line.replace(/ all (\S+)$/, ` ${all} $1`).replaceAll(' -', ''));
  const [, ...found] = plain(await k.ok('api-resources -o wide')).split('\n');
  // Groups of our own are no business of Kubernetes.
  const standard = found.filter((line) => !line.includes('.planform.dev/'));
  assert.deepEqual(standard.toSorted(), expected.toSorted());
}

async function startObjects(k: Kubectl): Promise<void> {
  assert.equal(
    await k.table('get priorityclasses'),
    [
      'NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY',
      'system-cluster-critical 2000000000 false AGE PreemptLowerPriority',
      'system-node-critical 2000001000 false AGE PreemptLowerPriority',
    ].join('\n'),
  );
  const levels = 'catch-all exempt global-default leader-election node-high system workload-high workload-low';
  assert.equal(await k.ok('get prioritylevelconfigurations -o jsonpath={.items[*].metadata.name}'), levels);
  assert.equal((await k.ok('get flowschemas -o name')).trim().split('\n').length, 13);
  assert.match(await k.table('get service kubernetes'), /^kubernetes ClusterIP 10\.96\.0\.1 <none> 443\/TCP AGE$/m);
  const slice = await k.table('get endpointslices -l kubernetes.io/service-name=kubernetes');
  assert.match(slice, /^kubernetes IPv4 \d+ 127\.0\.0\.1 AGE$/m);
  assert.equal(await k.field('servicecidr kubernetes', '.spec.cidrs[0]'), '10.96.0.0/16');
}

/** A definition of two versions. */
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.own.example.com' },
  spec: {
    group: 'own.example.com',
    scope: 'Cluster',
    names: { plural: 'things', kind: 'Thing' },
    versions: ['v1', 'v1beta1'].map((name) => ({
      name,
      served: true,
      storage: name === 'v1',
      schema: { openAPIV3Schema: { type: 'object' } },
    })),
  },
};

async function apiServices(k: Kubectl): Promise<void> {
  const versions = (await k.ok('api-versions')).trim().split('\n');
  const names = versions
    .filter((version) => version !== 'apiregistration.k8s.io/v1')
    .map((version) => (version === 'v1' ? 'v1.' : version.split('/').toReversed().join('.')));
  const rows = names.toSorted().map((name) => `${name} Local True AGE`);
  assert.equal(await k.table('get apiservices'), ['NAME SERVICE AVAILABLE AGE', ...rows].join('\n'));
  assert.equal(await k.field('apiservice v1.', '.status.conditions[0].reason'), 'Local');
  assert.equal(await k.field('apiservice v1.apps', '.spec.groupPriorityMinimum'), '17800');

  await k.ok('create -f -', JSON.stringify(definition));
  const both = 'apiservice/v1.own.example.com apiservice/v1beta1.own.example.com';
  await eventually('both versions have an APIService', 10_000, async () =>
    (await k.run(`wait ${both} --for=condition=Available --timeout=10s`)).code === 0 ? true : undefined,
  );
  assert.equal(await k.field('apiservice v1.own.example.com', '.spec.versionPriority'), '100');
  await k.ok('delete crd things.own.example.com');
  await k.ok(`wait ${both} --for=delete --timeout=10s`);
}

async function explain(k: Kubectl): Promise<void> {
  for (const { kind } of examples) {
    const text = await k.ok(`explain ${kind.plural}${kind.group === '' ? '' : `.${kind.group}`}`);
    assert.match(text, new RegExp(`^KIND: +${kind.kind}$`, 'm'));
    assert.doesNotMatch(text, /DESCRIPTION:\n +<empty>/, kind.kind);
  }
  assert.match(await k.ok('explain job.spec.backoffLimit'), /Failures after which the Job has failed/);
}

async function change(k: Kubectl): Promise<void> {
  assert.equal(sorted(await k.ok(['label', ...files, 'changed=yes'])), lines('labeled'));
  const patch = '{"metadata":{"annotations":{"example.com/patched":"yes"}}}';
  assert.equal(sorted(await k.ok(['patch', '--type=strategic', '-p', patch, ...files])), lines('patched'));
  assert.equal(
    sorted(await k.ok(['apply', '--server-side', '--force-conflicts', ...files])),
    lines('serverside-applied'),
  );
  const labels = await k.ok(['get', ...files, '-o', 'jsonpath={.items[*].metadata.labels.changed}']);
  assert.equal(labels.split(' ').length, examples.length);
}

const node = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });

const pod = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'nginx:1' }], ...spec },
});

async function drain(k: Kubectl): Promise<void> {
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  };
  const name = `node-${k.namespace}`;
  for (const object of [node(name), pod('web', { nodeName: name }), budget]) {
    await k.ok('create -f -', JSON.stringify(object));
  }
  const patchStatus = (target: string, status: object) =>
    k.ok(['patch', ...target.split(' '), '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
  await patchStatus('pod web', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
  await patchStatus('pdb web', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, observedGeneration: 1 });
  const command = ['drain', name, '--force', '--timeout=1s'];
  assert.match(await k.refused(command), /Cannot evict pod as it would violate the pod's disruption budget\./);
  await patchStatus('pdb web', { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, observedGeneration: 1 });
  assert.match(await k.ok(command), /pod\/web evicted\nnode\/\S+ drained\n$/);
  assert.equal(await k.field('pdb web', '.status.disruptionsAllowed'), '0');
  assert.match(await k.field('pdb web', '.status.disruptedPods.web'), /^\d{4}-/);
  assert.match(await k.refused('get pod web'), /NotFound/);
}

async function resize(k: Kubectl, minor: number): Promise<void> {
  const empty = JSON.stringify(pod('empty', { containers: [{ name: 'main' }] }));
  assert.match(await k.refused('create -f -', empty), /spec\.containers\[0\]\.image: Required value/);
  const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } };
  const big = pod('big', { nodeName: 'none', containers: [{ name: 'main', image: 'nginx:1', resources }] });
  await k.ok('create -f -', JSON.stringify(big));
  const patch = (cpu: string) =>
    JSON.stringify({ spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }] } });
  assert.match(await k.refused(['patch', 'pod', 'big', '-p', patch('150m')]), /pod updates may not change fields/);
  if (minor >= 32) {
    assert.equal(await k.ok(['patch', 'pod', 'big', '--subresource=resize', '-p', patch('150m')]), 'pod/big patched\n');
    assert.equal(await k.field('pod big', '.spec.containers[0].resources.requests.cpu'), '150m');
  }
  await k.ok(['debug', 'big', '--image=busybox:1', '--container=look', '--attach=false', '--', 'true']);
  assert.equal(await k.field('pod big', '.spec.ephemeralContainers[*].name'), 'look');
  assert.match(
    await k.refused(['patch', 'pod', 'big', '-p', '{"spec":{"ephemeralContainers":null}}']),
    /pod updates may not change fields/,
  );
}

async function services(k: Kubectl): Promise<void> {
  for (const type of ['clusterip', 'nodeport', 'loadbalancer']) await k.ok(`create service ${type} ${type} --tcp=80`);
  await k.ok('create service externalname elsewhere --external-name=example.com');
  const addresses = await k.ok('get services -o jsonpath={.items[*].spec.clusterIP}');
  assert.equal(new Set(addresses.split(' ')).size, 3);
  assert.match(await k.table('get service nodeport'), /^nodeport NodePort 10\.96\.\S+ <none> 80:3\d{4}\/TCP AGE$/m);
  const port = await k.field('service nodeport', '.spec.ports[0].nodePort');
  const refused = await k.refused(`create service nodeport again --tcp=80 --node-port=${port}`);
  assert.match(refused, /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/);
  await k.ok(['patch', 'service', 'nodeport', '-p', '{"spec":{"type":"ClusterIP"}}']);
  assert.equal(await k.field('service nodeport', '.spec.ports[0].nodePort'), '');
}
