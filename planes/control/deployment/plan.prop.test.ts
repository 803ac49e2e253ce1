import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatTime } from '../../../kernel/base/clock.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../kernel/schema/standard/types.ts';
import { planReplicaSet } from '../replicaset/plan.ts';
import { isPodActive, isPodAvailable } from '../workload/pod-state.ts';
import { type DeploymentAction, type DeploymentPlan, planDeployment } from './plan.ts';
import { resolveFenceposts } from './rollout.ts';

/** A world of one Deployment: its ReplicaSets and pods, moved by random events and by the two planners. */
class World {
  nowMs = 1_000_000;
  deployment: Deployment;
  sets: ReplicaSet[] = [];
  pods: Pod[] = [];
  #count = 0;

  constructor(spec: Partial<NonNullable<Deployment['spec']>>) {
    this.deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...this.#meta('web'), name: 'web' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: templateOf(1),
        progressDeadlineSeconds: 600,
        ...spec,
      },
    };
  }

  #meta(prefix: string) {
    this.#count++;
    const name = `${prefix}-${this.#count}`;
    return {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: formatTime(this.nowMs),
    };
  }

  get bounds() {
    const { replicas = 1, strategy } = this.deployment.spec ?? {};
    if (strategy?.type === 'Recreate') return { desired: replicas, maxSurge: 0, maxUnavailable: replicas };
    const rolling = strategy?.rollingUpdate;
    return {
      desired: replicas,
      ...resolveFenceposts(rolling?.maxSurge ?? '25%', rolling?.maxUnavailable ?? '25%', replicas),
    };
  }

  podsOf(set: ReplicaSet): Pod[] {
    return this.pods.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === set.metadata.uid);
  }

  /** Available pods that stay if every ReplicaSet carries out what it was told. */
  get secured(): number {
    return this.sets.reduce((sum, set) => sum + Math.min(this.availableOf(set), set.spec?.replicas ?? 0), 0);
  }

  /** Most pods there can be if every ReplicaSet carries out what it was told, in any order. */
  get occupied(): number {
    const live = (set: ReplicaSet) => this.podsOf(set).filter(isPodActive).length;
    return this.sets.reduce((sum, set) => sum + Math.max(set.spec?.replicas ?? 0, live(set)), 0);
  }

  availableOf(set: ReplicaSet): number {
    const minReadySeconds = this.deployment.spec?.minReadySeconds ?? 0;
    return this.podsOf(set).filter((pod) => isPodAvailable(pod, minReadySeconds, this.nowMs)).length;
  }

  plan(): DeploymentPlan {
    const podsBySet = new Map(this.sets.map((set) => [set.metadata.uid, this.podsOf(set)]));
    return planDeployment({ deployment: this.deployment, sets: this.sets, podsBySet, nowMs: this.nowMs });
  }

  changeSpec(change: Partial<NonNullable<Deployment['spec']>>): void {
    const { metadata, spec } = this.deployment;
    assert(spec !== undefined);
    this.deployment = {
      ...this.deployment,
      metadata: { ...metadata, generation: (metadata.generation ?? 1) + 1 },
      spec: { ...spec, ...change },
    };
  }

  apply(action: DeploymentAction): void {
    switch (action.kind) {
      case 'create': {
        const draft = action.replicaSet as ReplicaSet;
        assert(!this.sets.some((set) => set.metadata.name === draft.metadata.name), 'a ReplicaSet is made once');
        this.sets.push({ ...draft, metadata: { ...this.#meta('set'), ...draft.metadata } });
        return;
      }
      case 'update':
        this.sets = this.sets.map((set) =>
          set.metadata.uid === action.replicaSet.metadata.uid ? updated(set, action) : set,
        );
        return;
      case 'delete':
        assert.equal(this.podsOf(action.replicaSet).length, 0, 'only ReplicaSets without pods are cleaned up');
        this.sets = this.sets.filter((set) => set.metadata.uid !== action.replicaSet.metadata.uid);
        return;
      case 'annotate': {
        const { metadata } = this.deployment;
        const annotations = { ...metadata.annotations, ...action.annotations };
        this.deployment = { ...this.deployment, metadata: { ...metadata, annotations } };
      }
    }
  }

  /** One pass of the Deployment controller that dies after `actionsMax` actions. */
  runDeployment(actionsMax = Number.POSITIVE_INFINITY): void {
    const { desired, maxSurge, maxUnavailable } = this.bounds;
    const plan = this.plan();
    for (const action of plan.actions.slice(0, actionsMax)) {
      const [secured, occupied] = [this.secured, this.occupied];
      this.apply(action);
      const floor = Math.min(secured, desired - maxUnavailable);
      assert(this.secured >= floor, `secured ${this.secured} pods of at least ${floor}`);
      const ceiling = Math.max(occupied, desired + maxSurge);
      assert(this.occupied <= ceiling, `${this.occupied} pods of at most ${ceiling}`);
    }
    if (actionsMax === Number.POSITIVE_INFINITY) this.deployment = { ...this.deployment, status: plan.status };
  }

  runSet(index: number): void {
    const set = this.sets[index % Math.max(1, this.sets.length)];
    if (set === undefined) return;
    const { createCount, deletePods, status } = planReplicaSet({
      replicaSet: set,
      pods: this.podsOf(set),
      nowMs: this.nowMs,
    });
    for (let n = 0; n < createCount; n++) {
      const ownerReferences = [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid },
      ];
      const metadata = { ...this.#meta('pod'), ownerReferences };
      this.pods.push({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [], nodeName: 'node' } });
    }
    for (const pod of deletePods)
      this.changePod(pod, { metadata: { ...pod.metadata, deletionTimestamp: formatTime(this.nowMs) } });
    this.sets = this.sets.map((other) => (other === set ? { ...set, status: { ...status } } : other));
  }

  changePod(pod: Pod, change: Partial<Pod>): void {
    this.pods = this.pods.map((other) => (other === pod ? { ...pod, ...change } : other));
  }

  setReady(index: number, ready: boolean): void {
    const pod = this.pods[index % Math.max(1, this.pods.length)];
    if (pod === undefined || !isPodActive(pod)) return;
    const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: formatTime(this.nowMs) };
    this.changePod(pod, { status: { phase: 'Running', conditions: [condition] } });
  }

  /** The runtime has done all it was asked: pods on their way out are gone. */
  finishDeletions(): void {
    this.pods = this.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  }

  /** Lets everything that can happen without trouble happen. */
  settle(): void {
    for (let round = 0; round < 200; round++) {
      const before = JSON.stringify([this.deployment, this.sets, this.pods]);
      this.runDeployment();
      for (let index = 0; index < this.sets.length; index++) this.runSet(index);
      this.finishDeletions();
      for (const pod of this.pods)
        if (pod.status?.conditions?.[0]?.status !== 'True') this.setReady(this.pods.indexOf(pod), true);
      this.nowMs += 15_000;
      if (before === JSON.stringify([this.deployment, this.sets, this.pods])) return;
    }
    assert.fail('The rollout does not come to rest');
  }
}

function updated(set: ReplicaSet, action: DeploymentAction & { kind: 'update' }): ReplicaSet {
  assert(set.spec !== undefined);
  return {
    ...set,
    metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...action.annotations } },
    spec: { ...set.spec, ...(action.replicas === undefined ? {} : { replicas: action.replicas }) },
  };
}

function templateOf(version: number) {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: `web:${version}` }] } };
}

type Step =
  | { kind: 'deployment'; actionsMax: number }
  | { kind: 'set' | 'ready' | 'broken'; index: number }
  | { kind: 'time'; seconds: number }
  | { kind: 'scale'; replicas: number }
  | { kind: 'template'; version: number }
  | { kind: 'pause' | 'resume' | 'gone' };

const index = fc.nat({ max: 30 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('deployment' as const), actionsMax: fc.constantFrom(0, 1, 2, 99) }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), index }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('ready' as const), index }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('broken' as const), index }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.nat({ max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('scale' as const), replicas: fc.nat({ max: 10 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('template' as const), version: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('gone' as const) }) },
  ),
  { maxLength: 80 },
);

const specs = fc.record({
  replicas: fc.nat({ max: 8 }),
  minReadySeconds: fc.constantFrom(0, 0, 10),
  revisionHistoryLimit: fc.constantFrom(0, 2, 10),
  strategy: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ type: 'Recreate' as const }) },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('RollingUpdate' as const),
        rollingUpdate: fc.record({
          maxSurge: fc.constantFrom<number | string>(0, 1, 2, '25%', '100%'),
          maxUnavailable: fc.constantFrom<number | string>(0, 1, 3, '25%', '100%'),
        }),
      }),
    },
  ),
});

function take(world: World, step: Step): void {
  switch (step.kind) {
    case 'deployment':
      return world.runDeployment(step.actionsMax === 99 ? undefined : step.actionsMax);
    case 'set':
      return world.runSet(step.index);
    case 'ready':
    case 'broken':
      return world.setReady(step.index, step.kind === 'ready');
    case 'time':
      world.nowMs += step.seconds * 1000;
      return;
    case 'scale':
      return world.changeSpec({ replicas: step.replicas });
    case 'template':
      return world.changeSpec({ template: templateOf(step.version) });
    case 'pause':
    case 'resume':
      return world.changeSpec({ paused: step.kind === 'pause' });
    case 'gone':
      return world.finishDeletions();
  }
}

test('planDeployment() keeps the bounds at every action, whatever happens, and comes to rest as wanted', () => {
  fc.assert(
    fc.property(specs, steps, (spec, taken) => {
      const world = new World(spec);
      for (const step of taken) take(world, step);
      world.changeSpec({ paused: false });
      world.settle();
      const { replicas } = spec;
      const wanted = world.deployment.spec?.replicas ?? replicas;
      assert.equal(world.pods.length, wanted);
      const current = world.sets.find((set) => (set.spec?.replicas ?? 0) > 0);
      assert.equal(current?.spec?.replicas ?? 0, wanted);
      assert.equal(world.deployment.status?.availableReplicas, wanted);
      assert.equal(world.deployment.status?.updatedReplicas, wanted);
      const progressing = world.deployment.status?.conditions?.find((condition) => condition.type === 'Progressing');
      assert.equal(progressing?.reason, 'NewReplicaSetAvailable');
    }),
    { numRuns: 800 },
  );
});

test('planDeployment() is idempotent: carried out, it leaves nothing to do', () => {
  fc.assert(
    fc.property(specs, steps, (spec, taken) => {
      const world = new World(spec);
      for (const step of taken) take(world, step);
      // A change of spec.replicas is followed first, and Recreate empties before it fills.
      for (let pass = 0; pass < 3; pass++) world.runDeployment();
      assert.deepEqual(world.plan().actions, []);
      world.runDeployment();
      assert.deepEqual(world.plan().status, world.deployment.status);
    }),
    { numRuns: 500 },
  );
});

test('planDeployment() gives up broken pods before working ones', () => {
  fc.assert(
    fc.property(specs, steps, (spec, taken) => {
      const world = new World({
        ...spec,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      });
      for (const step of taken) take(world, step);
      world.runDeployment();
      const newest = world.deployment.spec?.template.spec?.containers[0]?.image;
      const isOld = (set: ReplicaSet) => set.spec?.template?.spec?.containers[0]?.image !== newest;
      const old = world.sets.filter(isOld);
      const before = old.map((set) => Math.min(world.availableOf(set), set.spec?.replicas ?? 0));
      const isScaling = world
        .plan()
        .actions.some(
          (action) => action.kind === 'update' && 'deployment.kubernetes.io/desired-replicas' in action.annotations,
        );
      world.runDeployment();
      const after = world.sets.filter(isOld);
      const losesWorking = after.some(
        (set) =>
          Math.min(world.availableOf(set), set.spec?.replicas ?? 0) <
          (before[old.findIndex((o) => o.metadata.uid === set.metadata.uid)] ?? 0),
      );
      const keepsBroken = after.some((set) => (set.spec?.replicas ?? 0) > world.availableOf(set));
      assert(isScaling || !(losesWorking && keepsBroken), 'no working pod goes while a broken one stays');
    }),
    { numRuns: 500 },
  );
});
