import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { WatchNotice } from '../ports/resources.ts';
import { openWorld, type World } from './testing/world.ts';

type Step =
  | { readonly do: 'write'; readonly name: string; readonly app: string | null; readonly color: string | null }
  | { readonly do: 'delete'; readonly name: string };

const name = fc.constantFrom('a', 'b', 'c', 'd');
const value = fc.constantFrom('x', 'y', null);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), name, app: value, color: value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
);

async function run(world: World, step: Step): Promise<void> {
  const exists =
    world.registry.core.cache.resource('widgets.test.planform.dev').get(`default ${step.name}`) !== undefined;
  if (step.do === 'delete') {
    if (exists) await world.delete(step.name);
    return;
  }
  const change = { metadata: { labels: { app: step.app } }, spec: { color: step.color } };
  if (exists) await world.merge(step.name, change);
  else {
    const labels = step.app === null ? {} : { app: step.app };
    const spec = step.color === null ? {} : { color: step.color };
    await world.create({ metadata: { name: step.name, labels }, spec });
  }
}

const selections = [
  {},
  { labelSelector: 'app=x' },
  { labelSelector: 'app!=x' },
  { fieldSelector: 'spec.color=y' },
  { fieldSelector: 'metadata.name=b' },
  { labelSelector: 'app in (x,y)', fieldSelector: 'spec.color!=y' },
] as const;

test('replaying a watch from any revision over the list of that revision gives the list of now', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(25), async (steps, splitAt) => {
      const world = await openWorld();
      for (const one of steps.slice(0, splitAt)) await run(world, one);
      const then = world.registry.head;
      for (const one of steps.slice(splitAt)) await run(world, one);
      for (const selection of selections) {
        const list = (query: object) =>
          world.registry.resources.list(world.context(), world.at(''), { ...selection, ...query });
        const past = await list({ resourceVersion: String(then), resourceVersionMatch: 'Exact' });
        const state = new Map(past.items.map((item) => [item.parsed().metadata.name, item.revision]));
        const controller = new AbortController();
        const watch = await world.watch(
          { ...selection, resourceVersion: String(then), timeoutMs: 1, allowBookmarks: true },
          controller.signal,
        );
        await world.clock.advance(1);
        for (let next = await watch.next(); next.done !== true; next = await watch.next()) replay(state, next.value);
        const now = await list({});
        assert.deepEqual(
          Object.fromEntries(state),
          Object.fromEntries(now.items.map((item) => [item.parsed().metadata.name, item.revision])),
          JSON.stringify(selection),
        );
      }
      await world.registry.close();
    }),
    { numRuns: 60 },
  );
});

function replay(state: Map<string, number>, { type, object, revision }: WatchNotice): void {
  if (object === undefined) return;
  const { name } = object.parsed().metadata;
  assert.equal(object.parsed().metadata.resourceVersion, String(revision));
  assert.equal(state.has(name), type !== 'ADDED', `${type} ${name}`);
  if (type === 'DELETED') state.delete(name);
  else state.set(name, revision);
}
