import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '../../../kernel/schema/standard/types.ts';
import { planSlices } from '../endpointslice/plan.ts';
import { hostPortsAnnotation } from '../pod/type.ts';
import { planProxy } from '../service/plan.ts';
import { planSubsets } from './plan.ts';

const meta = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '',
});

function pod(name: string, port: number, change: { ready?: boolean; deleted?: boolean } = {}): Pod {
  const { ready = true, deleted = false } = change;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta(name),
      annotations: { [hostPortsAnnotation]: JSON.stringify({ 'web/http': port }) },
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: 'node', containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 8080 }] }] },
    status: { phase: 'Running', podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function service(spec: Service['spec'] = {}): Service {
  const ports = [{ name: 'web', port: 80, targetPort: 'http' }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('web'),
    spec: { clusterIP: '127.65.1.1', ports, ...spec },
  };
}

const targetRef = (name: string) => ({ kind: 'Pod', namespace: 'default', name, uid: `uid-${name}` });
const address = (name: string) => ({ ip: '127.0.0.1', nodeName: 'node', targetRef: targetRef(name) });

test('planSubsets() carries the real port of each pod; deleted pods are not there', () => {
  const pods = [
    pod('b', 20_002),
    pod('a', 20_001),
    pod('late', 20_003, { ready: false }),
    pod('gone', 20_004, { deleted: true }),
  ];
  assert.deepEqual(planSubsets(service(), pods), [
    { addresses: [address('a')], ports: [{ name: 'web', port: 20_001, protocol: 'TCP' }] },
    { addresses: [address('b')], ports: [{ name: 'web', port: 20_002, protocol: 'TCP' }] },
    { notReadyAddresses: [address('late')], ports: [{ name: 'web', port: 20_003, protocol: 'TCP' }] },
  ]);
});

test('planSubsets() finds ports by name and number, and leaves out pods that have none of them', () => {
  const portOf = (targetPort: number | string) =>
    planSubsets(service({ ports: [{ port: 80, targetPort }] }), [pod('a', 20_001)])[0]?.ports?.[0]?.port;
  assert.deepEqual(['http', 8080, 9999, 'other'].map(portOf), [20_001, 20_001, 9999, undefined]);
  const unready = planSubsets(service({ publishNotReadyAddresses: true }), [pod('a', 20_001, { ready: false })]);
  assert.deepEqual(unready[0]?.addresses, [address('a')]);
});

test('planSlices() says the same in slices', () => {
  const [slice] = planSlices(service(), [pod('a', 20_001, { ready: false })]);
  assert.equal(slice?.metadata?.name, 'web-20001');
  assert.deepEqual(slice?.endpoints, [
    {
      addresses: ['127.0.0.1'],
      conditions: { ready: false, serving: false, terminating: false },
      nodeName: 'node',
      targetRef: targetRef('a'),
    },
  ]);
});

test('planProxy() listens for Services with an address, on TCP ports, with ready backends', () => {
  const pods = [pod('a', 20_001), pod('b', 20_002, { ready: false })];
  const endpoints = [
    { apiVersion: 'v1', kind: 'Endpoints', metadata: meta('web'), subsets: planSubsets(service(), pods) },
  ];
  const backends = [{ address: '127.0.0.1', port: 20_001, podUid: 'uid-a' }];
  assert.deepEqual(planProxy({ services: [service()], endpoints }).listeners, [
    { name: 'default/web:web', address: '127.65.1.1', port: 80, backends },
  ]);
  const silent = [
    service({ clusterIP: 'None' }),
    service({ type: 'ExternalName' }),
    service({ ports: [{ port: 53, protocol: 'UDP' }] }),
  ];
  assert.deepEqual(planProxy({ services: silent, endpoints }).listeners, []);
  assert.deepEqual(
    planProxy({ services: [service()], endpoints: [] }).listeners[0]?.backends,
    [],
    'an address without backends still listens',
  );
});
