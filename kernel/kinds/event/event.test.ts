import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ApiError } from '../../meta/errors.ts';
import type { JsonObject, KubeObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { body, openWorld, type World } from '../../registry/testing/world.ts';
import { tableLayout } from '../../server/table.ts';
import { convertEvent } from './convert.ts';
import { eventsEventKind } from './events-group.ts';
import { eventKind } from './type.ts';

const open = () => openWorld({ kinds: [eventsEventKind] });

const at = (kind: KindDefinition, name = '') =>
  ({ definition: kind, version: 'v1', namespace: 'default', name, subresource: '' }) as const;

const series = { count: 3, lastObservedTime: '2026-01-01T00:00:00.000000Z' };
const started = {
  metadata: { name: 'web.started' },
  eventTime: '2026-01-01T00:00:00.000000Z',
  type: 'Normal',
  action: 'Starting',
  reason: 'Started',
  note: 'The web server started',
  reportingController: 'example.com/starter',
  reportingInstance: 'starter-1',
  regarding: { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'default', uid: 'u1', fieldPath: 'spec' },
};

async function create(world: World, kind: KindDefinition, event: object): Promise<KubeObject & JsonObject> {
  const { object } = await world.registry.resources.create(world.context(), at(kind), body(event), {});
  return object.parsed() as KubeObject & JsonObject;
}

async function read(world: World, kind: KindDefinition, name: string): Promise<KubeObject & JsonObject> {
  const object = await world.registry.resources.get(world.context(), at(kind, name), {});
  return object.parsed() as KubeObject & JsonObject;
}

// research/kernel.md §2.6: Events core/v1 + events.k8s.io/v1 sharing storage.
test('an event made in one group is there in the other, in its form', async () => {
  const world = await open();
  const made = await create(world, eventsEventKind, started);
  assert.deepEqual([made.apiVersion, made['note']], ['events.k8s.io/v1', 'The web server started']);
  const core = await read(world, eventKind, 'web.started');
  assert.equal(core.apiVersion, 'v1');
  assert.deepEqual(core['involvedObject'], started.regarding);
  assert.deepEqual(
    [core['message'], core['reportingComponent'], core['note']],
    ['The web server started', 'example.com/starter', undefined],
  );
  assert.equal(core.metadata.uid, made.metadata.uid);

  const involvedObject = { kind: 'Node', name: 'n', namespace: '' };
  const old = {
    involvedObject,
    message: 'old',
    source: { component: 'c' },
    count: 2,
    lastTimestamp: '2026-01-01T00:00:00Z',
  };
  await create(world, eventKind, { metadata: { name: 'old' }, ...old });
  const shown = await read(world, eventsEventKind, 'old');
  assert.deepEqual(
    [shown['note'], shown['deprecatedSource'], shown['deprecatedCount'], shown['deprecatedLastTimestamp']],
    ['old', { component: 'c' }, 2, '2026-01-01T00:00:00Z'],
  );
  await world.registry.resources.delete(world.context(), at(eventsEventKind, 'old'), {});
  await assert.rejects(read(world, eventKind, 'old'), /^NotFoundError: events "old" not found$/);
  await assert.rejects(read(world, eventsEventKind, 'old'), /^NotFoundError: events\.events\.k8s\.io "old" not found$/);
});

test('both groups select by the same fields under their own names', async () => {
  const world = await open();
  await create(world, eventsEventKind, started);
  await create(world, eventsEventKind, {
    ...started,
    metadata: { name: 'other' },
    regarding: { kind: 'Pod', name: 'db' },
  });
  const names = async (kind: KindDefinition, fieldSelector: string) =>
    (await world.registry.resources.list(world.context(), at(kind), { fieldSelector })).items.map(
      (item) => item.parsed().metadata.name,
    );
  assert.deepEqual(await names(eventKind, 'involvedObject.name=web,involvedObject.kind=Pod'), ['web.started']);
  assert.deepEqual(await names(eventsEventKind, 'regarding.name=web,regarding.kind=Pod'), ['web.started']);
  assert.deepEqual(await names(eventsEventKind, 'reportingController=example.com/starter'), ['other', 'web.started']);
  await assert.rejects(names(eventsEventKind, 'involvedObject.name=web'), /field label not supported/);
});

test('a watch of one group tells of events of the other', async () => {
  const world = await open();
  const query = { allowBookmarks: false, sendInitialEvents: false, timeoutMs: 60_000, resourceVersion: '1' };
  const feed = await world.registry.resources.watch(world.context(), at(eventKind), query);
  const shown = await world.registry.resources.watch(world.context(), at(eventsEventKind), query);
  await create(world, eventsEventKind, started);
  assert.equal(feed.take()?.object?.parsed().apiVersion, 'v1');
  assert.equal(shown.take()?.object?.parsed().apiVersion, 'events.k8s.io/v1');
});

// Kubernetes: pkg/apis/core/validation/events.go, ValidateEventCreate and ValidateEventUpdate for events.k8s.io/v1.
test('new events say who reports what; later only their series changes', async () => {
  const world = await open();
  const cases: readonly [object, readonly string[]][] = [
    [{ eventTime: undefined }, ['eventTime']],
    [{ reportingController: '' }, ['reportingController', 'reportingController', 'reportingController']],
    [{ reportingInstance: '', action: '' }, ['reportingInstance', 'action']],
    [{ reason: 'x'.repeat(129) }, ['reason']],
    [{ note: 'x'.repeat(1025) }, ['message']],
    [{ type: 'Odd' }, ['type']],
    [{ series: { ...series, count: 1 } }, ['series.count']],
    [{ deprecatedCount: 1, deprecatedSource: { component: 'c' } }, ['count', 'source']],
    [{ regarding: { kind: 'Pod', namespace: 'other' } }, []],
  ];
  for (const [index, [change, fields]] of cases.entries()) {
    const event = { ...started, metadata: { name: `case-${index}` }, ...change };
    assert.deepEqual(await refusedFields(create(world, eventsEventKind, event)), fields, JSON.stringify(change));
  }
  await create(world, eventsEventKind, started);
  const patch = (change: object) =>
    world.registry.resources.patch(
      world.context(),
      at(eventsEventKind, 'web.started'),
      { type: 'merge', body: change },
      {},
    );
  assert.deepEqual(await refusedFields(patch({ note: 'another', type: 'Warning' })), ['message', 'type']);
  assert.deepEqual(await refusedFields(patch({ series })), []);
});

async function refusedFields(write: Promise<unknown>): Promise<readonly (string | undefined)[]> {
  try {
    await write;
    return [];
  } catch (error) {
    assert.ok(error instanceof ApiError && error.reason === 'Invalid', String(error));
    return (error.details.causes ?? []).map(({ field }) => field);
  }
}

test('both groups are printed alike', async () => {
  const world = await open();
  const shown = await create(world, eventsEventKind, started);
  const core = await read(world, eventKind, 'web.started');
  const nowMs = Date.parse('2026-01-01T00:00:05Z');
  const [one, two] = [tableLayout(eventKind, 'v1'), tableLayout(eventsEventKind, 'v1')];
  assert.deepEqual(one.columns, two.columns);
  assert.deepEqual(one.cellsOf(core, nowMs), two.cellsOf(shown, nowMs));
  assert.deepEqual(two.cellsOf(shown, nowMs).slice(0, 5), ['5s', 'Normal', 'Started', 'pod/web', 'spec']);
});

test('convertEvent() there and back changes nothing', () => {
  const field = fc.constantFrom('message', 'source', 'count', 'type', 'reason', 'series', 'related', 'involvedObject');
  const event = fc.dictionary(field, fc.oneof(fc.string(), fc.integer(), fc.constant({ component: 'c' })));
  fc.assert(
    fc.property(event, (fields) => {
      const core = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'a' }, ...fields };
      assert.deepEqual(convertEvent(convertEvent(core, 'events.k8s.io/v1'), 'v1'), core);
    }),
  );
});
