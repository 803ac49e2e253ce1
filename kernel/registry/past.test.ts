import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isApiError } from '../meta/errors.ts';
import { revisionsSkippedByRestore } from '../ports/store.ts';
import { openWorld, type World } from './testing/world.ts';

const resource = 'widgets.test.planform.dev';

/** Forgets what lies before the head, as `runCompaction` does after the watch window. */
async function forget({ registry, signal }: World, historyPerObjectMax: number): Promise<void> {
  const { core, head } = registry;
  const bounds = { watchFloor: head, historyBeforeMs: 0, bytesMax: Infinity, rowsMax: 1_000 };
  await core.store.compact({ ...bounds, historyPerObjectMax }, signal);
  core.cache.resource(resource).raiseEventFloor(head);
}

async function listAt(world: World, query: object): Promise<readonly string[]> {
  const { items } = await world.registry.resources.list(world.context(), world.at(''), query);
  return items.map((item) => {
    const { metadata, spec, status } = item.parsed() as { spec?: object; status?: object } & ReturnType<
      typeof item.parsed
    >;
    return `${metadata.name} ${JSON.stringify({ ...spec, ...status })}`;
  });
}

const exact = (revision: number) => ({ resourceVersion: String(revision), resourceVersionMatch: 'Exact' });

test('lists of the past reach beyond the watch window where history keeps what they need', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  await world.merge('a', { status: { phase: 'Old' } }, 'status');
  const revision = world.registry.head;
  await world.clock.advance(60_000);
  await world.merge('a', { spec: { size: 2 } });
  await world.create({ metadata: { name: 'b' } });
  await world.delete('a');
  await forget(world, 100);
  world.warnings.length = 0;
  assert.deepEqual(await listAt(world, exact(revision)), ['a {"size":1,"replicas":1}']);
  assert.match(world.warnings.join(), /status is shown as of the last change of spec/);
  const asOfMs = world.clock.nowMs() - 1;
  assert.deepEqual(await listAt(world, { asOfMs }), ['a {"size":1,"replicas":1}']);
  assert.deepEqual(await listAt(world, { asOfMs: world.clock.nowMs() }), ['b {}']);
  await assert.rejects(listAt(world, { asOfMs: -1 }), (error) => isApiError(error, 'Expired'));
  // The clock of a client may be a little ahead; a time that is still to come is a mistake.
  assert.deepEqual(await listAt(world, { asOfMs: world.clock.nowMs() + 1_000 }), ['b {}']);
  await assert.rejects(listAt(world, { asOfMs: world.clock.nowMs() + 120_000 }), (error) =>
    isApiError(error, 'BadRequest'),
  );
});

test('an object that had not changed for longer than the retention is in every list of the retention', async () => {
  const day = 24 * 3_600_000;
  const world = await openWorld();
  const { core } = world.registry;
  await world.create({ metadata: { name: 'changed' }, spec: { size: 1 } });
  await world.create({ metadata: { name: 'gone' } });
  await world.create({ metadata: { name: 'touched' } });
  await world.merge('touched', { status: { phase: 'Old' } }, 'status');
  world.clock.jump(60 * day);
  await world.create({ metadata: { name: 'new' } });
  const revision = world.registry.head;
  world.clock.jump(60 * day);
  await world.merge('changed', { spec: { size: 2 } });
  await world.merge('touched', { status: { phase: 'New' } }, 'status');
  await world.delete('gone');
  const bounds = { watchFloor: world.registry.head, historyPerObjectMax: 100, bytesMax: Infinity, rowsMax: 1_000 };
  await core.store.compact({ ...bounds, historyBeforeMs: world.clock.nowMs() - 90 * day }, world.signal);
  core.cache.resource(resource).raiseEventFloor(world.registry.head);
  const names = (await listAt(world, exact(revision))).map((line) => line.split(' ')[0]);
  assert.deepEqual(names, ['changed', 'gone', 'new', 'touched']);
  assert.match((await listAt(world, exact(revision))).join(), /^changed \{"size":1/);
});

test('a list of a time whose history is cut off is refused, and says from where on it is whole', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  const revision = world.registry.head;
  for (const size of [2, 3, 4]) await world.merge('a', { spec: { size } });
  await forget(world, 2);
  const wholeFrom = revision + 2;
  assert.deepEqual(await listAt(world, exact(wholeFrom)), ['a {"size":3,"replicas":1}']);
  await assert.rejects(listAt(world, exact(revision)), (error) => {
    assert.ok(isApiError(error, 'Expired'));
    assert.match(error.message, new RegExp(`whole from resourceVersion ${wholeFrom} on, asked was ${revision}$`));
    return true;
  });
});

test('revisions that a restore skipped name nothing', async () => {
  // ARCHITECTURE.md: a revision never names two states.
  const before = await openWorld();
  await before.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  const first = before.registry.head;
  await before.merge('a', { spec: { size: 2 } });
  const lost = before.registry.head;
  const after = await openWorld({ disk: before.disk.restored('after the fire') });
  assert.equal(after.registry.head, lost + revisionsSkippedByRestore);
  assert.deepEqual(await listAt(after, exact(first)), ['a {"size":1,"replicas":1}']);
  await assert.rejects(listAt(after, exact(lost + 1)), (error) => isApiError(error, 'Expired'));
});
