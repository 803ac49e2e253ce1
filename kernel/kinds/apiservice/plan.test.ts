import assert from 'node:assert/strict';
import { test } from 'node:test';
import { widget } from '../../registry/testing/world.ts';
import type { APIService, CustomResourceDefinition } from '../../schema/standard/types.ts';
import { leaseKind } from '../lease/type.ts';
import { namespaceKind } from '../namespace/type.ts';
import { availabilityOf, builtInApiServices, customApiServices, managedLabel, planUpkeep } from './plan.ts';
import { apiServiceKind } from './type.ts';

test('builtInApiServices() has one per served version, with the priorities of Kubernetes', () => {
  const [version] = leaseKind.versions;
  assert.ok(version);
  const older = { ...leaseKind, versions: [version, { ...version, name: 'v1beta1', served: false }] };
  const found = builtInApiServices([namespaceKind, leaseKind, older, apiServiceKind, widget]);
  const rows = found.map(({ metadata, spec }) => [
    metadata.name,
    metadata.labels[managedLabel],
    spec.groupPriorityMinimum,
    spec.versionPriority,
  ]);
  // Kubernetes: apiVersionPriorities; the group of APIServices themselves has none.
  assert.deepEqual(rows, [
    ['v1.', 'onstart', 18_000, 1],
    ['v1.coordination.k8s.io', 'onstart', 16_500, 15],
    [`${widget.storageVersion}.${widget.group}`, 'onstart', 2_000, 15],
  ]);
});

test('customApiServices() has one per version a definition serves', () => {
  const versions = [
    { name: 'v1', served: true, storage: true },
    { name: 'v1alpha1', served: false, storage: false },
  ];
  const definition: CustomResourceDefinition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com', uid: 'u', resourceVersion: '1', creationTimestamp: '1970-01-01T00:00:00Z' },
    spec: { group: 'example.com', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions },
  };
  assert.deepEqual(customApiServices(definition), [
    {
      metadata: { name: 'v1.example.com', labels: { [managedLabel]: 'true' } },
      spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 1_000, versionPriority: 100 },
    },
  ]);
});

test('planUpkeep() changes what differs and removes what nobody serves', () => {
  const [wanted] = builtInApiServices([namespaceKind]);
  assert.ok(wanted);
  const stored = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', ...wanted } as APIService;
  assert.equal(planUpkeep(stored, wanted), 'none');
  assert.equal(planUpkeep({ ...stored, spec: { ...wanted.spec, versionPriority: 2 } }, wanted), 'change');
  assert.equal(planUpkeep(stored, undefined), 'remove');
});

test('availabilityOf() says that other servers get no requests', () => {
  const priorities = { groupPriorityMinimum: 100, versionPriority: 100 };
  const service = { namespace: 'kube-system', name: 'metrics-server', port: 443 };
  assert.deepEqual(availabilityOf({ ...priorities, group: 'metrics.k8s.io', version: 'v1beta1', service }), {
    type: 'Available',
    status: 'False',
    reason: 'ServiceProxyNotSupported',
    message:
      'Requests for metrics.k8s.io/v1beta1 are not passed on to service/metrics-server in "kube-system": this server answers only for APIs of its own',
  });
  assert.equal(availabilityOf({ ...priorities, version: 'v1' }).reason, 'Local');
});
