import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DriverError } from '../../drivers/api/runtime.ts';
import { configMapKind } from '../../kernel/kinds/configmap/type.ts';
import { limitRangeKind } from '../../kernel/kinds/limitrange/type.ts';
import { resourceQuotaKind } from '../../kernel/kinds/resourcequota/type.ts';
import { nodeKind } from './node/type.ts';
import { replicaSetKind } from './replicaset/type.ts';
import { deploymentKind } from './deployment/type.ts';
import { serviceKind } from './service/type.ts';
import { formatPodStatus } from './pod/columns.ts';
import { explainPod } from './pod/explain.ts';
import { podKind } from './pod/type.ts';
import { podNamed, SiteWorld, webDeployment, webService } from './testing/site-world.ts';

const byText = (a: string, b: string) => (a < b ? -1 : 1);

test('a Deployment with a Service runs: pods started, endpoints and proxy on their real ports', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment());
  await world.create(serviceKind, webService);
  await world.settle();
  assert.equal((await world.client.get(nodeKind, { name: 'node' }, world.signal)).metadata.name, 'node');
  const deployment = await world.deployment();
  assert.equal(deployment.status?.readyReplicas, 2);
  assert.equal(world.running.length, 2);
  const ports = world.running.map(({ id }) => world.host.specOf(id).env['PORT'] ?? '').toSorted(byText);
  const addresses = (await world.endpoints()).subsets?.flatMap(({ addresses = [], ports = [] }) =>
    ports.map(({ port }) => `${addresses[0]?.ip}:${port}`),
  );
  assert.deepEqual(
    addresses?.toSorted(byText),
    ports.map((port) => `127.0.0.1:${port}`),
  );
  const { spec } = await world.service();
  assert.deepEqual(
    world.proxy.backendsOf(spec?.clusterIP ?? '', 80)?.toSorted(byText),
    ports.map((port) => `127.0.0.1:${port}`),
  );
});

test('an app process killed after a while is back at once, with exit code and count in status', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment({ replicas: 1 }));
  await world.clock.advance(30_000);
  const [run] = world.running;
  assert(run !== undefined);
  world.host.writeLine(run.id, 'about to die');
  world.host.exit(run.id, 137);
  await world.settle();
  const [pod] = await world.pods();
  const [status] = pod?.status?.containerStatuses ?? [];
  assert.equal(world.running.length, 1);
  assert.equal(status?.restartCount, 1);
  assert.equal(status?.ready, true);
  assert.equal(status?.lastState?.terminated?.exitCode, 137);
  assert.equal(status?.lastState?.terminated?.message, 'about to die');
});

test('a program that fails early backs off 10 s, 20 s, 40 s … and says so', async () => {
  await using world = await SiteWorld.start({
    programFor: () => ({ exitAfterMs: 100, exitCode: 1, output: ['EADDRINUSE'] }),
  });
  await world.create(podKind, podNamed('crash'));
  await world.settle();
  const waiting = async () => (await world.get(podKind, 'crash')).status?.containerStatuses?.[0];
  const starts = () => [...world.host.startCounts.keys()].length;
  for (const [delayMs, text] of [
    [10_000, '10s'],
    [20_000, '20s'],
    [40_000, '40s'],
  ] as const) {
    const before = starts();
    assert.match((await waiting())?.state?.waiting?.message ?? '', new RegExp(`^back-off ${text} `));
    await world.clock.advance(delayMs - 3_000);
    assert.equal(starts(), before, `not restarted before ${text}`);
    await world.clock.advance(3_000);
    assert.equal(starts(), before + 1, `restarted after ${text}`);
  }
  const pod = await world.get(podKind, 'crash');
  assert.equal(formatPodStatus(pod), 'CrashLoopBackOff');
  assert.match(
    explainPod(pod, world.clock.nowMs()).join(),
    /^container main: CrashLoopBackOff, exit 1, next try in \d+ s; last log: "EADDRINUSE"$/,
  );
  assert(
    (await world.events()).some((event) => event.startsWith('BackOff: Back-off restarting failed container main')),
  );
});

test('a restarted agent touches nothing that runs, and keeps back-offs', async () => {
  await using world = await SiteWorld.start({
    programFor: ({ containerName }) => (containerName === 'crash' ? { exitAfterMs: 100, exitCode: 1 } : {}),
  });
  await world.create(deploymentKind, webDeployment({}, { readinessProbe: { httpGet: { port: 'http' } } }));
  await world.create(serviceKind, webService);
  await world.create(podKind, podNamed('crash', { name: 'crash' }));
  await world.settle();
  for (const { id } of world.running)
    world.network.answer(Number(world.host.specOf(id).env['PORT']), { ok: true, message: '' });
  await world.clock.advance(60_000);
  const { spec } = await world.service();
  const backends = () => world.proxy.backendsOf(spec?.clusterIP ?? '', 80)?.length;
  assert.equal(backends(), 2);
  const before = world.running
    .filter(({ containerName }) => containerName === 'web')
    .map(({ id, pid }) => `${id} ${pid}`);
  const crashes = [...world.host.startCounts.keys()].filter((id) => id.includes('.crash.')).length;
  await world.killAgent();
  assert.equal(backends(), 2);
  await world.startAgent();
  assert.equal(backends(), 2, 'readiness from before counts until probes say otherwise');
  await world.clock.advance(5_000);
  assert.deepEqual(
    world.running.filter(({ containerName }) => containerName === 'web').map(({ id, pid }) => `${id} ${pid}`),
    before,
  );
  assert.equal([...world.host.startCounts.keys()].filter((id) => id.includes('.crash.')).length, crashes);
});

test('a rolling update never leaves the Service with fewer backends than it may have', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment({ replicas: 3 }));
  await world.create(serviceKind, webService);
  await world.settle();
  const { spec } = await world.service();
  await world.patch(deploymentKind, 'web', {
    spec: {
      template: {
        spec: {
          containers: [{ name: 'web', command: ['serve', 'v2'], ports: [{ name: 'http', containerPort: 8080 }] }],
        },
      },
    },
  });
  for (let step = 0; step < 300; step++) {
    await world.clock.advance(100);
    const backends = world.proxy.backendsOf(spec?.clusterIP ?? '', 80) ?? [];
    const alive = new Set(world.running.map(({ id }) => `127.0.0.1:${world.host.specOf(id).env['PORT']}`));
    assert(backends.length >= 3, `${backends.length} backends at step ${step}`);
    assert(
      backends.every((backend) => alive.has(backend)),
      `a backend is not running at step ${step}`,
    );
  }
  const deployment = await world.deployment();
  assert.equal(deployment.status?.updatedReplicas, 3);
  assert.equal(deployment.status?.replicas, 3);
  assert.deepEqual(
    world.running.map(({ id }) => world.host.specOf(id).command.at(-1)),
    ['v2', 'v2', 'v2'],
  );
  assert.equal(deployment.metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
});

test('scale and deletion: what is not wanted is stopped and leaves nothing', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment({ replicas: 3 }));
  await world.settle();
  await world.patch(deploymentKind, 'web', { spec: { replicas: 1 } });
  await world.clock.advance(10_000);
  assert.equal(world.running.length, 1);
  await world.delete(deploymentKind, 'web');
  await world.clock.advance(60_000);
  assert.deepEqual([(await world.pods()).length, world.host.containers.length], [0, 0]);
  assert.deepEqual(await world.volumes.list(world.signal), []);
});

test('a pod stops in order: out of the proxy, preStop, TERM, KILL after the grace', async () => {
  const executed: string[] = [];
  await using world = await SiteWorld.start({
    programFor: () => ({
      onTerm: 'ignored',
      exec: (command) => {
        executed.push(command.join(' '));
        return { exitCode: 0, output: new Uint8Array() };
      },
    }),
  });
  const container = { lifecycle: { preStop: { exec: { command: ['drain'] } } } };
  const deployment = webDeployment({ replicas: 1 }, container);
  await world.create(deploymentKind, deployment);
  await world.create(serviceKind, webService);
  await world.settle();
  const [pod] = await world.pods();
  await world.delete(podKind, pod?.metadata.name ?? '', { gracePeriodSeconds: 8 });
  await world.settle();
  assert.deepEqual(executed, ['drain']);
  assert(
    world.running.some(({ podUid }) => podUid === pod?.metadata.uid),
    'still running within its grace',
  );
  assert(
    world.proxy.config?.listeners.every(({ backends }) => backends.every(({ podUid }) => podUid !== pod?.metadata.uid)),
  );
  await world.clock.advance(10_000);
  assert(!world.host.containers.some(({ podUid }) => podUid === pod?.metadata.uid), 'killed and removed');
  assert.equal(world.running.length, 1, 'replaced');
});

test('containers of a pod that was deleted by force are stopped, also when the agent was away', async () => {
  await using world = await SiteWorld.start();
  await world.create(podKind, podNamed('one'));
  await world.create(podKind, podNamed('two'));
  await world.settle();
  await world.delete(podKind, 'one', { gracePeriodSeconds: 0 });
  await world.delete(podKind, 'two', { gracePeriodSeconds: 0 });
  await world.killAgent();
  await world.startAgent();
  await world.clock.advance(15_000);
  assert.deepEqual(world.host.containers, []);
});

/** The status of the only container of a pod. */
async function containerOf(world: SiteWorld, name: string) {
  return (await world.get(podKind, name)).status?.containerStatuses?.[0];
}

test('readiness moves a pod in and out of service; liveness restarts it', async () => {
  await using world = await SiteWorld.start();
  const http = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 };
  const probes = { readinessProbe: { ...http, failureThreshold: 2 }, livenessProbe: { ...http, failureThreshold: 5 } };
  await world.create(deploymentKind, webDeployment({ replicas: 1 }, probes));
  await world.create(serviceKind, webService);
  await world.settle();
  const port = Number(world.host.specOf(world.running[0]?.id ?? '').env['PORT']);
  world.network.refuse(port);
  const readyCount = async () =>
    (await world.endpoints()).subsets?.flatMap(({ addresses = [] }) => addresses).length ?? 0;
  await world.clock.advance(3_000);
  assert.equal(await readyCount(), 0);
  world.network.answer(port, { ok: true, message: '' });
  await world.settle();
  assert.equal(await readyCount(), 1);
  await world.clock.advance(15_000);
  world.network.answer(port, { ok: false, message: 'HTTP probe failed with statuscode: 500' });
  await world.clock.advance(3_000);
  assert.equal(await readyCount(), 0);
  assert.equal(world.running[0]?.attempt, 0, 'not restarted yet');
  world.network.answer(port, { ok: true, message: '' });
  await world.clock.advance(2_000);
  assert.equal(await readyCount(), 1, 'back in service');
  world.network.answer(port, { ok: false, message: 'HTTP probe failed with statuscode: 500' });
  await world.clock.advance(7_000);
  assert.equal(world.running[0]?.attempt, 1, 'restarted by its liveness probe');
  const events = await world.events();
  assert(events.includes('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500'));
  assert(events.includes('Killing: Container web failed liveness probe, will be restarted'));
});

test('a startup probe gates the others and gives up after its threshold', async () => {
  await using world = await SiteWorld.start({
    programFor: () => ({ exec: () => ({ exitCode: 1, output: new Uint8Array() }) }),
  });
  const exec = { exec: { command: ['check'] }, periodSeconds: 5 };
  const probes = { startupProbe: { ...exec, failureThreshold: 3 }, livenessProbe: { ...exec, failureThreshold: 1 } };
  await world.create(podKind, podNamed('slow', probes));
  await world.clock.advance(9_000);
  assert.deepEqual([(await containerOf(world, 'slow'))?.started, world.running[0]?.attempt], [false, 0]);
  await world.clock.advance(5_000);
  assert.equal(world.running[0]?.attempt, 1, 'given up after three failures');
});

test('without a readiness probe a program is ready once it listens, or after a while', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment({ replicas: 1 }));
  for (let port = 20_000; port < 20_020; port++) world.network.refuse(port);
  await world.settle();
  const readyCount = async () => (await world.deployment()).status?.readyReplicas ?? 0;
  assert.equal(await readyCount(), 0);
  await world.clock.advance(4_000);
  assert.equal(await readyCount(), 1, 'after 5 s it is taken for ready');
  await world.patch(deploymentKind, 'web', { spec: { replicas: 2 } });
  await world.settle();
  assert.equal(await readyCount(), 1);
  for (let port = 20_000; port < 20_020; port++) world.network.answer(port, { ok: true, message: '' });
  await world.clock.advance(300);
  assert.equal(await readyCount(), 2, 'it listens');
  assert(!(await world.events()).some((event) => event.startsWith('Unhealthy')));
});

test('init containers run one after the other; a pod that never restarts ends', async () => {
  await using world = await SiteWorld.start({
    programFor: ({ containerName }) => ({
      exitAfterMs: 500,
      exitCode: containerName === 'bad' ? 3 : 0,
      output: [`this is ${containerName}`],
    }),
  });
  const initContainers = ['one', 'two'].map((name) => ({ name, command: ['init'] }));
  await world.create(podKind, podNamed('good', {}, { initContainers, restartPolicy: 'Never' }));
  await world.create(podKind, podNamed('bad', { name: 'bad' }, { restartPolicy: 'Never' }));
  await world.clock.advance(600);
  assert.equal(formatPodStatus(await world.get(podKind, 'good')), 'Init:1/2');
  await world.clock.advance(5_000);
  const good = await world.get(podKind, 'good');
  assert.deepEqual(
    [good.status?.phase, formatPodStatus(good), explainPod(good, world.clock.nowMs())],
    ['Succeeded', 'Completed', []],
  );
  const order = world.host.containers
    .filter(({ podName }) => podName === 'default/good')
    .map(({ containerName }) => containerName);
  assert.deepEqual(order, ['one', 'two', 'main']);
  const bad = await world.get(podKind, 'bad');
  assert.deepEqual(
    [bad.status?.phase, formatPodStatus(bad), bad.status?.containerStatuses?.[0]?.state?.terminated?.exitCode],
    ['Failed', 'Error', 3],
  );
});

test('a pod waits for what it refers to, says so, and goes on when it is there; running pods follow changes', async () => {
  await using world = await SiteWorld.start();
  const mount = { volumeMounts: [{ name: 'settings', mountPath: '/settings' }] };
  const volumes = [{ name: 'settings', configMap: { name: 'settings' } }];
  await world.create(podKind, podNamed('reader', mount, { volumes }));
  await world.settle();
  const pod = await world.get(podKind, 'reader');
  assert.equal(formatPodStatus(pod), 'ContainerCreating');
  assert.deepEqual(explainPod(pod, world.clock.nowMs()), [
    'container main: ContainerCreating: MountVolume.SetUp failed for volume "settings" : configmap "settings" not found',
  ]);
  assert((await world.events()).some((event) => event.startsWith('FailedMount: ')));
  const settings = { metadata: { name: 'settings', namespace: 'default' }, data: { color: 'red' } };
  await world.create(configMapKind, settings);
  await world.settle();
  assert.equal((await containerOf(world, 'reader'))?.ready, true);
  const volume = { podUid: pod.metadata.uid, name: 'settings' };
  assert.equal(world.volumes.textOf(volume, 'color'), 'red');
  await world.patch(configMapKind, 'settings', { data: { color: 'blue' } });
  await world.settle();
  assert.equal(world.volumes.textOf(volume, 'color'), 'blue');
  assert.equal(world.host.startCounts.size, 1, 'not restarted');
});

test('a rebooted host: what was lost is started again, with the next number', async () => {
  await using world = await SiteWorld.start();
  await world.create(deploymentKind, webDeployment());
  await world.settle();
  await world.killAgent();
  world.host.reboot();
  await world.startAgent();
  assert.deepEqual(
    world.running.map(({ attempt }) => attempt),
    [1, 1],
  );
  const [pod] = await world.pods();
  const { lastState, restartCount } = pod?.status?.containerStatuses?.[0] ?? {};
  assert.deepEqual(
    [restartCount, lastState?.terminated?.reason, lastState?.terminated?.exitCode],
    [1, 'ContainerStatusUnknown', 137],
  );
});

test('what cannot run says why: no command, an unknown volume type, no room, nowhere to start', async () => {
  const startFailure = new DriverError('StartFailed', 'Cannot start it');
  await using world = await SiteWorld.start({
    programFor: ({ containerName }) => (containerName === 'broken' ? { startFailure } : {}),
  });
  const volumes = [{ name: 'v', nfs: { server: 's', path: '/' } }];
  await world.create(podKind, podNamed('mute', { command: [] }));
  await world.create(podKind, podNamed('nfs', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes }));
  await world.create(podKind, podNamed('huge', { resources: { requests: { cpu: '64' } } }));
  await world.create(podKind, podNamed('broken', { name: 'broken' }));
  await world.settle();
  const shown = async (name: string) => {
    const pod = await world.get(podKind, name);
    return [formatPodStatus(pod), ...explainPod(pod, world.clock.nowMs())];
  };
  const [reason, text = ''] = await shown('mute');
  assert.deepEqual(
    [reason, text.startsWith('container main: CreateContainerConfigError: command is required')],
    ['CreateContainerConfigError', true],
  );
  assert.deepEqual(await shown('nfs'), [
    'ContainerCreating',
    'container main: ContainerCreating: volume "v": type nfs is not supported by this runtime',
  ]);
  assert.deepEqual(await shown('huge'), [
    'Pending',
    'not scheduled: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.',
  ]);
  assert.deepEqual(await shown('broken'), [
    'RunContainerError',
    'container broken: RunContainerError: Cannot start it',
  ]);
  await world.delete(podKind, 'huge');
  assert.equal(
    (await world.pods()).some(({ metadata }) => metadata.name === 'huge'),
    false,
    'never bound: gone at once',
  );
});

test('a start that the runtime refuses is tried again at its own pace, however often the pod is looked at', async () => {
  let triedCount = 0;
  const startFailure = new DriverError('StartFailed', 'cannot find program "nosuch"');
  await using world = await SiteWorld.start({
    programFor: () => {
      triedCount++;
      return triedCount < 3 ? { startFailure } : {};
    },
  });
  await world.create(podKind, podNamed('typo'));
  await world.settle();
  for (let round = 0; round < 5; round++) {
    const pod = await world.get(podKind, 'typo');
    assert.equal(formatPodStatus(pod), 'RunContainerError');
    await world.client.update(
      podKind,
      { ...pod, metadata: { ...pod.metadata, annotations: { round: String(round) } } },
      {},
      world.signal,
    );
    await world.settle();
  }
  assert.equal(triedCount, 1);
  await world.clock.advance(30_000);
  assert.equal(triedCount, 3);
  assert.equal(world.running.length, 1);
});

test('Recreate runs no two versions at once; a paused Deployment rolls only when resumed; undo goes back', async () => {
  await using world = await SiteWorld.start({ programFor: () => ({ onTerm: { afterMs: 3_000 } }) });
  await world.create(deploymentKind, webDeployment({ strategy: { type: 'Recreate' } }));
  await world.settle();
  const versionOf = ({ id }: { readonly id: string }) => world.host.specOf(id).env['VERSION'] ?? '1';
  const template = (version: string) => ({
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: 'web',
              command: ['serve'],
              ports: [{ name: 'http', containerPort: 8080 }],
              ...(version === '1' ? {} : { env: [{ name: 'VERSION', value: version }] }),
            },
          ],
        },
      },
    },
  });
  await world.patch(deploymentKind, 'web', { spec: { paused: true } });
  await world.patch(deploymentKind, 'web', template('2'));
  await world.clock.advance(5_000);
  assert.deepEqual(world.running.map(versionOf), ['1', '1'], 'paused');
  await world.patch(deploymentKind, 'web', { spec: { paused: false } });
  for (let step = 0; step < 100; step++) {
    await world.clock.advance(100);
    assert(new Set(world.running.map(versionOf)).size <= 1, `two versions at step ${step}`);
  }
  assert.deepEqual(world.running.map(versionOf), ['2', '2']);
  await world.patch(deploymentKind, 'web', template('1'));
  await world.clock.advance(10_000);
  const sets = await world.list(replicaSetKind);
  assert.deepEqual([world.running.map(versionOf), sets.length], [['1', '1'], 2], 'the old ReplicaSet is used again');
  assert.equal((await world.deployment()).metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
});

test('a stuck rollout is reported after its deadline, and the old pods stay', async () => {
  await using world = await SiteWorld.start({
    programFor: ({ env }) => (env['BAD'] === undefined ? {} : { exitAfterMs: 10, exitCode: 1 }),
  });
  await world.create(deploymentKind, webDeployment({ progressDeadlineSeconds: 60, minReadySeconds: 5 }));
  await world.create(serviceKind, webService);
  await world.settle();
  await world.patch(deploymentKind, 'web', {
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: 'web',
              command: ['serve'],
              ports: [{ name: 'http', containerPort: 8080 }],
              env: [{ name: 'BAD', value: '1' }],
            },
          ],
        },
      },
    },
  });
  // Each crash looks like progress for a moment, as upstream; the back-off outgrows the deadline.
  await world.clock.advance(300_000);
  const { status } = await world.deployment();
  assert.equal(status?.conditions?.find(({ type }) => type === 'Progressing')?.reason, 'ProgressDeadlineExceeded');
  assert.equal(status?.conditions?.find(({ type }) => type === 'Available')?.status, 'True');
  const { spec } = await world.service();
  assert.equal(world.proxy.backendsOf(spec?.clusterIP ?? '', 80)?.length, 2);
});

test('a quota at a site holds pods back in the commit itself, and lets them go when it is raised', async () => {
  await using world = await SiteWorld.start();
  const metadata = { name: 'small', namespace: 'default' };
  await world.create(resourceQuotaKind, { metadata, spec: { hard: { pods: '1' } } });
  await world.create(deploymentKind, webDeployment());
  await world.settle();
  assert.equal((await world.pods()).length, 1);
  const failure = (await world.deployment()).status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  assert.match(failure?.message ?? '', /exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1/);
  const quota = await world.get(resourceQuotaKind, 'small');
  assert.deepEqual(quota.status, { hard: { pods: '1' }, used: { pods: '1' } });
  await world.client.patch(
    resourceQuotaKind,
    metadata,
    { type: 'merge', body: { spec: { hard: { pods: '2' } } } },
    {},
    world.signal,
  );
  await world.clock.advance(60_000);
  assert.equal((await world.pods()).length, 2);
});

test('a LimitRange at a site fills in what containers leave out', async () => {
  await using world = await SiteWorld.start();
  const limits = [{ type: 'Container', default: { memory: '64Mi' } }];
  await world.create(limitRangeKind, { metadata: { name: 'bounds', namespace: 'default' }, spec: { limits } });
  await world.create(podKind, podNamed('plain'));
  const [container] = (await world.get(podKind, 'plain')).spec?.containers ?? [];
  assert.equal(container?.resources?.limits?.['memory'], '64Mi');
});
