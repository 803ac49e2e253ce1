import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ListQuery } from '../ports/resources.ts';
import { openWorld, type World } from './testing/world.ts';

/** What becomes of one object: labelled so, or gone. */
interface Change {
  readonly name: string;
  readonly app: 'x' | 'y' | null;
}

const change: fc.Arbitrary<Change> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  app: fc.constantFrom('x', 'y', null),
});

async function make(world: World, { name, app }: Change): Promise<void> {
  const exists = world.registry.core.cache.resource('widgets.test.planform.dev').get(`default ${name}`) !== undefined;
  if (app === null) {
    if (exists) await world.delete(name);
  } else if (exists) await world.merge(name, { metadata: { labels: { app } }, spec: { size: 1 } });
  else await world.create({ metadata: { name, labels: { app } } });
}

/** `name@revision` of every object a query finds, in order. */
async function list(world: World, query: ListQuery) {
  const page = await world.registry.resources.list(world.context(), world.at(''), query);
  const items = page.items.map((item) => `${item.parsed().metadata.name}@${item.revision}`);
  return { ...page, items };
}

const selectors = [{}, { labelSelector: 'app=x' }, { labelSelector: 'app!=x' }, { fieldSelector: 'metadata.name!=c' }];

test('pages are the list of one revision, whatever is written between them', async () => {
  // research/kernel.md §2.3: continue carries the revision; remainingItemCount only without selectors
  const between = fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 });
  const scenario = fc.tuple(fc.array(change, { maxLength: 12 }), between, fc.integer({ min: 1, max: 4 }), fc.nat(3));
  await fc.assert(
    fc.asyncProperty(scenario, async ([before, churn, limit, selectorAt]) => {
      const world = await openWorld();
      for (const one of before) await make(world, one);
      const selector = selectors[selectorAt] ?? {};
      const whole = await list(world, selector);
      const seen: string[] = [];
      let page = await list(world, { ...selector, limit });
      for (let turn = 0; ; turn++) {
        assert.equal(page.revision, whole.revision);
        assert.ok(page.items.length <= limit);
        seen.push(...page.items);
        if (page.continueToken === undefined) break;
        if (selectorAt === 0) assert.equal(page.remainingItemCount, whole.items.length - seen.length);
        else assert.equal(page.remainingItemCount, undefined);
        for (const one of churn[turn] ?? []) await make(world, one);
        page = await list(world, { ...selector, limit, continueToken: page.continueToken });
      }
      assert.deepEqual(seen, whole.items);
      await world.registry.close();
    }),
    { numRuns: 60 },
  );
});
