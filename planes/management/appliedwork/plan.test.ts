import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import type { ComponentContent } from '../bundle-content/decode.ts';
import { nextRemovals, planRemoval, planWaves, releasedComponents, staleEntries, withIntended } from './plan.ts';
import type { AppliedWork, InventoryEntry } from './type.ts';

function content(...components: readonly (readonly [string, readonly string[]])[]): {
  digest: string;
  omitted: number;
  components: ComponentContent[];
} {
  return {
    digest: 'd',
    omitted: 0,
    components: components.map(([name, dependsOn]) => ({ name, dependsOn, manifests: [] })),
  };
}

test('planWaves() puts every component after all it depends on', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const graphs = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 10 });
  fc.assert(
    fc.property(graphs, (edges) => {
      const components = content(
        ...names.map((name) => [name, edges.filter(([from]) => from === name).map(([, to]) => to)] as const),
      ).components;
      const waves = planWaves(components);
      if (waves === undefined) return;
      const waveOf = new Map(waves.flatMap((wave, index) => wave.map((name) => [name, index] as const)));
      assert.equal(waveOf.size, names.length);
      for (const [from, to] of edges) assert.ok((waveOf.get(from) ?? 0) > (waveOf.get(to) ?? 0));
    }),
  );
  assert.equal(planWaves(content(['a', ['b']], ['b', ['a']]).components), undefined);
});

test('releasedComponents() releases what waits for nothing, and keeps enforcing what was applied', () => {
  const bundle = content(['back', []], ['front', ['back']], ['other', []]);
  const cases = [
    { name: 'first pass', states: [], want: ['back', 'other'] },
    {
      name: 'dependency not healthy',
      states: [{ name: 'back', state: 'Progressing', appliedDigest: 'd' }],
      want: ['back', 'other'],
    },
    {
      name: 'dependency healthy',
      states: [{ name: 'back', state: 'Healthy', appliedDigest: 'd' }],
      want: ['back', 'front', 'other'],
    },
    {
      name: 'healthy from an older bundle only',
      states: [{ name: 'back', state: 'Healthy', appliedDigest: 'old' }],
      want: ['back', 'other'],
    },
    {
      name: 'applied before, dependency ill again',
      states: [
        { name: 'back', state: 'Degraded', appliedDigest: 'd' },
        { name: 'front', state: 'Healthy', appliedDigest: 'd' },
      ],
      want: ['back', 'front', 'other'],
    },
  ] as const;
  for (const { name, states, want } of cases) assert.deepEqual([...releasedComponents(bundle, states)], want, name);
});

function entry(name: string, component: string, kind = 'ConfigMap'): InventoryEntry {
  return { apiVersion: 'v1', kind, name, component };
}

test('nextRemovals() goes through waves backwards, unknown components first, namespaces last', () => {
  const inventory = [
    entry('ns', '', 'Namespace'),
    entry('b1', 'back'),
    entry('f1', 'front'),
    entry('f2', 'front'),
    entry('x', 'gone'),
  ];
  const order: string[][] = [];
  let left = inventory;
  while (left.length > 0) {
    const batch = nextRemovals(left, [['back'], ['front']]);
    order.push(batch.map(({ name }) => name));
    left = left.filter((one) => !batch.includes(one));
  }
  assert.deepEqual(order, [['x'], ['f2', 'f1'], ['b1'], ['ns']]);
});

test('withIntended() keeps uids and moves objects between components', () => {
  const before = [{ ...entry('a', 'one'), uid: 'u' }];
  assert.equal(withIntended(before, [entry('a', 'one')]), undefined);
  assert.deepEqual(withIntended(before, [entry('a', 'two'), entry('b', 'two')]), [
    { ...entry('a', 'two'), uid: 'u' },
    entry('b', 'two'),
  ]);
  assert.deepEqual(staleEntries(before, new Set(['/ConfigMap//b'])), before);
});

function tombstone(
  name: string,
  removedReason?: string,
  seenAt = '2026-01-01T00:00:00Z',
  removalConfirmed = false,
): AppliedWork {
  const conditions =
    removedReason === undefined
      ? []
      : [{ type: 'Removed', status: 'False' as const, reason: removedReason, message: '', lastTransitionTime: seenAt }];
  return {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'AppliedWork',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: seenAt },
    spec: {
      hubId: 'h',
      order: { name, uid: name, generation: 1, spec: {}, deletionTimestamp: seenAt },
      removalConfirmed,
    },
    status: { conditions },
  };
}

test('planRemoval() gathers, holds masses, and never turns back', () => {
  const nowMs = Date.parse('2026-01-01T00:00:10Z');
  const few = Array.from({ length: 5 }, (_, index) => tombstone(`w${index}`, 'Ordered'));
  const many = [...few, tombstone('w5', 'Ordered')];
  const decide = (work: AppliedWork | undefined, all: readonly AppliedWork[]) =>
    planRemoval(work ?? tombstone('w'), all, nowMs).kind;
  assert.equal(decide(few[0], few), 'remove');
  assert.equal(decide(few[0], [...few.slice(1), tombstone('new')]), 'gather');
  assert.equal(decide(few[0], [...few.slice(1), tombstone('new', 'Ordered', '2026-01-01T00:00:09Z')]), 'gather');
  assert.equal(decide(many[0], many), 'hold');
  assert.equal(decide(tombstone('w0', 'Removing'), many), 'remove');
  assert.equal(decide(tombstone('w0', 'Ordered', undefined, true), many), 'remove');
  const lively = Array.from({ length: 100 }, (_, index) => ({
    ...tombstone(`l${index}`),
    spec: { hubId: 'h', order: { name: 'l', uid: 'l', generation: 1, spec: {} } },
  }));
  assert.equal(decide(many[0], [...many, ...lively]), 'remove');
});
