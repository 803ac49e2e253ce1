import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuotaLedger } from '../admission/quota/ledger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { namespaceKind } from '../kinds/namespace/type.ts';
import { resourceQuotaKind } from '../kinds/resourcequota/type.ts';
import { ApiError, isApiError } from '../meta/errors.ts';
import type { AdmissionPlugin } from '../ports/admission.ts';
import { RefusedItem } from '../ports/refused-item.ts';
import type { TransactionItem, TransactionOptions } from '../ports/resources.ts';
import { commitBytesMax } from '../ports/store.ts';
import { body, openWorld, widget, type World } from './testing/world.ts';

const run = (world: World, items: readonly TransactionItem[], options: TransactionOptions = {}) =>
  world.registry.resources.transact(world.context(), items, options);

const create = (world: World, name: string, spec: object = {}): TransactionItem => ({
  verb: 'create',
  target: world.at(''),
  body: body({ metadata: { name }, spec }),
  options: {},
});

const drop = (world: World, name: string): TransactionItem => ({ verb: 'delete', target: world.at(name), options: {} });

async function namesOf(world: World): Promise<readonly string[]> {
  const { items } = await world.registry.resources.list(world.context(), world.at(''), {});
  return items.map((item) => item.parsed().metadata.name);
}

test('transact() writes everything at consecutive revisions, which watchers get together', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'old' }, spec: { size: 1 } });
  await world.create({ metadata: { name: 'gone' } });
  const before = world.registry.head;
  const events = await world.watch({ resourceVersion: String(before) });
  const { results, revisions } = await run(world, [
    create(world, 'a', { size: 1 }),
    { verb: 'patch', target: world.at('old'), patch: { type: 'merge', body: { spec: { size: 2 } } }, options: {} },
    drop(world, 'gone'),
    {
      verb: 'apply',
      target: world.at('b'),
      body: body({ metadata: { name: 'b' }, spec: { size: 3 } }),
      options: { fieldManager: 'me' },
    },
  ]);
  assert.deepEqual(revisions, { first: before + 1, last: before + 4 });
  assert.deepEqual(
    results.map(({ object, revision, created, deleted }) => [
      object.parsed().metadata.name,
      revision ?? object.revision,
      created,
      deleted,
    ]),
    [
      ['a', before + 1, true, undefined],
      ['old', before + 2, false, undefined],
      ['gone', before + 3, false, true],
      ['b', before + 4, true, undefined],
    ],
  );
  const seen: unknown[] = [];
  for (let count = 0; count < 4; count++) {
    const { value } = await events.next();
    seen.push([value?.type, value?.revision]);
  }
  assert.deepEqual(seen, [
    ['ADDED', before + 1],
    ['MODIFIED', before + 2],
    ['DELETED', before + 3],
    ['ADDED', before + 4],
  ]);
  const log = world.disk.log.filter(({ revision }) => revision > before);
  assert.ok(
    log.every(({ revision }) => world.disk.commitEnd(revision) === before + 4),
    'one commit',
  );
});

test('transact() refuses everything for one item, and says which and why', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'old' }, spec: { size: 1 } });
  const before = world.registry.head;
  const invalid = create(world, 'b', { size: -1 });
  await assert.rejects(run(world, [create(world, 'a'), invalid]), (error) => {
    assert.ok(error instanceof RefusedItem && error.reason === 'Invalid' && error.index === 1);
    assert.match(
      error.message,
      /^transaction refused at item 1 \(create widgets\.test\.planform\.dev in namespace "default"\): /,
    );
    const [item, cause] = error.details.causes ?? [];
    assert.deepEqual([item?.reason, item?.field], ['Invalid', 'spec.items[1]']);
    assert.equal(cause?.field, 'spec.items[1].object.spec.size');
    return true;
  });
  const stale: TransactionItem = {
    verb: 'patch',
    target: world.at('old'),
    patch: { type: 'merge', body: { spec: { size: 5 } } },
    options: {},
    preconditions: { resourceVersion: '1' },
  };
  await assert.rejects(run(world, [create(world, 'a'), stale]), (error) => isApiError(error, 'Conflict'));
  const absent: TransactionItem = {
    verb: 'apply',
    target: world.at('new'),
    body: body({ metadata: { name: 'new' } }),
    options: { fieldManager: 'me' },
    preconditions: { uid: 'u' },
  };
  await assert.rejects(run(world, [absent]), (error) => isApiError(error, 'Conflict'));
  await assert.rejects(run(world, [create(world, 'a'), create(world, 'a')]), /item 1 .*same object as item 0/);
  await assert.rejects(run(world, [drop(world, 'a')]), (error) => isApiError(error, 'NotFound'));
  assert.equal(world.registry.head, before, 'nothing was written');
  assert.deepEqual(await namesOf(world), ['old']);
});

test('transact() keeps to the limits of a commit', async () => {
  const world = await openWorld();
  const many = Array.from({ length: 101 }, (_, index) => create(world, `w${index}`));
  await assert.rejects(run(world, many), (error) => {
    assert.ok(isApiError(error, 'RequestEntityTooLarge'));
    assert.match(error.message, /Cannot write 101 objects in one transaction: limit is 100/);
    return true;
  });
  const color = 'x'.repeat(commitBytesMax / 2);
  const large = [create(world, 'a', { color }), create(world, 'b', { color })];
  await assert.rejects(run(world, large), (error) => isApiError(error, 'RequestEntityTooLarge'));
  const before = world.registry.head;
  const { revisions } = await run(world, many.slice(0, 100));
  assert.deepEqual(revisions, { first: before + 1, last: before + 100 });
});

test('transact() admits each write with those before it in view, and a dry run leaves no trace', async () => {
  const world = await openWorld();
  const namespace: TransactionItem = {
    verb: 'create',
    target: { ...world.at('', '', namespaceKind), namespace: '' },
    body: body({ metadata: { name: 'shop' } }),
    options: {},
  };
  const inside: TransactionItem = { ...create(world, 'a'), target: { ...world.at(''), namespace: 'shop' } };
  const before = world.registry.head;
  const rehearsed = await run(world, [namespace, inside], { dryRun: true });
  assert.equal(rehearsed.revisions, undefined);
  assert.equal(rehearsed.results[1]?.object.parsed().metadata.namespace, 'shop');
  assert.equal(world.registry.head, before);
  await assert.rejects(run(world, [inside]), (error) => isApiError(error, 'NotFound'), 'the view fell back');
  await run(world, [namespace, inside]);
  assert.equal(world.registry.head, before + 2);
});

test('transact() with nothing to change costs no revision', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  const before = world.registry.head;
  const same: TransactionItem = {
    verb: 'patch',
    target: world.at('a'),
    patch: { type: 'merge', body: { spec: { size: 1 } } },
    options: {},
  };
  const { results, revisions } = await run(world, [same]);
  assert.deepEqual([results[0]?.unchanged, revisions, world.registry.head], [true, undefined, before]);
});

test('transact() never gets past a quota that its writes exceed together', async () => {
  const ledger = new QuotaLedger({ kinds: () => [widget, resourceQuotaKind], clock: new VirtualClock() });
  const world = await openWorld({ plugins: [ledger], kinds: [resourceQuotaKind] });
  const { commits } = world.registry.core;
  ledger.start(commits.view);
  commits.follow(ledger);
  const spec = { hard: { 'count/widgets.test.planform.dev': '3' } };
  await world.create({ metadata: { name: 'three' }, spec }, {}, resourceQuotaKind);
  await run(world, [create(world, 'a')]);
  const three = ['b', 'c', 'd'].map((name) => create(world, name));
  const used = () => ledger.used('default', 'three')?.['count/widgets.test.planform.dev'];
  await assert.rejects(run(world, three), (error) => {
    assert.ok(error instanceof RefusedItem && error.reason === 'Forbidden' && error.index === 2);
    return true;
  });
  assert.equal(used(), '1', 'what was charged before the refusal is given back');
  // One goes: the three fit, because each is counted with those before it.
  await run(world, [drop(world, 'a'), ...three]);
  assert.equal(used(), '3');
  await run(world, [drop(world, 'b')], { dryRun: true });
  assert.equal(used(), '3');
});

test('transact() is worked out again when an object changes under it', async () => {
  let meddle: (() => Promise<unknown>) | undefined;
  const meddler: AdmissionPlugin = {
    name: 'meddler',
    handles: ({ name }) => name === 'last',
    async validate() {
      const once = meddle;
      meddle = undefined;
      await once?.();
    },
  };
  const world = await openWorld({ plugins: [meddler] });
  await world.create({ metadata: { name: 'a' }, spec: { size: 1 } });
  meddle = () => world.merge('a', { spec: { color: 'red' } });
  const patch = { type: 'merge', body: { spec: { size: 2 } } } as const;
  await run(world, [{ verb: 'patch', target: world.at('a'), patch, options: {} }, create(world, 'last')]);
  const { spec } = await world.get('a');
  assert.deepEqual([spec?.size, spec?.color], [2, 'red']);
});

test('transact() brings back what is gone, with owners by their new uids', async () => {
  const world = await openWorld();
  const owner = await world.create({ metadata: { name: 'owner', labels: { a: 'b' } }, spec: { size: 1 } });
  const { uid } = owner.object.parsed().metadata;
  const ownerReferences = [{ apiVersion: 'test.planform.dev/v1', kind: 'Widget', name: 'owner', uid }];
  await world.create({ metadata: { name: 'child', ownerReferences }, spec: { size: 2 } });
  const revision = world.registry.head;
  await world.delete('owner');
  await world.delete('child');
  const restore = (name: string, uidSeed?: string): TransactionItem => ({
    verb: 'restore',
    target: world.at(name),
    revision,
    options: {},
    ...(uidSeed === undefined ? {} : { uidSeed }),
  });
  await assert.rejects(run(world, [restore('child')]), /its owner Widget "owner" .* no longer exists/);
  await run(world, [restore('child'), restore('owner')]);
  const [restored, child] = [await world.get('owner'), await world.get('child')];
  assert.notEqual(restored.metadata.uid, uid);
  assert.deepEqual([restored.spec, restored.metadata.labels], [{ size: 1, replicas: 1 }, { a: 'b' }]);
  assert.equal(child.metadata.ownerReferences?.[0]?.uid, restored.metadata.uid);
});

test('transact() with a seed brings owners and dependents back in separate commits', async () => {
  const world = await openWorld();
  const owner = await world.create({ metadata: { name: 'owner' } });
  const { uid } = owner.object.parsed().metadata;
  const ownerReferences = [{ apiVersion: 'test.planform.dev/v1', kind: 'Widget', name: 'owner', uid }];
  await world.create({ metadata: { name: 'child', ownerReferences } });
  const revision = world.registry.head;
  await world.delete('owner');
  await world.delete('child');
  const seeded = { revision, uidSeed: 'operation', options: {} } as const;
  await run(world, [{ verb: 'restore', target: world.at('owner'), ...seeded }]);
  await run(world, [{ verb: 'restore', target: world.at('child'), ...seeded }]);
  const again = await run(world, [{ verb: 'restore', target: world.at('owner'), ...seeded }]);
  assert.equal(again.results[0]?.unchanged, true, 'an operation can go on after a crash');
  const restored = await world.get('owner');
  assert.match(restored.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal((await world.get('child')).metadata.ownerReferences?.[0]?.uid, restored.metadata.uid);
});

test('transact() takes an object that is there back to a past state, and leaves its status alone', async () => {
  const world = await openWorld();
  await world.create({ metadata: { name: 'a', labels: { v: '1' }, annotations: { x: 'y' } }, spec: { size: 1 } });
  const revision = world.registry.head;
  await world.merge('a', {
    metadata: { labels: { v: '2', w: '2' }, annotations: null },
    spec: { size: 2, color: 'red' },
  });
  await world.merge('a', { status: { phase: 'Running' } }, 'status');
  const { metadata } = await world.get('a');
  const back: TransactionItem = {
    verb: 'restore',
    target: world.at('a'),
    revision,
    options: {},
    preconditions: { resourceVersion: metadata.resourceVersion },
  };
  await run(world, [back]);
  const { spec, status, metadata: now } = await world.get('a');
  assert.deepEqual([spec, status], [{ size: 1, replicas: 1 }, { phase: 'Running' }]);
  assert.deepEqual([now.labels, now.annotations, now.uid], [{ v: '1' }, { x: 'y' }, metadata.uid]);
  await assert.rejects(run(world, [back]), (error) => isApiError(error, 'Conflict'));
  const early: TransactionItem = { verb: 'restore', target: world.at('a'), revision: 1, options: {} };
  await assert.rejects(
    run(world, [early]),
    (error) => error instanceof ApiError && /it was created at/.test(error.message),
  );
  await assert.rejects(
    run(world, [{ ...early, revision: 1_000_000 }]),
    (error) => error instanceof ApiError && /still to come, the newest is \d+/.test(error.message),
  );
});
