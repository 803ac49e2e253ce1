import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchBufferMax } from '../cache/watcher.ts';
import { isApiError } from '../meta/errors.ts';
import type { ListQuery, WatchNotice } from '../ports/resources.ts';
import { openWorld, type World } from './testing/world.ts';

async function names(world: World, query: ListQuery = {}): Promise<readonly string[]> {
  const page = await world.registry.resources.list(world.context(), world.at(''), query);
  return page.items.map((item) => item.parsed().metadata.name);
}

/** Takes the notices that are there without waiting for more. */
async function take(world: World, watch: AsyncIterator<WatchNotice>, count: number): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let index = 0; index < count; index++) {
    const next = watch.next();
    await world.clock.advance(0);
    const { value, done } = (await Promise.race([next, Promise.resolve({ value: undefined, done: undefined })])) as {
      value?: WatchNotice;
      done?: boolean;
    };
    if (done === true) seen.push('end');
    else if (value === undefined) seen.push('nothing');
    else seen.push(`${value.type} ${value.object?.parsed().metadata.name ?? ''}@${value.revision}`);
    if (done === true || value === undefined) break;
  }
  return seen;
}

test('list() selects by label and field', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a', labels: { app: 'x' } }, spec: { color: 'red' } });
  await world.create({ metadata: { name: 'b', labels: { app: 'y' } }, spec: { color: 'blue' } });
  await world.create({ metadata: { name: 'c' } });
  const cases: readonly [ListQuery, readonly string[]][] = [
    [{}, ['a', 'b', 'c']],
    [{ labelSelector: 'app=x' }, ['a']],
    [{ labelSelector: 'app' }, ['a', 'b']],
    [{ labelSelector: '!app' }, ['c']],
    [{ fieldSelector: 'metadata.name=b' }, ['b']],
    [{ fieldSelector: 'metadata.name!=b' }, ['a', 'c']],
    [{ fieldSelector: 'spec.color=red' }, ['a']],
    [{ fieldSelector: 'spec.color!=red' }, ['b', 'c']],
    [{ fieldSelector: 'spec.color=' }, ['c']],
    [{ labelSelector: 'app in (x,y)', fieldSelector: 'spec.color=blue' }, ['b']],
  ];
  for (const [query, want] of cases) assert.deepEqual(await names(world, query), want, JSON.stringify(query));
  await assert.rejects(names(world, { fieldSelector: 'spec.size=1' }), (error) => isApiError(error, 'BadRequest'));
  await assert.rejects(names(world, { labelSelector: 'a b' }), (error) => isApiError(error, 'BadRequest'));
});

test('list() pages are all of one revision, whatever happens in between', async () => {
  const world = await openWorld();
  for (let index = 0; index < 10; index++) await world.create({ metadata: { name: `w${index}` } });
  const { resources } = world.registry;
  const first = await resources.list(world.context(), world.at(''), { limit: 3 });
  assert.equal(first.remainingItemCount, 7);
  await world.delete('w1');
  await world.delete('w5');
  await world.create({ metadata: { name: 'w55' } });
  await world.merge('w7', { spec: { size: 5 } });
  const seen = first.items.map((item) => item.parsed().metadata.name);
  let { continueToken } = first;
  while (continueToken !== undefined) {
    const page = await resources.list(world.context(), world.at(''), { limit: 3, continueToken });
    assert.equal(page.revision, first.revision);
    for (const item of page.items) {
      seen.push(item.parsed().metadata.name);
      assert.ok(item.revision <= first.revision);
    }
    continueToken = page.continueToken;
  }
  assert.deepEqual(seen, ['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8', 'w9']);
  const { revision } = first;
  assert.deepEqual(
    await names(world, { resourceVersion: String(revision), resourceVersionMatch: 'Exact', labelSelector: '' }),
    seen,
  );
});

test('reads of the future wait, then give up', async () => {
  const world = await openWorld();
  const read = assert.rejects(
    world.registry.resources.list(world.context(), world.at(''), { resourceVersion: '50' }),
    (error) => isApiError(error, 'Timeout') && error.details.causes?.[0]?.reason === 'ResourceVersionTooLarge',
  );
  await world.clock.advance(3_000);
  await read;
  const arrives = world.registry.resources.list(world.context(), world.at(''), { resourceVersion: '2' });
  await world.create({ metadata: { name: 'a' } });
  assert.equal((await arrives).items.length, 1);
});

test('watch() tells what happened since a revision, then what happens', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' } });
  const watch = await world.watch({ resourceVersion: '2' });
  await world.create({ metadata: { name: 'b' } });
  await world.merge('a', { spec: { size: 1 } });
  await world.delete('b');
  assert.deepEqual(await take(world, watch, 4), ['ADDED b@3', 'MODIFIED a@4', 'DELETED b@5', 'nothing']);
  const late = await world.watch({ resourceVersion: '2' });
  assert.deepEqual(await take(world, late, 3), ['ADDED b@3', 'MODIFIED a@4', 'DELETED b@5']);
  const fresh = await world.watch({ allowBookmarks: true, sendInitialEvents: true });
  assert.deepEqual(await take(world, fresh, 3), ['ADDED a@4', 'BOOKMARK @5', 'nothing']);
});

test('watch() turns selector transitions into ADDED and DELETED', async () => {
  const world = await openWorld();
  const byLabel = await world.watch({ resourceVersion: '1', labelSelector: 'app=x' });
  const byField = await world.watch({ resourceVersion: '1', fieldSelector: 'spec.color=red' });
  const byName = await world.watch({ resourceVersion: '1', fieldSelector: 'metadata.name=a' });
  await world.create({ metadata: { name: 'a' }, spec: { color: 'blue' } });
  await world.merge('a', { metadata: { labels: { app: 'x' } }, spec: { color: 'red' } });
  await world.merge('a', { spec: { size: 1 } });
  await world.merge('a', { metadata: { labels: null }, spec: { color: null } });
  await world.create({ metadata: { name: 'b' } });
  const transitions = ['ADDED a@3', 'MODIFIED a@4', 'DELETED a@5', 'nothing'];
  assert.deepEqual(await take(world, byLabel, 9), transitions);
  assert.deepEqual(await take(world, byField, 9), transitions);
  assert.deepEqual(await take(world, byName, 9), [
    'ADDED a@2',
    'MODIFIED a@3',
    'MODIFIED a@4',
    'MODIFIED a@5',
    'nothing',
  ]);
});

test('an object that leaves a selector is shown as it was, at the revision of the change', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a', labels: { app: 'x' } } });
  const watch = await world.watch({ resourceVersion: '2', labelSelector: 'app=x' });
  await world.merge('a', { metadata: { labels: { app: 'y' } } });
  const { value } = await watch.next();
  const { metadata } = JSON.parse(Buffer.from(value.object.bytes).toString()) as { metadata: object };
  assert.deepEqual(
    { ...metadata, uid: 0, managedFields: 0 },
    {
      name: 'a',
      namespace: 'default',
      uid: 0,
      resourceVersion: '3',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'x' },
      managedFields: 0,
    },
  );
});

test('watches share one notice per event', async () => {
  const world = await openWorld();
  const [one, two] = [await world.watch({ resourceVersion: '1' }), await world.watch({ resourceVersion: '1' })];
  await world.create({ metadata: { name: 'a' } });
  assert.equal((await one.next()).value, (await two.next()).value);
});

test('a watch ends at its timeout with a bookmark, and when its signal aborts', async () => {
  const world = await openWorld();
  const timed = await world.watch({ resourceVersion: '1', allowBookmarks: true, timeoutMs: 5_000 });
  await world.clock.advance(5_000);
  assert.deepEqual(await take(world, timed, 3), ['BOOKMARK @1', 'end']);
  const controller = new AbortController();
  const aborted = await world.watch({ resourceVersion: '1' }, controller.signal);
  const next = aborted.next();
  controller.abort();
  assert.equal((await next).done, true);
  assert.equal(world.registry.core.cache.resource('widgets.test.planform.dev').watcherCount, 0);
});

test('idle watches get bookmarks', async () => {
  const world = await openWorld();
  const watch = await world.watch({ resourceVersion: '1', allowBookmarks: true, fieldSelector: 'metadata.name=z' });
  await world.create({ metadata: { name: 'a' } });
  await world.clock.advance(60_000);
  assert.deepEqual(await take(world, watch, 2), ['BOOKMARK @2', 'nothing']);
});

test('a watcher that is too slow is closed and can go on where it was', async () => {
  const world = await openWorld();
  const slow = await world.watch({ resourceVersion: '1' });
  for (let index = 0; index <= watchBufferMax; index++) await world.create({ metadata: { name: `w${index}` } });
  let last = 1;
  for (let next = await slow.next(); next.done !== true; next = await slow.next()) last = next.value.revision;
  assert.equal(last, 1 + watchBufferMax);
  const resumed = await world.watch({ resourceVersion: String(last) });
  assert.deepEqual(await take(world, resumed, 2), [`ADDED w${watchBufferMax}@${last + 1}`, 'nothing']);
});

test('watches and old lists go on after a restart', async () => {
  const world = await openWorld();
  for (const name of ['a', 'b']) await world.create({ metadata: { name, labels: { app: 'x' } } });
  await world.merge('a', { metadata: { labels: null } });
  await world.delete('b');
  await world.registry.close();
  const again = await openWorld({ disk: world.disk });
  assert.equal(again.registry.head, world.registry.head);
  const watch = await again.watch({ resourceVersion: '2', labelSelector: 'app=x' });
  assert.deepEqual(await take(again, watch, 9), ['ADDED b@3', 'DELETED a@4', 'DELETED b@5', 'nothing']);
  assert.deepEqual(await names(again, { resourceVersion: '3', resourceVersionMatch: 'Exact' }), ['a', 'b']);
  await again.create({ metadata: { name: 'c' } });
  assert.deepEqual(await take(again, watch, 1), ['nothing']);
});

test('what lies before the window is expired, and says how to go on', async () => {
  const world = await openWorld();
  for (const name of ['a', 'b', 'c']) await world.create({ metadata: { name } });
  const { continueToken } = await world.registry.resources.list(world.context(), world.at(''), { limit: 1 });
  await world.delete('b');
  await world.registry.core.store.compact(
    { watchFloor: world.registry.head, historyBeforeMs: 0, historyPerObjectMax: 1, bytesMax: Infinity, rowsMax: 1_000 },
    world.signal,
  );
  await world.registry.close();
  const again = await openWorld({ disk: world.disk });
  await assert.rejects(
    again.watch({ resourceVersion: '2' }),
    (error) => isApiError(error, 'Expired') && /too old resource version: 2 \(\d+\)/.test(error.message),
  );
  assert.ok(continueToken !== undefined);
  const token = await names(again, { limit: 1, continueToken }).then(
    () => assert.fail('the list should have expired'),
    (error: unknown) => (isApiError(error, 'Expired') ? error.details.continueToken : assert.fail(String(error))),
  );
  assert.ok(token !== undefined);
  assert.deepEqual(await names(again, { continueToken: token }), ['c']);
});
