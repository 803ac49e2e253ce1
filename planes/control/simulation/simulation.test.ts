import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../kernel/base/logger.ts';
import { seededRandom } from '../../../kernel/base/random.ts';
import { VirtualClock } from '../../../kernel/base/virtual-clock.ts';
import { leaseKind } from '../../../kernel/kinds/lease/type.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import type { Draft, KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { Pod } from '../../../kernel/schema/standard/types.ts';
import { MemoryDisk } from '../../../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../../kernel/store/memory/memory-store.ts';
import { assembleKernel, type Kernel } from '../../../programs/apiserver/assemble.ts';
import { controlKinds, simulationControllers } from '../index.ts';
import { nodeKind } from '../node/type.ts';
import { formatPodStatus } from '../pod/columns.ts';
import { podKind } from '../pod/type.ts';

/** A kernel that plays nodes, on a virtual clock. */
class SimulationWorld implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly signal = new AbortController().signal;
  readonly #disk = new MemoryDisk();
  readonly #random = seededRandom(1);
  #running: { readonly kernel: Kernel; readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  async start(nodeCount: number): Promise<void> {
    const { clock } = this;
    const stop = new AbortController();
    const kernel = await assembleKernel(
      {
        store: openMemoryStore({ disk: this.#disk }),
        kinds: controlKinds,
        component: 'test',
        version: '0.0.0',
        runtime: { name: 'node', platform: 'test' },
        clock,
        random: this.#random,
        log: silentLogger,
        onFatal: (error) => assert.fail(error),
        plug: () => ({
          controllers: simulationControllers({ nodeCount, version: 'v0.0.0', clock, log: silentLogger }),
        }),
      },
      stop.signal,
    );
    this.#running = { kernel, stop, ended: kernel.run(stop.signal) };
    await this.clock.advance(500);
  }

  async stop(): Promise<void> {
    assert(this.#running !== undefined);
    this.#running.stop.abort(new DOMException('Stopped', 'AbortError'));
    await this.#running.ended;
    await this.#running.kernel.close();
    this.#running = undefined;
  }

  get client() {
    assert(this.#running !== undefined);
    return this.#running.kernel.clientFor({ name: 'admin', groups: ['system:masters'] });
  }

  async createPod(name: string, spec: object = {}, annotations: Record<string, string> = {}): Promise<void> {
    const containers = [{ name: 'main', image: 'x' }];
    const pod: Draft<Pod> = { metadata: { name, namespace: 'default', annotations }, spec: { containers, ...spec } };
    await this.client.create(podKind, pod, {}, this.signal);
    await this.clock.advance(500);
  }

  pod(name: string): Promise<Pod> {
    return this.client.get(podKind, { namespace: 'default', name }, this.signal);
  }

  async list<T extends KubeObject>(kind: KindDefinition<T>): Promise<readonly T[]> {
    return (await this.client.list(kind, {}, this.signal)).items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running !== undefined) await this.stop();
  }
}

test('nodes are Ready, with addresses of their own and a Lease that is renewed', async () => {
  await using world = new SimulationWorld();
  await world.start(3);
  const nodes = await world.list(nodeKind);
  assert.deepEqual(
    nodes.map(({ metadata, status }) => [
      metadata.name,
      status?.addresses?.[0]?.address,
      status?.conditions?.find(({ type }) => type === 'Ready')?.status,
      status?.allocatable?.['cpu'],
    ]),
    [
      ['node-0', '10.32.0.1', 'True', '32'],
      ['node-1', '10.32.0.2', 'True', '32'],
      ['node-2', '10.32.0.3', 'True', '32'],
    ],
  );
  const leases = async () =>
    (await world.list(leaseKind)).filter(({ metadata: { namespace } }) => namespace === 'kube-node-lease');
  const before = await leases();
  assert.deepEqual(
    before.map(({ metadata, spec }) => [metadata.name, spec?.holderIdentity, spec?.leaseDurationSeconds]),
    ['node-0', 'node-1', 'node-2'].map((name) => [name, name, 40]),
  );
  await world.clock.advance(15_000);
  const after = await leases();
  for (const [index, { spec }] of after.entries()) {
    assert((spec?.renewTime ?? '') > (before[index]?.spec?.renewTime ?? ''), `${spec?.holderIdentity} was renewed`);
  }
});

test('a Node that a client makes is played with the capacity it came with; one that is deleted stays away', async () => {
  await using world = new SimulationWorld();
  await world.start(1);
  const { client, signal } = world;
  const metadata = { name: 'gpu', labels: { 'control.planform.dev/simulated': 'true' } };
  await client.create(nodeKind, { metadata }, {}, signal);
  await client.patch(
    nodeKind,
    { name: 'gpu' },
    { type: 'merge', body: { status: { capacity: { cpu: '4', pods: '10', 'example.com/gpu': '1' } } } },
    { subresource: 'status' },
    signal,
  );
  await client.create(nodeKind, { metadata: { name: 'real' } }, {}, signal);
  await client.delete(nodeKind, { name: 'node-0' }, {}, signal);
  await world.clock.advance(1_000);
  const nodes = await world.list(nodeKind);
  assert.deepEqual(
    nodes.map(({ metadata: { name }, status }) => [name, status?.conditions?.length ?? 0]),
    [
      ['gpu', 2],
      ['real', 0],
    ],
  );
});

test('pods are bound, run and go, over restarts, and touch nothing that is not simulated', async () => {
  await using world = new SimulationWorld();
  await world.start(2);
  await world.createPod('a', { initContainers: [{ name: 'init', image: 'x' }] });
  await world.createPod('b');
  const [a, b] = [await world.pod('a'), await world.pod('b')];
  assert.deepEqual([a.spec?.nodeName, b.spec?.nodeName], ['node-0', 'node-1']);
  assert.deepEqual([a.status?.podIP, b.status?.podIP, b.status?.hostIP], ['10.64.0.1', '10.64.0.2', '10.32.0.2']);
  assert.deepEqual([formatPodStatus(a), formatPodStatus(b)], ['Running', 'Running']);
  assert.equal(a.status?.initContainerStatuses?.[0]?.state?.terminated?.reason, 'Completed');
  assert.deepEqual(
    b.status?.conditions?.map(({ type, status }) => `${type}=${status}`),
    ['Initialized=True', 'Ready=True', 'ContainersReady=True', 'PodScheduled=True'],
  );
  await world.stop();
  await world.start(2);
  await world.clock.advance(60_000);
  assert.equal(
    (await world.pod('a')).metadata.resourceVersion,
    a.metadata.resourceVersion,
    'A restart changes nothing',
  );
  await world.createPod('c', { hostNetwork: true });
  await world.createPod('d');
  assert.equal((await world.pod('c')).status?.podIP, '10.32.0.1');
  assert.equal((await world.pod('d')).status?.podIP, '10.64.0.3', 'Nobody else has it');

  const { client, signal } = world;
  await client.delete(podKind, { namespace: 'default', name: 'a' }, {}, signal);
  await world.clock.advance(100);
  await assert.rejects(world.pod('a'), (error) => isApiError(error, 'NotFound'));
  await client.delete(nodeKind, { name: 'node-1' }, {}, signal);
  await client.delete(podKind, { namespace: 'default', name: 'b' }, {}, signal);
  await world.clock.advance(100);
  await assert.rejects(world.pod('b'), (error) => isApiError(error, 'NotFound'), 'Its node is gone');
});

test('containers end as policy and annotations say', async () => {
  await using world = new SimulationWorld();
  await world.start(1);
  const exit = { 'control.planform.dev/simulated-exit-code': '3' };
  await world.createPod('job', { restartPolicy: 'OnFailure' });
  await world.createPod('failing', { restartPolicy: 'Never' }, exit);
  await world.createPod('crashing', {}, exit);
  await world.createPod(
    'long',
    { restartPolicy: 'Never', activeDeadlineSeconds: 4 },
    { 'control.planform.dev/simulated-run-seconds': '60' },
  );
  await world.clock.advance(2_000);
  const states = async () =>
    Promise.all(['job', 'failing', 'crashing', 'long'].map(async (name) => formatPodStatus(await world.pod(name))));
  assert.deepEqual(await states(), ['Completed', 'Error', 'CrashLoopBackOff', 'Running']);
  assert.equal((await world.pod('failing')).status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
  await world.clock.advance(11_000);
  const crashing = await world.pod('crashing');
  assert.equal(crashing.status?.containerStatuses?.[0]?.restartCount, 1);
  const long = await world.pod('long');
  assert.deepEqual([long.status?.phase, long.status?.reason], ['Failed', 'DeadlineExceeded']);
});
