import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isApiError } from '../meta/errors.ts';
import { openWorld, type Widget, widget, type World } from './testing/world.ts';

/** One commit: what becomes of some objects, together. `null` deletes. */
type Step = Readonly<Record<string, string | null>>;

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const color = fc.constantFrom('x', 'y', null);
const step: fc.Arbitrary<Step> = fc
  .dictionary(fc.constantFrom(...names), color, { minKeys: 1, maxKeys: 3 })
  .filter((change) => Object.keys(change).length > 0);

/** Colours by name, as they were at the end of a commit. */
type State = ReadonlyMap<string, string>;

/** Posts one commit. @returns the state after it; `undefined` when there was nothing to change. */
async function commit(world: World, change: Step, before: State): Promise<State | undefined> {
  const after = new Map(before);
  const resource = 'widgets.test.planform.dev';
  const { core } = world.registry;
  const origin = { actor: 'alice', reason: '', requestId: 'r', atMs: 0 };
  const writes = Object.entries(change).flatMap(([name, spec]) => {
    const old = core.commits.current(resource, `default ${name}`);
    if (spec === null && old === undefined) return [];
    const operation = spec === null ? 'delete' : old === undefined ? 'create' : 'update';
    if (spec === null) after.delete(name);
    else after.set(name, spec);
    const labels = { color: spec ?? 'gone' };
    const metadata = { name, namespace: 'default', uid: `uid-${name}`, labels };
    const object = { apiVersion: 'test.planform.dev/v1', kind: 'Widget', metadata, spec: { color: spec ?? 'gone' } };
    return [() => ({ definition: widget, resource, operation, object, keep: true, origin }) as const];
  });
  if (writes.length === 0) return undefined;
  await core.commits.post(writes).durable;
  return after;
}

/** The whole list in pages of two. @returns what it shows, and the revision it says it is of. */
async function listPaged(world: World, query: object): Promise<{ readonly state: State; readonly revision: number }> {
  const state = new Map<string, string>();
  let continueToken: string | undefined;
  for (;;) {
    const page = await world.registry.resources.list(world.context(), world.at(''), {
      limit: 2,
      ...(continueToken === undefined
        ? query
        : { ...query, resourceVersion: '', resourceVersionMatch: '', continueToken }),
    });
    for (const item of page.items) {
      const { metadata, spec } = item.parsed() as Widget;
      assert.ok(!state.has(metadata.name), 'No object comes twice');
      state.set(metadata.name, spec?.color ?? '');
    }
    continueToken = page.continueToken;
    if (continueToken === undefined) return { state, revision: page.revision };
  }
}

test('a list of any retained revision shows that state, whole commits only; one of an earlier revision is expired', async () => {
  const scenario = fc.tuple(
    fc.array(step, { minLength: 3, maxLength: 15 }),
    fc.nat(15),
    fc.boolean(),
    fc.nat(15),
    fc.constantFrom(0, 1, 2, 100),
  );
  await fc.assert(
    fc.asyncProperty(scenario, async ([steps, floorAt, fromStore, tokenAt, historyPerObjectMax]) => {
      const world = await openWorld();
      const { core } = world.registry;
      const ends: { readonly revision: number; readonly state: State }[] = [];
      let state: State = new Map();
      let previous = core.cache.head;
      for (const change of steps) {
        state = (await commit(world, change, state)) ?? state;
        if (ends.at(-1)?.revision !== core.cache.head) ends.push({ revision: core.cache.head, state });
      }
      const started = ends[tokenAt % ends.length] ?? assert.fail('there is a commit');
      const first = await world.registry.resources.list(world.context(), world.at(''), exact(started.revision, 1));
      const watchFloor = ends[floorAt % ends.length]?.revision ?? 0;
      const bounds = { historyBeforeMs: 0, historyPerObjectMax, bytesMax: Infinity, rowsMax: 1_000 };
      await core.store.compact({ ...bounds, watchFloor }, world.signal);
      // Below the floor of watches, lists reach as far back as nothing is missing in the history of the kind.
      const wholeFrom = await core.store.readHistoryFloor('widgets.test.planform.dev', 'default', world.signal);
      const floor = Math.min(watchFloor, wholeFrom);
      if (historyPerObjectMax === 100) assert.equal(wholeFrom, 0, 'nothing was removed');
      // Research/kernel.md §2.3: tokens and Exact reach back as far as the store does, not only as far as memory.
      if (fromStore) core.cache.resource('widgets.test.planform.dev').raiseEventFloor(core.cache.head);
      for (const end of ends) {
        for (let revision = previous + 1; revision <= end.revision; revision++) {
          if (fromStore && end.revision < floor) {
            await assert.rejects(listPaged(world, exact(revision)), (error) => isApiError(error, 'Expired'));
            continue;
          }
          assert.deepEqual(await listPaged(world, exact(revision)), end, `as of ${revision}`);
          const ofB = new Map([...end.state].filter(([name]) => name === 'b'));
          const one = await listPaged(world, { ...exact(revision), fieldSelector: 'metadata.name=b' });
          assert.deepEqual(one, { state: ofB, revision: end.revision }, 'One object as of a revision');
          const ofX = new Map([...end.state].filter(([, spec]) => spec === 'x'));
          for (const selector of [{ labelSelector: 'color=x' }, { fieldSelector: 'spec.color=x' }]) {
            const listed = await listPaged(world, { ...exact(revision), ...selector });
            assert.deepEqual(listed, { state: ofX, revision: end.revision }, JSON.stringify(selector));
          }
        }
        previous = end.revision;
      }
      if (first.continueToken !== undefined)
        await checkToken(world, first.continueToken, { ...started, floor, fromStore });
      await world.registry.close();
    }),
    { numRuns: 60 },
  );
});

async function checkToken(
  world: World,
  continueToken: string,
  then: { readonly revision: number; readonly state: State; readonly floor: number; readonly fromStore: boolean },
): Promise<void> {
  if (then.fromStore && then.revision < then.floor) {
    await assert.rejects(listPaged(world, { continueToken }), (error) => isApiError(error, 'Expired'));
    return;
  }
  const rest = await listPaged(world, { continueToken });
  assert.equal(rest.revision, then.revision);
  assert.equal(rest.state.size, then.state.size - 1);
}

function exact(revision: number, limit = 2) {
  return { resourceVersion: String(revision), resourceVersionMatch: 'Exact', limit };
}
