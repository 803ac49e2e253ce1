import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { KindDefinition } from '../schema/kind.ts';
import { compareVersions } from '../meta/version-order.ts';
import { aggregatedDocument, resourceListDocument, servedGroups } from './discovery.ts';
import { gadget, widget } from './testing/fake-resources.ts';

const review: KindDefinition = {
  ...gadget,
  group: 'authorization.k8s.io',
  kind: 'Review',
  plural: 'reviews',
  singular: 'review',
};
const groups = servedGroups({
  stored: [widget, gadget],
  computed: [review],
  subresources: [
    {
      resource: 'widgets.test.planform.dev',
      subresource: 'log',
      verbs: { GET: 'get' },
      handle: () => Promise.reject(new Error('not called')),
    },
  ],
});

test('servedGroups() puts the core group first and stable versions before others', () => {
  assert.deepEqual(
    groups.map(({ name, versions }) => [name, versions.map((version) => version.name)]),
    [
      ['', ['v1']],
      ['authorization.k8s.io', ['v1']],
      ['test.planform.dev', ['v1', 'v1beta1']],
    ],
  );
});

// Kubernetes: kube-aggregator ByGroupPriorityMinimum
test('servedGroups() puts groups in the order of their priorities, custom resources last', () => {
  const inGroup = (group: string, version: string, isCustom = false): KindDefinition => ({
    ...gadget,
    group,
    storageVersion: version,
    versions: gadget.versions.map((one) => ({ ...one, name: version })),
    ...(isCustom ? { custom: { hasChanged: false } } : {}),
  });
  const stored = [
    inGroup('networking.internal.example.com', 'v1alpha1', true),
    inGroup('zoo.example.com', 'v1', true),
    inGroup('kernel.planform.dev', 'v1alpha1'),
    inGroup('networking.k8s.io', 'v1'),
    inGroup('apps', 'v1'),
    inGroup('apiregistration.k8s.io', 'v1'),
    inGroup('', 'v1'),
  ];
  const names = servedGroups({ stored, computed: [], subresources: [] }).map(({ name }) => name);
  assert.deepEqual(names, [
    '',
    'apiregistration.k8s.io',
    'apps',
    'networking.k8s.io',
    'kernel.planform.dev',
    'zoo.example.com',
    'networking.internal.example.com',
  ]);
});

test('compareVersions() orders as Kubernetes prefers', () => {
  const versions = ['v1alpha1', 'v10', 'foo', 'v2beta1', 'v1', 'v2beta10', 'v11alpha2', 'bar'];
  assert.deepEqual(versions.toSorted(compareVersions), [
    'v10',
    'v1',
    'v2beta10',
    'v2beta1',
    'v11alpha2',
    'v1alpha1',
    'bar',
    'foo',
  ]);
});

test('resourceListDocument() lists resources and subresources of one version', () => {
  const version = groups[2]?.versions[0];
  assert.ok(version);
  const { resources } = resourceListDocument('test.planform.dev', version) as { resources: Record<string, unknown>[] };
  assert.deepEqual(
    resources.map(({ name, verbs }) => [name, (verbs as string[]).join()]),
    [
      ['widgets', 'create,delete,deletecollection,get,list,patch,update,watch'],
      ['widgets/history', 'get'],
      ['widgets/log', 'get'],
      ['widgets/scale', 'get,patch,update'],
      ['widgets/status', 'get,patch,update'],
    ],
  );
  // Kubernetes: the first eight bytes of SHA-256 of `group/version/kind` as it is stored.
  const hash = createHash('sha256').update('test.planform.dev/v1/Widget').digest('hex').slice(0, 16);
  assert.equal(Buffer.from(String(resources[0]?.['storageVersionHash']), 'base64').toString('hex'), hash);
  assert.deepEqual(resources[3], {
    name: 'widgets/scale',
    singularName: '',
    namespaced: true,
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: ['get', 'patch', 'update'],
  });
});

test('aggregatedDocument() holds everything about a group', () => {
  const document = aggregatedDocument(groups.slice(0, 1), 'v2beta1');
  assert.deepEqual(document, {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2beta1',
    metadata: {},
    items: [
      {
        metadata: { name: '', creationTimestamp: null },
        versions: [
          {
            version: 'v1',
            resources: [
              {
                resource: 'gadgets',
                responseKind: { group: '', version: 'v1', kind: 'Gadget' },
                scope: 'Cluster',
                singularResource: 'gadget',
                verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
              },
            ],
            freshness: 'Current',
          },
        ],
      },
    ],
  });
});
