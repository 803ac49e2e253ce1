import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventKind } from '../kinds/event/type.ts';
import { isApiError } from '../meta/errors.ts';
import { compactionIntervalMs, defaultRetention, runCompaction, watchWindowMs } from './compaction.ts';
import { expiryIntervalMs, runExpiry } from './expiry.ts';
import { openWorld, widget } from './testing/world.ts';

const hourMs = 3_600_000;

test('runExpiry() removes events an hour after their last write', async () => {
  const world = await openWorld();
  const stop = new AbortController();
  const running = runExpiry(world.registry.core, stop.signal);
  const event = (name: string) => ({
    metadata: { name },
    involvedObject: { namespace: 'default', kind: 'Widget', name: 'a' },
  });
  for (const name of ['old', 'again']) await world.create(event(name), {}, eventKind);
  await world.create({ metadata: { name: 'w' } });
  await world.clock.advance(hourMs / 2);
  const patch = { type: 'merge', body: { count: 2 } } as const;
  await world.registry.resources.patch(world.context(), world.at('again', '', eventKind), patch, {});
  await world.clock.advance(hourMs / 2 + 2 * expiryIntervalMs);
  await assert.rejects(world.get('old', eventKind), (error) => isApiError(error, 'NotFound'));
  assert.equal((await world.get('again', eventKind)).metadata.name, 'again');
  await world.clock.advance(hourMs);
  await assert.rejects(world.get('again', eventKind), (error) => isApiError(error, 'NotFound'));
  assert.equal((await world.get('w')).metadata.name, 'w');
  stop.abort(new Error('stopped'));
  await assert.rejects(running, /stopped/);
});

test('runCompaction() forgets what left the window, but not history', async () => {
  const world = await openWorld();
  const stop = new AbortController();
  const running = runCompaction(world.registry.core, defaultRetention, stop.signal);
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  for (let size = 2; size < 5; size++) await world.merge('a', { spec: { size } });
  for (const phase of ['x', 'y', 'z']) await world.merge('a', { status: { phase } }, 'status');
  const history = async () =>
    (await world.registry.resources.history(world.context(), world.at('a'), 50)).entries.length;
  await world.clock.advance(watchWindowMs - compactionIntervalMs);
  assert.equal(await history(), 7);
  await world.clock.advance(2 * compactionIntervalMs);
  assert.equal(await history(), 5, 'the four states of the spec and the current one');
  assert.ok((await world.registry.core.store.readFloor(world.signal)) > 0);
  stop.abort(new Error('stopped'));
  await assert.rejects(running, /stopped/);
});

test('history beyond the budget of the store is evicted, and history() says so', async () => {
  const world = await openWorld();
  const stop = new AbortController();
  const running = runCompaction(world.registry.core, { ...defaultRetention, storeBytesMax: 2_000 }, stop.signal);
  await world.create({ metadata: { name: 'a' }, spec: { size: 0 } });
  for (let size = 1; size < 20; size++) await world.merge('a', { spec: { size } });
  const history = () => world.registry.resources.history(world.context(), world.at('a'), 50);
  assert.equal((await history()).evictedThrough, undefined);
  await world.clock.advance(watchWindowMs + 2 * compactionIntervalMs);
  const { entries, evictedThrough } = await history();
  assert.ok(entries.length > 1 && entries.length < 20, `${entries.length} states are left`);
  assert.ok((evictedThrough ?? 0) > 0);
  assert.equal(evictedThrough, (entries.at(-1)?.revision ?? 0) - 1, 'The oldest went');
  stop.abort(new Error('stopped'));
  await assert.rejects(running, /stopped/);
});

test('a kind that comes later finds its objects, with its fields', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { color: 'red' } });
  const { catalog, resources } = world.registry;
  const before = catalog.version;
  catalog.remove(widget.group, widget.plural);
  await assert.rejects(world.get('a'), (error) => isApiError(error, 'NotFound'));
  await world.registry.close();
  catalog.add(widget);
  assert.ok(catalog.version > before);
  const page = await resources.list(world.context(), world.at(''), { fieldSelector: 'spec.color=red' });
  assert.equal(page.items.length, 1);
});
