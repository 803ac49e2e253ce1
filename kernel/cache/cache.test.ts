import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { KubeObject } from '../meta/object.ts';
import type { CachedObject } from './cached-object.ts';
import { encodeObject, replaceRevision, withRevision } from './encoding.ts';
import { ObjectCache } from './object-cache.ts';

const never = new AbortController().signal;

function openCache(eventsMax = 100): ObjectCache {
  const bounds = { eventsMax, bytesMax: 1_000_000 };
  return new ObjectCache({ clock: new VirtualClock(), head: 0, eventFloor: 0, bounds });
}

function put(cache: ObjectCache, revision: number, namespace: string, name: string): CachedObject {
  const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace, uid: name }, data: { a: 'b' } };
  const value = withRevision(object, revision);
  const entry = cache.entry(encodeObject(value), value, undefined);
  cache.publish([{ resource: 'things', object: entry, isDeletion: false }], revision);
  return entry;
}

test('replaceRevision() changes the resourceVersion of the object and nothing that looks like it', () => {
  const object = {
    kind: 'Thing',
    apiVersion: 'v1',
    spec: { resourceVersion: '7', text: '"resourceVersion":"7"' },
    metadata: { annotations: { resourceVersion: '7' }, name: 'a', uid: 'u' },
  };
  const before = encodeObject(withRevision(object, 7));
  const after = JSON.parse(replaceRevision(before, 7, 1234).toString()) as KubeObject;
  assert.deepEqual(after, { ...object, metadata: { ...object.metadata, resourceVersion: '1234' } });
});

test('pages stay inside their namespace and say where to go on', () => {
  const cache = openCache();
  const names = ['a', 'a-b', 'a0', 'b'].flatMap((namespace) =>
    ['x', 'y', 'z'].map((name) => [namespace, name] as const),
  );
  names.forEach(([namespace, name], index) => put(cache, index + 1, namespace, name));
  const things = cache.resource('things');
  const seen: string[] = [];
  let start = '';
  for (;;) {
    const page = things.page({ selection: { namespace: 'a' }, start, limit: 2, revision: cache.head });
    seen.push(...page.items.map(({ row }) => `${row.namespace}/${row.name}`));
    if (page.next === undefined) break;
    assert.equal(page.remaining, 1);
    start = page.next;
  }
  assert.deepEqual(seen, ['a/x', 'a/y', 'a/z']);
});

test('old events make room for new ones, and the floor says so', () => {
  const cache = openCache(3);
  const things = cache.resource('things');
  for (let revision = 1; revision <= 5; revision++) put(cache, revision, 'default', `n${revision}`);
  assert.equal(things.eventFloor, 2);
  const { items } = things.page({ selection: { namespace: '' }, start: '', limit: Infinity, revision: 2 });
  assert.deepEqual(
    items.map(({ row }) => row.name),
    ['n1', 'n2'],
  );
});

test('parsed objects are shared and frozen', () => {
  const cache = openCache();
  const entry = put(cache, 1, 'default', 'a');
  assert.equal(entry.parsed(), entry.parsed());
  const { data } = entry.parsed() as KubeObject & { readonly data?: object };
  assert.ok(data !== undefined && Object.isFrozen(data));
});

test('waitFor() ends with the revision, the timeout or the signal', async () => {
  const clock = new VirtualClock();
  const cache = new ObjectCache({ clock, head: 0, eventFloor: 0 });
  const arrives = cache.waitFor(1, 1_000, never);
  put(cache, 1, 'default', 'a');
  assert.equal(await arrives, true);
  const late = cache.waitFor(2, 1_000, never);
  await clock.advance(1_000);
  assert.equal(await late, false);
  const controller = new AbortController();
  const aborted = cache.waitFor(2, 1_000, controller.signal);
  controller.abort(new Error('gone'));
  await assert.rejects(aborted, /gone/);
});
