import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { InvalidError } from '../../kernel/meta/errors.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { deploymentKind } from './deployment/type.ts';
import { controlKinds } from './index.ts';
import { podKind } from './pod/type.ts';
import { replicaSetKind } from './replicaset/type.ts';
import { serviceKind } from './service/type.ts';
import { podNamed, SiteWorld, webDeployment, webService } from './testing/site-world.ts';

test('every example is accepted as it stands', async () => {
  await using world = await SiteWorld.start();
  for (const kind of controlKinds) {
    const example = parse(readFileSync(join(import.meta.dirname, kind.singular, 'example.yaml'), 'utf8')) as KubeObject;
    const options = { fieldValidation: 'Strict' } as const;
    assert.equal((await world.client.create(kind, example, options, world.signal)).kind, kind.kind);
  }
});

/** A change of a good object, and the path that is refused. */
type Refusal = readonly [name: string, kind: KindDefinition, object: unknown, path: string];

const container = (change: object) => podNamed('p', change);
const volumeOf = (source: object) => podNamed('p', {}, { volumes: [{ name: 'v', ...source }] });

const refusals: readonly Refusal[] = [
  ['no containers', podKind, podNamed('p', {}, { containers: [] }), 'spec.containers'],
  ['two of a name', podKind, podNamed('p', {}, { initContainers: [{ name: 'main' }] }), 'spec.initContainers[0].name'],
  [
    'a port beyond 65535',
    podKind,
    container({ ports: [{ containerPort: 70_000 }] }),
    'spec.containers[0].ports[0].containerPort',
  ],
  ['a bad variable name', podKind, container({ env: [{ name: 'a=b' }] }), 'spec.containers[0].env[0].name'],
  [
    'value and valueFrom',
    podKind,
    container({ env: [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    'spec.containers[0].env[0].valueFrom',
  ],
  [
    'a mount without a volume',
    podKind,
    container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    'spec.containers[0].volumeMounts[0].name',
  ],
  [
    'two volume sources',
    podKind,
    podNamed('p', {}, { volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'c' } }] }),
    'spec.volumes[0].configMap',
  ],
  [
    'a path out of the volume',
    podKind,
    podNamed('p', { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: '../x' }] }, { volumes: [{ name: 'v' }] }),
    'spec.containers[0].volumeMounts.subPath',
  ],
  [
    'a projected file out of the volume',
    podKind,
    volumeOf({ projected: { sources: [{ configMap: { name: 'c', items: [{ key: 'a', path: '../x' }] } }] } }),
    'spec.volumes[0].projected.sources[0].configMap.items[0].path',
  ],
  [
    'a downward file out of the volume',
    podKind,
    volumeOf({ downwardAPI: { items: [{ path: 'a/../../x', fieldRef: { fieldPath: 'metadata.name' } }] } }),
    'spec.volumes[0].downwardAPI.path',
  ],
  [
    'a token out of the volume',
    podKind,
    volumeOf({ projected: { sources: [{ serviceAccountToken: { path: '/etc/x' } }] } }),
    'spec.volumes[0].projected.path',
  ],
  [
    'a file among those that swap the volume',
    podKind,
    volumeOf({ secret: { secretName: 's', items: [{ key: 'a', path: '..data' }] } }),
    'spec.volumes[0].secret.items[0].path',
  ],
  [
    'a host path with steps back',
    podKind,
    volumeOf({ hostPath: { path: '/tmp/../etc' } }),
    'spec.volumes[0].hostPath.path',
  ],
  ['a probe without handler', podKind, container({ readinessProbe: {} }), 'spec.containers[0].readinessProbe'],
  [
    'a request above its limit',
    podKind,
    container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    'spec.containers[0].resources.requests',
  ],
  [
    'a selector that misses',
    deploymentKind,
    webDeployment({ selector: { matchLabels: { app: 'other' } } }),
    'spec.template.metadata.labels',
  ],
  ['an empty selector', deploymentKind, webDeployment({ selector: {} }), 'spec.selector'],
  [
    'a rollout that cannot move',
    deploymentKind,
    webDeployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    'spec.strategy.rollingUpdate.maxUnavailable',
  ],
  [
    'a bound for Recreate',
    deploymentKind,
    webDeployment({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
    'spec.strategy.rollingUpdate',
  ],
  [
    'a deadline that is over at once',
    deploymentKind,
    webDeployment({ minReadySeconds: 10, progressDeadlineSeconds: 5 }),
    'spec.progressDeadlineSeconds',
  ],
  [
    'negative replicas',
    replicaSetKind,
    { ...webDeployment(), spec: { ...webDeployment().spec, replicas: -1 } },
    'spec.replicas',
  ],
  ['no ports', serviceKind, { ...webService, spec: { ports: [] } }, 'spec.ports'],
  [
    'ports without names',
    serviceKind,
    { ...webService, spec: { ports: [{ port: 1 }, { port: 2 }] } },
    'spec.ports[0].name',
  ],
  [
    'an address elsewhere',
    serviceKind,
    { ...webService, spec: { ...webService.spec, clusterIP: '10.0.0.1' } },
    'spec.clusterIPs',
  ],
];

test('kinds refuse what breaks their rules, at the path upstream names', async (t) => {
  await using world = await SiteWorld.start();
  for (const [name, kind, object, path] of refusals) {
    await t.test(name, async () => {
      await assert.rejects(
        async () => world.create(kind, object as KubeObject),
        (error) => error instanceof InvalidError && error.errors.some((one) => one.path === path),
        `${name}: want an error at ${path}`,
      );
    });
  }
});

test('defaults clients rely on are filled', async () => {
  await using world = await SiteWorld.start();
  const { spec } = await world.create(
    deploymentKind,
    webDeployment({}, { readinessProbe: { httpGet: { port: 'http' } } }),
  );
  assert.deepEqual(spec?.strategy, {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
  });
  assert.deepEqual([spec?.revisionHistoryLimit, spec?.progressDeadlineSeconds], [10, 600]);
  const { spec: podSpec } = spec?.template ?? {};
  assert.deepEqual(
    [podSpec?.restartPolicy, podSpec?.terminationGracePeriodSeconds, podSpec?.dnsPolicy],
    ['Always', 30, 'ClusterFirst'],
  );
  const [web] = podSpec?.containers ?? [];
  assert.deepEqual(web?.ports, [{ name: 'http', containerPort: 8080, protocol: 'TCP' }]);
  assert.deepEqual(web?.readinessProbe, {
    httpGet: { path: '/', port: 'http', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const service = await world.create(serviceKind, {
    ...webService,
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  assert.deepEqual(service.spec?.ports, [{ protocol: 'TCP', port: 80, targetPort: 80 }]);
  assert.deepEqual(
    [service.spec?.type, service.spec?.sessionAffinity, service.spec?.clusterIPs],
    ['ClusterIP', 'None', [service.spec?.clusterIP]],
  );
});

test('what is fixed stays fixed', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment());
  await world.create(serviceKind, webService);
  await world.settle();
  const [pod] = await world.pods();
  const refused = { constructor: InvalidError };
  await assert.rejects(
    world.patch(deploymentKind, 'web', { spec: { selector: { matchLabels: { more: 'labels' } } } }),
    refused,
  );
  await assert.rejects(world.patch(serviceKind, 'web', { spec: { clusterIP: '127.65.1.77' } }), refused);
  await assert.rejects(world.patch(podKind, pod?.metadata.name ?? '', { spec: { nodeName: 'other' } }), refused);
  await assert.rejects(world.patch(podKind, pod?.metadata.name ?? '', { spec: { restartPolicy: 'Never' } }), refused);
  await world.patch(podKind, pod?.metadata.name ?? '', {
    spec: { activeDeadlineSeconds: 3600 },
    metadata: { labels: { more: 'labels' } },
  });
});

test('Services get different addresses, and keep them', async () => {
  await using world = await SiteWorld.start();
  const names = Array.from({ length: 20 }, (_, index) => `service-${index}`);
  const services = await Promise.all(
    names.map((name) => world.create(serviceKind, { ...webService, metadata: { name, namespace: 'default' } })),
  );
  const addresses = new Set(services.map(({ spec }) => spec?.clusterIP));
  assert.equal(addresses.size, names.length);
  const before = services[0]?.spec?.clusterIP;
  const updated = await world.client.update(
    serviceKind,
    { ...webService, metadata: { name: 'service-0', namespace: 'default' } },
    {},
    world.signal,
  );
  assert.equal(updated.spec?.clusterIP, before);
  const taken = {
    ...webService,
    metadata: { name: 'late', namespace: 'default' },
    spec: { ...webService.spec, clusterIP: before },
  };
  await assert.rejects(world.create(serviceKind, taken), /provided IP is already allocated/);
  const headless = await world.create(serviceKind, {
    ...webService,
    metadata: { name: 'headless', namespace: 'default' },
    spec: { ...webService.spec, clusterIP: 'None' },
  });
  assert.deepEqual(headless.spec?.clusterIPs, ['None']);
});
