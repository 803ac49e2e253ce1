import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import type { WorkOrder } from '../appliedwork/type.ts';
import type { Work } from '../work/type.ts';
import { differingBuckets, digestOrders, orderOf } from './digest.ts';
import { compare } from './sync-handler.ts';

const orders = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 8 }),
    uid: fc.constant('u'),
    generation: fc.nat(3),
    spec: fc.dictionary(fc.string(), fc.nat(2), { maxKeys: 2 }),
  }),
  { selector: (order) => order.name, maxLength: 20 },
);

function workOf({ name, uid, generation, spec }: WorkOrder): Work {
  const metadata = { name, uid, generation, resourceVersion: '1', creationTimestamp: '' };
  return {
    apiVersion: 'management.planform.dev/v1alpha1',
    kind: 'Work',
    metadata,
    spec: spec as Work['spec'] & typeof spec,
  };
}

test('a comparison finds exactly what differs', () => {
  fc.assert(
    fc.property(orders, orders, (atHub, atSite) => {
      const works = atHub.map(workOf);
      const ours = digestOrders(atSite);
      const root = digestOrders(works.map(orderOf)).root;
      const first = compare({ rootDigest: ours.root, works: undefined }, works);
      assert.equal(first.current, ours.root === root);
      if (first.current) return;
      const asked = Object.fromEntries(
        differingBuckets(ours.buckets, first.buckets ?? {}).map((bucket) => [bucket, ours.works[bucket] ?? {}]),
      );
      const second = compare({ rootDigest: ours.root, works: asked }, works);
      const held = new Map(atSite.map((order) => [order.name, JSON.stringify(order)]));
      const changed = atHub
        .filter((order) => held.get(order.name) !== JSON.stringify(order))
        .map((order) => order.name);
      const missing = atSite
        .filter((order) => !atHub.some((one) => one.name === order.name))
        .map((order) => order.name);
      const isSameButForOrder = (a: readonly string[], b: readonly string[]) =>
        assert.deepEqual([...a].sort(), [...b].sort());
      const found = second.works?.map((work) => work.metadata.name) ?? [];
      // Fields in another order are the same order; generated ones may differ in just that.
      isSameButForOrder(
        found.filter((name) => changed.includes(name)),
        found,
      );
      isSameButForOrder(second.missing ?? [], missing);
      for (const work of second.works ?? []) held.set(work.metadata.name, JSON.stringify(orderOf(work)));
      const merged = [...held.entries()]
        .filter(([name]) => !missing.includes(name))
        .map(([, text]) => JSON.parse(text) as WorkOrder);
      assert.equal(digestOrders(merged).root, root);
    }),
    { numRuns: 200 },
  );
});
