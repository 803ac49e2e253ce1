import assert from 'node:assert/strict';
import test from 'node:test';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { namespaceKind } from '../../../kernel/kinds/namespace/type.ts';
import { decodeBundle } from '../../management/bundle-content/decode.ts';
import type { Work } from '../../management/work/type.ts';
import { buildBundle } from './bundle.ts';
import { findCycle, planWorks, render, workName } from './plan.ts';
import type { Application } from './type.ts';

const findKind = (apiVersion: string, kind: string): KindDefinition | undefined =>
  apiVersion === 'v1' ? [configMapKind, namespaceKind].find((known) => known.kind === kind) : undefined;

function application(components: Application['spec']['components']): Application {
  const metadata = { namespace: 'shop', name: 'hello', uid: 'app-uid', resourceVersion: '1', creationTimestamp: '' };
  return {
    apiVersion: 'application.planform.dev/v1alpha1',
    kind: 'Application',
    metadata,
    spec: { components, placementRef: { name: 'p' } },
  };
}

const map = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', uid: 'x', managedFields: [] },
  data: { k: 'v' },
  status: {},
};

test('render() places objects, strips what belongs to servers, and names what it leaves out', () => {
  const manifests = [
    map,
    { ...map, metadata: { name: 'a', namespace: 'shop' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', namespace: 'odd' } },
    { apiVersion: 'x/v1', kind: 'Foo', metadata: { name: 'f' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
    { kind: 'ConfigMap' },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
  ];
  const { components, problems } = render(application([{ name: 'web', type: 'manifests', manifests }]), findKind);
  assert.deepEqual(components[0]?.manifests, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'shop' }, data: { k: 'v' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } },
  ]);
  assert.deepEqual(
    problems.map(({ reason, message }) => `${reason} ${message.slice(0, 30)}`),
    [
      'DuplicateObject component "web": manifests[1]:',
      'UnknownKind component "web": manifests[3]:',
      'SecretsNotSealed component "web": manifests[4]:',
      'InvalidManifest component "web": manifests[5]:',
      'InvalidManifest component "web": manifests[6]:',
    ],
  );
});

test('findCycle() names the circle', () => {
  const needs = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });
  assert.equal(findCycle([needs('a', 'b'), needs('b'), needs('c', 'a', 'b')]), undefined);
  assert.deepEqual(findCycle([needs('x', 'a'), needs('a', 'b'), needs('b', 'a')]), ['a', 'b', 'a']);
});

test('a bundle is the same wherever it is built, and reads back as it was written', async () => {
  const components = render(
    application([{ name: 'web', type: 'manifests', manifests: [map], dependsOn: [] }]),
    findKind,
  ).components;
  const built = buildBundle({ application: { namespace: 'shop', name: 'hello' }, components, omitted: 0 });
  const reordered = components.map((component) => ({
    manifests: component.manifests,
    dependsOn: component.dependsOn,
    name: component.name,
  }));
  assert.equal(
    buildBundle({ omitted: 0, components: reordered, application: { name: 'hello', namespace: 'shop' } }).spec.digest,
    built.spec.digest,
  );
  const content = await decodeBundle(built.spec.digest, (digest) =>
    Promise.resolve(built.blobs.get(digest) ?? new Uint8Array()),
  );
  assert.deepEqual(content, { digest: built.spec.digest, components, omitted: 0 });
});

test('planWorks() creates, updates and removes, and leaves alone what is going or not its own', () => {
  const app = application([]);
  const digest = `sha256:${'a'.repeat(64)}`;
  const created = planWorks({ application: app, digest, chosen: ['s1'], existing: new Map() }).create[0];
  const work = (change: object = {}, meta: object = {}): Work => {
    const draft = structuredClone(created) as { metadata: object; spec: object };
    return {
      apiVersion: '',
      kind: 'Work',
      metadata: { ...draft.metadata, ...meta },
      spec: { ...draft.spec, ...change },
    } as Work;
  };
  const decide = (existing: Work | undefined, chosen = ['s1']) => {
    const plan = planWorks({
      application: app,
      digest,
      chosen,
      existing: new Map(existing === undefined ? [] : [['s1', existing]]),
    });
    return [plan.create.length, plan.update.length, plan.remove.length, plan.blocked.length].join('');
  };
  assert.equal(created?.metadata?.name, 'shop.hello');
  assert.equal(decide(undefined), '1000');
  assert.equal(decide(work()), '0000');
  assert.equal(decide(work({ removalConfirmed: true, parameters: {} })), '0000');
  assert.equal(decide(work({ onReconnect: 'SiteWins' })), '0100');
  assert.equal(decide(work(), []), '0010');
  assert.equal(decide(work({}, { deletionTimestamp: 'now' })), '0001');
  assert.equal(decide(work({}, { deletionTimestamp: 'now' }), []), '0000');
  assert.equal(decide(work({}, { labels: {} }), []), '0000');
  assert.equal(decide(work({}, { labels: {} })), '0001');
});

test('workName() stays within the limits of labels', () => {
  const long = workName({ namespace: 'n'.repeat(63), name: `${'a'.repeat(189)}.${'b'.repeat(60)}` });
  assert.equal(long.length, 63);
  assert.equal(workName({ namespace: 'default', name: 'hello' }), 'default.hello');
  assert.notEqual(long, workName({ namespace: 'n'.repeat(63), name: `${'a'.repeat(189)}.${'b'.repeat(61)}` }));
});
