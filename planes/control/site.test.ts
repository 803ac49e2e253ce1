import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeKind } from './node/type.ts';
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
