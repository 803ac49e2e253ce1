import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Commit, CompactionBounds, Store, StoreErrorCode, StoreRow } from './store.ts';
import { revisionsSkippedByRestore } from './store.ts';

/** One empty place to keep a store, made for one test. */
export interface StoreHarness {
  /** Opens the store; again after `close`, with what was written. */
  open(): Promise<Store>;
  /** A path for `backup`. */
  readonly backupPath: string;
  /** Opens what `backup` wrote there. */
  openBackup(): Promise<Store>;
  /** Makes what `backup` wrote there the store to go on with, under that epoch, and opens it. */
  openRestored(epoch: string): Promise<Store>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Fields of a row a test cares about. */
type RowPart = Partial<StoreRow> & { readonly revision: number };

const signal = new AbortController().signal;
const everything: CompactionBounds = {
  watchFloor: 0,
  historyBeforeMs: 0,
  historyPerObjectMax: 100,
  bytesMax: Infinity,
  rowsMax: 10_000,
};

/** A row for tests; `create` of "default/one" in "things.test" unless told otherwise. */
export function testRow(part: RowPart): StoreRow {
  return {
    resource: 'things.test',
    namespace: 'default',
    name: 'one',
    operation: 'create',
    bytes: Buffer.from(`{"revision":${part.revision}}`),
    actor: 'tester',
    reason: '',
    requestId: 'request',
    atMs: 1_000 + part.revision,
    keep: false,
    ...part,
  };
}

/** Registers the tests every `Store` passes. `open` gives each test its own place. */
export function storeConformance(name: string, open: () => Promise<StoreHarness>): void {
  const storeTest = (title: string, body: (store: Store, harness: StoreHarness) => Promise<void>) => {
    void test(title, async () => {
      await using harness = await open();
      const store = await harness.open();
      try {
        await body(store, harness);
      } finally {
        await store.close();
      }
    });
  };

  suite(`${name} store`, () => {
    writeTests(storeTest);
    readTests(storeTest);
    compactionTests(storeTest);
    lifeTests(storeTest);
    restoreTests(storeTest);
    replacementTests(storeTest);
    recordTests(storeTest);
  });
}

type StoreTest = (title: string, body: (store: Store, harness: StoreHarness) => Promise<void>) => void;

function writeTests(storeTest: StoreTest): void {
  storeTest('append() keeps every field of a row', async (store) => {
    const row = testRow({
      revision: 7,
      namespace: '',
      name: 'ünï',
      operation: 'delete',
      bytes: Uint8Array.of(0, 255, 1, 128),
      actor: 'system:serviceaccount:a:b',
      reason: 'because “so”',
      requestId: '',
      atMs: 1_753_000_000_123,
      keep: true,
    });
    await store.append({ expectedHead: 0, rows: [row] });
    assert.deepEqual(await readAll(store), [plain(row)]);
  });

  storeTest('append() takes empty and large values', async (store) => {
    const rows = [
      testRow({ revision: 1, bytes: new Uint8Array() }),
      testRow({ revision: 2, bytes: new Uint8Array(1_400_000).fill(7) }),
    ];
    await store.append({ expectedHead: 0, rows });
    assert.deepEqual(await readAll(store), rows.map(plain));
  });

  storeTest('append() does not see later changes of the caller to its array', async (store) => {
    const rows = [testRow({ revision: 1 })];
    const done = store.append({ expectedHead: 0, rows });
    rows.push(testRow({ revision: 2 }));
    await done;
    assert.deepEqual(await revisionsOf(store), [1]);
  });

  storeTest('append() keeps call order for many commits in flight', async (store) => {
    const answered: number[] = [];
    const appends = Array.from({ length: 300 }, async (_, index) => {
      await store.append(commitOf(index, index + 1));
      answered.push(index + 1);
    });
    await Promise.all(appends);
    const expected = Array.from({ length: 300 }, (_, index) => index + 1);
    assert.deepEqual(answered, expected);
    assert.deepEqual(await revisionsOf(store), expected);
  });

  storeTest('append() lets revisions skip', async (store) => {
    await store.append(commitOf(0, 5, 6));
    await store.append(commitOf(6, 1_000_000_006));
    assert.deepEqual(await revisionsOf(store), [5, 6, 1_000_000_006]);
  });

  storeTest('append() refuses a commit that does not build on the head, and those built on it', async (store) => {
    await store.append(commitOf(0, 1, 2));
    const stale = store.append(commitOf(1, 3));
    const builtOnStale = store.append(commitOf(3, 4));
    const good = store.append(commitOf(2, 5));
    await Promise.all([refused(stale, 'Superseded'), refused(builtOnStale, 'Superseded'), good]);
    assert.deepEqual(await revisionsOf(store), [1, 2, 5]);
  });

  storeTest('append() rejects what breaks the bounds of a commit', async (store) => {
    const broken: Commit[] = [
      { expectedHead: 0, rows: [] },
      commitOf(0, 2, 4),
      commitOf(3, 3),
      commitOf(0, Number.MAX_SAFE_INTEGER + 1),
      { expectedHead: 0, rows: Array.from({ length: 101 }, (_, index) => testRow({ revision: index + 1 })) },
      { expectedHead: 0, rows: [testRow({ revision: 1, bytes: new Uint8Array(1_500_000) })] },
    ];
    for (const commit of broken) await assert.rejects(store.append(commit), { name: 'AssertionFailure' });
    assert.deepEqual(await revisionsOf(store), []);
  });
}

function readTests(storeTest: StoreTest): void {
  storeTest('readLog() pages through everything after a revision', async (store) => {
    await store.append(commitOf(0, 1, 2, 3, 4, 5));
    const first = await store.readLog(1, 2, signal);
    assert.deepEqual([first.rows.map((row) => row.revision), first.next], [[2, 3], 3]);
    const last = await store.readLog(3, 2, signal);
    assert.deepEqual([last.rows.map((row) => row.revision), last.next], [[4, 5], undefined]);
    assert.deepEqual(await store.readLog(5, 2, signal), { rows: [] });
  });

  storeTest('readLog() sees a commit as soon as append() resolved, never half of it', async (store) => {
    for (let index = 0; index < 20; index++) {
      const head = index * 3;
      const [, during] = await Promise.all([
        store.append(commitOf(head, head + 1, head + 2, head + 3)),
        store.readLog(0, 10_000, signal),
      ]);
      assert.equal(during.rows.length % 3, 0);
      assert.equal((await store.readLog(0, 10_000, signal)).rows.length, head + 3);
    }
  });

  storeTest('readCurrent() gives the newest row of every object that is not deleted', async (store) => {
    await store.append({
      expectedHead: 0,
      rows: [
        testRow({ revision: 1, name: 'changed' }),
        testRow({ revision: 2, name: 'deleted' }),
        testRow({ revision: 3, name: 'untouched' }),
        testRow({ revision: 4, name: 'changed', operation: 'update' }),
        testRow({ revision: 5, name: 'deleted', operation: 'delete' }),
        testRow({ revision: 6, name: 'changed', namespace: 'other' }),
        testRow({ revision: 7, name: 'changed', resource: 'others.test' }),
      ],
    });
    const first = await store.readCurrent(0, 2, signal);
    assert.deepEqual([first.rows.map((row) => row.revision), first.next], [[3, 4], 4]);
    const last = await store.readCurrent(4, 2, signal);
    assert.deepEqual([last.rows.map((row) => row.revision), last.next], [[6, 7], undefined]);
  });

  storeTest('readHistory() goes from newest to oldest', async (store) => {
    await store.append(commitOf(0, 1, 2, 3, 4));
    await store.append({ expectedHead: 4, rows: [testRow({ revision: 5, name: 'other' })] });
    const object = { resource: 'things.test', namespace: 'default', name: 'one' };
    const revisions = async (options: { before?: number; rowsMax: number }) =>
      (await store.readHistory(object, options, signal)).map((row) => row.revision);
    assert.deepEqual(await revisions({ rowsMax: 3 }), [4, 3, 2]);
    assert.deepEqual(await revisions({ rowsMax: 3, before: 2 }), [1]);
    assert.deepEqual(await store.readHistory({ ...object, name: 'absent' }, { rowsMax: 3 }, signal), []);
  });

  storeTest('readAsOf() gives the objects of a resource as they were', async (store) => {
    await store.append({
      expectedHead: 0,
      rows: [
        testRow({ revision: 1, namespace: 'b', name: 'x' }),
        testRow({ revision: 2, namespace: 'a', name: 'y' }),
        testRow({ revision: 3, namespace: 'a', name: 'z' }),
        testRow({ revision: 4, namespace: 'a', name: 'y', operation: 'update' }),
        testRow({ revision: 5, namespace: 'a', name: 'z', operation: 'delete' }),
        testRow({ revision: 6, resource: 'others.test' }),
        testRow({ revision: 7, namespace: 'a', name: 'z' }),
      ],
    });
    const asOf = async (revision: number, options: Parameters<Store['readAsOf']>[2]) =>
      (await store.readAsOf('things.test', revision, options, signal)).map((row) => row.revision);
    assert.deepEqual(await asOf(3, { rowsMax: 10 }), [2, 3, 1]);
    assert.deepEqual(await asOf(6, { rowsMax: 10 }), [4, 1]);
    assert.deepEqual(await asOf(7, { rowsMax: 2 }), [4, 7]);
    assert.deepEqual(await asOf(7, { rowsMax: 2, after: { namespace: 'a', name: 'z' } }), [1]);
    assert.deepEqual(await asOf(0, { rowsMax: 10 }), []);
  });

  storeTest('readCommitEnd() names the end of a commit for every revision in it', async (store, harness) => {
    await store.append(commitOf(0, 1, 2, 3));
    await store.append(commitOf(3, 4));
    await store.append(commitOf(4, 10, 11));
    const ends = async (of: Store) => Promise.all([1, 2, 3, 4, 7, 10, 11].map((at) => of.readCommitEnd(at, signal)));
    assert.deepEqual(await ends(store), [3, 3, 3, 4, 7, 11, 11]);
    await store.close();
    const again = await harness.open();
    assert.deepEqual(await ends(again), [3, 3, 3, 4, 7, 11, 11]);
    await again.close();
  });

  storeTest('reads reject with the reason of an aborted signal', async (store) => {
    const aborted = AbortSignal.abort(new Error('enough'));
    await assert.rejects(store.readLog(0, 1, aborted), { message: 'enough' });
    await assert.rejects(store.readCurrent(0, 1, aborted), { message: 'enough' });
    await assert.rejects(store.compact(everything, aborted), { message: 'enough' });
  });
}

function compactionTests(storeTest: StoreTest): void {
  storeTest('compact() removes what was replaced up to the floor', async (store) => {
    await store.append(commitOf(0, 1, 2, 3, 4));
    assert.equal(await store.readFloor(signal), 0);
    assert.equal(await store.compact({ ...everything, watchFloor: 3 }, signal), 2);
    assert.equal(await store.readFloor(signal), 3);
    assert.deepEqual(await revisionsOf(store), [3, 4]);
    assert.equal(await store.compact({ ...everything, watchFloor: 3 }, signal), 0);
  });

  storeTest('readHistoryFloor() says from where on kept rows are whole', async (store) => {
    const floors = async () =>
      Promise.all(
        ['default', 'other', ''].map((namespace) => store.readHistoryFloor('things.test', namespace, signal)),
      );
    const row = (revision: number, operation: StoreRow['operation'], namespace = 'default') =>
      testRow({ revision, operation, namespace, keep: true });
    const rows = [row(1, 'create'), row(2, 'update'), row(3, 'create', 'other'), row(4, 'update'), row(5, 'update')];
    await store.append({ expectedHead: 0, rows });
    assert.deepEqual(await floors(), [0, 0, 0]);
    await store.compact({ ...everything, watchFloor: 5, historyPerObjectMax: 2 }, signal);
    assert.deepEqual(await floors(), [4, 0, 4]);
    const asOf = async (revision: number) =>
      (await store.readAsOf('things.test', revision, { namespace: 'default', rowsMax: 10 }, signal)).map(
        (found) => found.revision,
      );
    assert.deepEqual([await asOf(4), await asOf(5)], [[4], [5]]);
    await store.append({ expectedHead: 5, rows: [row(6, 'delete', 'other')] });
    await store.compact({ ...everything, watchFloor: 6, historyPerObjectMax: 0 }, signal);
    assert.deepEqual(await floors(), [6, 6, 6], 'nobody knows what there was before the deletion');
  });

  storeTest('readRevisionAt() finds the last revision of a time', async (store) => {
    assert.equal(await store.readRevisionAt(5_000, signal), 0);
    await store.append(commitOf(0, 1, 2, 3));
    await store.append(commitOf(3, 10, 11));
    const at = async (...times: readonly number[]) =>
      Promise.all(times.map((atMs) => store.readRevisionAt(atMs, signal)));
    assert.deepEqual(await at(1_000, 1_001, 1_003, 1_009, 1_010, 1_011, 9_999), [0, 1, 3, 3, 10, 11, 11]);
  });

  storeTest('compact() removes deletions, but the head stays', async (store, harness) => {
    await store.append(commitOf(0, 1));
    await store.append({ expectedHead: 1, rows: [testRow({ revision: 2, operation: 'delete' })] });
    assert.equal(await store.compact({ ...everything, watchFloor: 2 }, signal), 2);
    assert.deepEqual(await revisionsOf(store), []);
    await refused(store.append(commitOf(0, 1)), 'Superseded');
    await store.close();
    const again = await harness.open();
    assert.equal(again.recovery.head, 2);
    await again.append(commitOf(2, 3));
    await again.close();
  });

  storeTest('compact() never goes beyond the head', async (store) => {
    await store.append(commitOf(0, 1, 2));
    await store.compact({ ...everything, watchFloor: 1_000 }, signal);
    assert.equal(await store.readFloor(signal), 2);
    assert.deepEqual(await revisionsOf(store), [2]);
  });

  storeTest('compact() holds kept rows by age and number', async (store) => {
    const rows = [1, 2, 3, 4, 5, 6].map((revision) => testRow({ revision, keep: revision !== 5 }));
    await store.append({ expectedHead: 0, rows });
    const bounds = { ...everything, watchFloor: 6 };
    assert.equal(await store.compact(bounds, signal), 1);
    assert.deepEqual(await revisionsOf(store), [1, 2, 3, 4, 6]);
    // The first was the state of the object until the second replaced it.
    assert.equal(await store.compact({ ...bounds, historyBeforeMs: 1_002 }, signal), 0);
    assert.equal(await store.compact({ ...bounds, historyBeforeMs: 1_003 }, signal), 1);
    assert.deepEqual(await revisionsOf(store), [2, 3, 4, 6]);
    assert.equal(await store.compact({ ...bounds, historyPerObjectMax: 2 }, signal), 2);
    assert.deepEqual(await revisionsOf(store), [4, 6]);
  });

  storeTest('compact() never removes the current row, however old', async (store) => {
    await store.append({ expectedHead: 0, rows: [testRow({ revision: 1, keep: true })] });
    await store.append({ expectedHead: 1, rows: [testRow({ revision: 2, name: 'other' })] });
    const bounds = { ...everything, watchFloor: 2, historyBeforeMs: 10_000, historyPerObjectMax: 0 };
    assert.equal(await store.compact(bounds, signal), 0);
    await store.append({ expectedHead: 2, rows: [testRow({ revision: 3, operation: 'update' })] });
    assert.equal(await store.compact({ ...bounds, watchFloor: 3 }, signal), 1);
    assert.deepEqual(await revisionsOf(store), [2, 3]);
  });

  storeTest('compact() keeps what there was at every time of the retention, however old', async (store) => {
    const row = (revision: number, name: string, atMs: number, more: Partial<StoreRow> = {}) =>
      testRow({ revision, name, atMs, keep: true, operation: 'update', ...more });
    const rows = [
      row(1, 'changed', 10, { operation: 'create' }),
      row(2, 'deleted', 20, { operation: 'create' }),
      row(3, 'touched', 30, { operation: 'create' }),
      row(4, 'still', 40, { operation: 'create' }),
      row(5, 'touched', 50, { keep: false }),
      row(6, 'touched', 500, { keep: false }),
      row(7, 'changed', 600),
      row(8, 'deleted', 700, { operation: 'delete' }),
    ];
    await store.append({ expectedHead: 0, rows });
    const before = async (historyBeforeMs: number) => {
      await store.compact({ ...everything, watchFloor: 8, historyBeforeMs }, signal);
      const floor = await store.readHistoryFloor('things.test', 'default', signal);
      const there = async (revision: number) =>
        (await store.readAsOf('things.test', revision, { namespace: 'default', rowsMax: 10 }, signal)).map(
          (found) => `${found.name} ${found.revision}`,
        );
      return { floor, asOf: await there(4) };
    };
    const whole = { floor: 0, asOf: ['changed 1', 'deleted 2', 'still 4', 'touched 3'] };
    assert.deepEqual(await before(100), whole, 'all of them are older than the retention and were there within it');
    assert.deepEqual(await before(600), whole);
    assert.equal((await before(601)).floor, 7, 'what was before it changed is forgotten');
    assert.equal((await before(701)).floor, 8, 'and so is what was before it was deleted');
    assert.deepEqual(await revisionsOf(store), [3, 4, 6, 7]);
  });

  storeTest('compact() removes old kept deletions', async (store) => {
    await store.append({ expectedHead: 0, rows: [testRow({ revision: 1, keep: true })] });
    await store.append({ expectedHead: 1, rows: [testRow({ revision: 2, operation: 'delete', keep: true })] });
    assert.equal(await store.compact({ ...everything, watchFloor: 2 }, signal), 0);
    assert.equal(await store.compact({ ...everything, watchFloor: 2, historyBeforeMs: 5_000 }, signal), 2);
  });

  storeTest('compact() works in batches of at most rowsMax', async (store) => {
    await store.append({ expectedHead: 0, rows: Array.from({ length: 50 }, (_, i) => testRow({ revision: i + 1 })) });
    const bounds = { ...everything, watchFloor: 50, rowsMax: 20 };
    const removed: number[] = [];
    for (let count = -1; count !== 0; removed.push(count)) count = await store.compact(bounds, signal);
    assert.deepEqual(removed, [20, 20, 9, 0]);
    assert.deepEqual(await revisionsOf(store), [50]);
  });

  storeTest(
    'compact() evicts the oldest history beyond the budget, never a current object, and says so',
    async (store) => {
      const bytes = new Uint8Array(20_000);
      const row = (revision: number) => testRow({ revision, name: `${revision % 5}`, keep: true, bytes });
      for (let head = 0; head < 100; head += 10) {
        const rows = Array.from({ length: 10 }, (_, index) => row(head + index + 1));
        await store.append({ expectedHead: head, rows });
      }
      const bounds = { ...everything, watchFloor: 90 };
      assert.equal(await store.compact(bounds, signal), 0);
      assert.equal(await store.readEvicted(signal), 0);
      const removed = await store.compact({ ...bounds, bytesMax: 1_000_000 }, signal);
      assert.ok(removed > 40 && removed < 70, `${removed} rows of 20,000 bytes went`);
      const evicted = await store.readEvicted(signal);
      assert.equal(evicted, removed, 'The oldest went');
      assert.equal((await revisionsOf(store))[0], evicted + 1);
      assert.equal(await store.compact({ ...bounds, bytesMax: 1_000_000 }, signal), 0);
      await store.compact({ ...bounds, bytesMax: 0 }, signal);
      assert.deepEqual((await revisionsOf(store)).slice(0, 3), [86, 87, 88], 'What the floor needs stays');
      assert.equal((await store.readCurrent(0, 100, signal)).rows.length, 5);
    },
  );

  storeTest('compact() keeps as-of reads right from the floor on', async (store) => {
    await store.append(commitOf(0, 1, 2, 3, 4));
    await store.compact({ ...everything, watchFloor: 3 }, signal);
    const asOf = async (revision: number) =>
      (await store.readAsOf('things.test', revision, { rowsMax: 10 }, signal)).map((row) => row.revision);
    assert.deepEqual([await asOf(3), await asOf(4)], [[3], [4]]);
  });
}

function lifeTests(storeTest: StoreTest): void {
  storeTest('a new store is empty and has an epoch', async (store) => {
    assert.equal(store.recovery.head, 0);
    assert.notEqual(store.recovery.epoch, '');
    assert.deepEqual(store.recovery.notes, []);
  });

  storeTest('a reopened store has the same epoch, head and rows', async (store, harness) => {
    await store.append(commitOf(0, 1, 2, 3));
    const before = await readAll(store);
    await store.close();
    const again = await harness.open();
    assert.deepEqual(again.recovery, { epoch: store.recovery.epoch, head: 3, skipped: [], notes: [] });
    assert.deepEqual(await readAll(again), before);
    await again.close();
  });

  storeTest('close() waits for writes in flight, then refuses everything', async (store, harness) => {
    const writes = [store.append(commitOf(0, 1)), store.append(commitOf(1, 2))];
    await store.close();
    await Promise.all(writes);
    await refused(store.append(commitOf(2, 3)), 'Closed');
    await refused(store.readLog(0, 1, signal), 'Closed');
    await store.close();
    const again = await harness.open();
    assert.equal(again.recovery.head, 2);
    await again.close();
  });

  storeTest('backup() copies a consistent state while writes go on', async (store, harness) => {
    await store.append(commitOf(0, 1, 2));
    const writes = Array.from({ length: 20 }, (_, index) => store.append(commitOf(index + 2, index + 3)));
    await store.backup(harness.backupPath, signal);
    await Promise.all(writes);
    const copy = await harness.openBackup();
    const { head, epoch } = copy.recovery;
    assert.ok(head >= 2 && head <= 22);
    assert.equal(epoch, store.recovery.epoch);
    assert.deepEqual(await readAll(copy), (await readAll(store)).slice(0, head));
    await copy.close();
    await refused(store.backup(harness.backupPath, signal), 'BadTarget');
  });
}

function replacementTests(storeTest: StoreTest): void {
  const value = (revision: number, text: string) => ({ revision, bytes: Buffer.from(text) });

  storeTest('replaceValues() changes values and nothing else', async (store, harness) => {
    await store.append(commitOf(0, 1, 2, 3));
    const before = await readAll(store);
    await store.replaceValues([value(1, 'longer than it was before'), value(3, ''), value(9, 'never there')]);
    await store.eraseReplaced();
    await store.append(commitOf(3, 4));
    const after = before.map((row) => {
      const bytes = { 1: new Uint8Array(Buffer.from('longer than it was before')), 3: new Uint8Array() }[row.revision];
      return bytes === undefined ? row : { ...row, bytes };
    });
    assert.deepEqual((await readAll(store)).slice(0, 3), after);
    await store.close();
    const again = await harness.open();
    assert.deepEqual(again.recovery, { epoch: store.recovery.epoch, head: 4, skipped: [], notes: [] });
    assert.deepEqual((await readAll(again)).slice(0, 3), after);
    await again.close();
  });
}

function restoreTests(storeTest: StoreTest): void {
  storeTest(
    'a restored backup has another epoch and begins beyond every revision that was seen',
    async (store, harness) => {
      await store.append(commitOf(0, 1, 2, 3));
      await store.backup(harness.backupPath, signal);
      await store.append(commitOf(3, 4));
      const before = await readAll(store);
      const restored = await harness.openRestored('after the fire');
      const head = 3 + revisionsSkippedByRestore;
      const skipped = [{ after: 3, before: head }];
      assert.deepEqual(restored.recovery, { epoch: 'after the fire', head, skipped, notes: [] });
      assert.equal(await restored.readFloor(signal), head, 'Watches from before begin again');
      assert.deepEqual(await readAll(restored), before.slice(0, 3));
      await refused(restored.append(commitOf(3, 4)), 'Superseded');
      await restored.append(commitOf(head, head + 1));
      assert.equal((await restored.readCurrent(0, 10, signal)).rows[0]?.revision, head + 1);
      await restored.close();
    },
  );
}

function recordTests(storeTest: StoreTest): void {
  const record = (text: string) => Buffer.from(text);
  const textsOf = async (store: Store, after = 0) => {
    const records = await store.readRecords(after, 10, signal);
    return records.map(({ sequence, bytes }) => `${sequence} ${Buffer.from(bytes).toString()}`);
  };

  storeTest('records are durable with their commit or by themselves, in call order', async (store, harness) => {
    const first = { ...commitOf(0, 1, 2), records: [record('a'), record('b')] };
    const third = { ...commitOf(2, 3), records: [record('d')] };
    await Promise.all([store.append(first), store.appendRecords([record('c')]), store.append(third)]);
    const all = ['1 a', '2 b', '3 c', '4 d'];
    assert.deepEqual(await textsOf(store), all);
    assert.deepEqual(await textsOf(store, 2), all.slice(2));
    assert.equal((await store.readRecords(0, 3, signal)).length, 3);
    await store.close();
    const again = await harness.open();
    assert.deepEqual(await textsOf(again), all);
    await again.close();
  });

  storeTest('a refused commit leaves no record, and no gap', async (store) => {
    await store.append(commitOf(0, 1));
    await refused(store.append({ ...commitOf(7, 8), records: [record('never')] }), 'Superseded');
    await store.appendRecords([record('a')]);
    assert.deepEqual(await textsOf(store), ['1 a']);
  });

  storeTest(
    'forgetRecords() removes what was taken; sequences go on, beyond what was taken',
    async (store, harness) => {
      await store.appendRecords([record('a'), record('b'), record('c')]);
      await store.forgetRecords(2);
      assert.deepEqual(await textsOf(store), ['3 c']);
      await store.forgetRecords(3);
      await store.append(commitOf(0, 1));
      await store.close();
      const again = await harness.open();
      await again.appendRecords([record('d')]);
      assert.deepEqual(await textsOf(again), ['4 d']);
      await again.forgetRecords(100);
      await again.appendRecords([record('e')]);
      assert.deepEqual(await textsOf(again), ['101 e']);
      await again.close();
    },
  );

  storeTest('a backup has the records that waited', async (store, harness) => {
    await store.append({ ...commitOf(0, 1), records: [record('a')] });
    await store.backup(harness.backupPath, signal);
    const copy = await harness.openBackup();
    assert.deepEqual(await textsOf(copy), ['1 a']);
    await copy.close();
  });
}

function commitOf(expectedHead: number, ...revisions: readonly number[]): Commit {
  return { expectedHead, rows: revisions.map((revision) => testRow({ revision })) };
}

async function readAll(store: Store): Promise<StoreRow[]> {
  return (await store.readLog(0, 10_000, signal)).rows.map(plain);
}

async function revisionsOf(store: Store): Promise<number[]> {
  return (await readAll(store)).map((row) => row.revision);
}

/** The same row with a bare `Uint8Array`, so that stores may hand out `Buffer`s. */
function plain(row: StoreRow): StoreRow {
  return { ...row, bytes: new Uint8Array(row.bytes) };
}

async function refused(append: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await assert.rejects(append, { name: 'StoreError', code });
}
