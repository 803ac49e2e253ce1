import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { testRow } from '../../ports/store-conformance.ts';
import type { StoreRow } from '../../ports/store.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { Compaction } from './compaction.ts';
import { LogFile } from './log-file.ts';

type Step =
  | { readonly kind: 'write'; readonly name: string; readonly operation: StoreRow['operation']; readonly keep: boolean }
  | { readonly kind: 'moveIndex'; readonly count: number }
  | { readonly kind: 'reopen' }
  | {
      readonly kind: 'compact';
      readonly lag: number;
      readonly ageMs: number;
      readonly max: number;
      readonly rowsMax: number;
    };

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record<Step & { kind: 'write' }>({
      kind: fc.constant('write'),
      name: fc.constantFrom('a', 'b', 'c'),
      operation: fc.constantFrom('create', 'update', 'delete'),
      keep: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record<Step & { kind: 'moveIndex' }>({
      kind: fc.constant('moveIndex'),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'reopen' }) },
  {
    weight: 1,
    arbitrary: fc.record<Step & { kind: 'compact' }>({
      kind: fc.constant('compact'),
      lag: fc.nat(6),
      ageMs: fc.nat(30),
      max: fc.nat(4),
      rowsMax: fc.integer({ min: 1, max: 5 }),
    }),
  },
);

test('the log in SQLite answers as the one in memory does, whatever was written, moved and compacted before', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'planform-compaction-'));
      try {
        runSteps(join(folder, 'log.db'), steps);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});

function openLog(path: string): LogFile {
  const log = new LogFile({ path, epoch: 'test', pid: 0 });
  log.connection.exec('PRAGMA synchronous = OFF');
  return log;
}

function runSteps(path: string, steps: readonly Step[]): void {
  const disk = new MemoryDisk();
  let log = openLog(path);
  for (const current of steps) {
    const { head } = disk;
    if (current.kind === 'moveIndex') {
      log.moveIndex(current.count);
    } else if (current.kind === 'reopen') {
      log.close();
      log = openLog(path);
    } else if (current.kind === 'write') {
      const { name, operation, keep } = current;
      const rows = [testRow({ revision: head + 1, name, operation, keep, atMs: head + 1 })];
      const commit = { expectedHead: head, rows };
      disk.enqueue(commit, () => undefined);
      disk.flush(1);
      assert.deepEqual(log.append([commit]), [undefined]);
    } else compactBoth(log, disk, current);
    compare(log, disk);
  }
  log.close();
}

function compactBoth(log: LogFile, disk: MemoryDisk, { lag, ageMs, max, rowsMax }: Step & { kind: 'compact' }): void {
  const { head } = disk;
  const bounds = {
    watchFloor: head - lag,
    historyBeforeMs: head - ageMs,
    historyPerObjectMax: max,
    bytesMax: Infinity,
    rowsMax,
  };
  const compaction = new Compaction(log);
  while (disk.compact(bounds) > 0);
  while (!compaction.step(bounds).done);
  assert.equal(log.floor, disk.floor);
}

function compare(log: LogFile, disk: MemoryDisk): void {
  assert.deepEqual(revisionsOf(log.readLog(0, 1_000).rows), revisionsOf(disk.log));
  for (const name of ['a', 'b', 'c']) {
    const object = { resource: 'things.test', namespace: 'default', name };
    const history = log.readHistory(object, Number.MAX_SAFE_INTEGER, 1_000);
    assert.deepEqual(revisionsOf(history), revisionsOf(disk.rowsOf(object)).toReversed(), name);
  }
  const newest = [...disk.objects()].flatMap((rows) => rows.at(-1) ?? []).filter((row) => row.operation !== 'delete');
  const current = revisionsOf(newest.toSorted((a, b) => a.revision - b.revision));
  assert.deepEqual(revisionsOf(log.readCurrent(0, 1_000).rows), current);
  const floor = disk.historyFloor('things.test', 'default');
  assert.equal(log.readHistoryFloor('things.test', 'default'), floor);
  assert.equal(log.readHistoryFloor('things.test', ''), floor);
  for (let atMs = 0; atMs <= disk.head + 1; atMs += 3) {
    const found = log.readRevisionAt(atMs);
    const expected = disk.log.findLast((row) => row.atMs <= atMs)?.revision ?? 0;
    assert.equal(found, expected, `revision at ${atMs}`);
  }
  const named = revisionsOf(newest.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  assert.deepEqual(revisionsOf(log.readAsOf('things.test', disk.head, { rowsMax: 1_000 })), named);
}

function revisionsOf(rows: readonly StoreRow[]): number[] {
  return rows.map((row) => row.revision);
}
