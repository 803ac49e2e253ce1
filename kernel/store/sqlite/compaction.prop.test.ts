import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { testRow } from '../../ports/store-conformance.ts';
import type { CompactionBounds, StoreRow } from '../../ports/store.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { Compaction } from './compaction.ts';
import { LogFile } from './log-file.ts';

type Step =
  | { readonly kind: 'write'; readonly name: string; readonly operation: StoreRow['operation']; readonly keep: boolean }
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

test('Compaction removes exactly what the memory store removes, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'planform-compaction-'));
      const log = new LogFile({ path: join(folder, 'log.db'), epoch: 'test', pid: 0 });
      log.connection.exec('PRAGMA synchronous = OFF');
      try {
        runSteps(log, steps);
      } finally {
        log.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});

function runSteps(log: LogFile, steps: readonly Step[]): void {
  const disk = new MemoryDisk();
  const compaction = new Compaction(log);
  for (const current of steps) {
    const { head } = disk;
    if (current.kind === 'write') {
      const { name, operation, keep } = current;
      const commit = {
        expectedHead: head,
        rows: [testRow({ revision: head + 1, name, operation, keep, atMs: head + 1 })],
      };
      disk.enqueue(commit, () => undefined);
      disk.flush(1);
      assert.deepEqual(log.append([commit]), [undefined]);
      continue;
    }
    const { lag, ageMs, max, rowsMax } = current;
    const bounds = { watchFloor: head - lag, historyBeforeMs: head - ageMs, historyPerObjectMax: max, rowsMax };
    compactAll(bounds, (limited) => disk.compact(limited));
    while (!compaction.step(bounds).done);
    assert.deepEqual(revisionsOf(log.readLog(0, 1_000).rows), revisionsOf(disk.log));
    assert.equal(log.floor, disk.floor);
  }
}

function compactAll(bounds: CompactionBounds, compact: (bounds: CompactionBounds) => number): void {
  while (compact(bounds) > 0);
}

function revisionsOf(rows: readonly StoreRow[]): number[] {
  return rows.map((row) => row.revision);
}
