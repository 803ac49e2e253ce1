import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { storeConformance, testRow } from '../../ports/store-conformance.ts';
import { MemoryDisk } from './memory-disk.ts';
import { openMemoryStore } from './memory-store.ts';

storeConformance('memory', async () => {
  const disk = new MemoryDisk();
  const backup = () => disk.backups.get('backup') ?? new MemoryDisk('missing');
  return {
    backupPath: 'backup',
    open: async () => openMemoryStore({ disk }),
    openBackup: async () => openMemoryStore({ disk: backup() }),
    openRestored: async (epoch) => openMemoryStore({ disk: backup().restored(epoch) }),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

const signal = new AbortController().signal;

function commitOf(expectedHead: number, revision: number) {
  return { expectedHead, rows: [testRow({ revision })] };
}

test('MemoryDisk.crash() keeps a prefix of the unanswered commits', async () => {
  for (const kept of [0, 1, 2, 3]) {
    const disk = new MemoryDisk();
    const store = openMemoryStore({ disk });
    await store.append(commitOf(0, 1));
    const answered: number[] = [];
    for (const revision of [2, 3, 4]) {
      void store.append(commitOf(revision - 1, revision)).then(() => answered.push(revision));
    }
    assert.equal(disk.unansweredCount, 3);
    disk.crash(kept);
    const again = openMemoryStore({ disk });
    await again.append(commitOf(1 + kept, 100));
    assert.equal(again.recovery.head, 1 + kept);
    assert.deepEqual(answered, []);
    await assert.rejects(store.append(commitOf(100, 101)), { code: 'Closed' });
    const { rows } = await again.readLog(0, 100, signal);
    assert.deepEqual(
      rows.map((row) => row.revision),
      [1, 2, 3, 4].slice(0, 1 + kept).concat(100),
    );
  }
});

test('openMemoryStore() makes a commit durable after the given time, with those that wait', async () => {
  const disk = new MemoryDisk();
  const clock = new VirtualClock();
  const store = openMemoryStore({ disk, writes: { clock, durableAfterMs: 3 } });
  const appends = [store.append(commitOf(0, 1)), store.append(commitOf(1, 2)), store.append(commitOf(2, 3))];
  assert.equal(disk.head, 0);
  await clock.advance(3);
  assert.equal(disk.head, 1);
  await clock.advance(3);
  assert.equal(disk.head, 3);
  await Promise.all(appends);
});

test('MemoryDisk.fault refuses commits and what is built on them, until it is gone', async () => {
  const disk = new MemoryDisk();
  const store = openMemoryStore({ disk });
  disk.fault = 'Full';
  const first = store.append(commitOf(0, 1));
  const second = store.append(commitOf(1, 2));
  await assert.rejects(first, { code: 'Full' });
  await assert.rejects(second, { code: 'Superseded' });
  disk.fault = undefined;
  await store.append(commitOf(0, 3));
  assert.equal(disk.head, 3);
});
