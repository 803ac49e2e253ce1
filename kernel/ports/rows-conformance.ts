import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NewRow, RowQueue, RowQueueBounds } from './rows.ts';

/** One empty place to keep a row queue, made for one test. */
export interface RowsHarness {
  /** Opens the queue; again after `close`, with what was appended. */
  open(bounds: RowQueueBounds): Promise<RowQueue>;
  [Symbol.asyncDispose](): Promise<void>;
}

const signal = new AbortController().signal;
const roomy: RowQueueBounds = { rowsMax: 1_000, bytesMax: 1_000_000 };

/** Registers the tests every `RowQueue` passes. `open` gives each test its own place. */
export function rowsConformance(name: string, open: () => Promise<RowsHarness>): void {
  const rowsTest = (
    title: string,
    bounds: RowQueueBounds,
    body: (queue: RowQueue, reopen: () => Promise<RowQueue>) => Promise<void>,
  ) => {
    void test(title, async () => {
      await using harness = await open();
      let queue = await harness.open(bounds);
      const reopen = async () => {
        await queue.close();
        queue = await harness.open(bounds);
        return queue;
      };
      try {
        await body(queue, reopen);
      } finally {
        await queue.close();
      }
    });
  };

  suite(`${name} row queue`, () => {
    rowsTest('read() gives rows in order, after a sequence number, in pages', roomy, async (queue) => {
      await queue.append([row('a'), row('b'), row('c')], signal);
      assert.deepEqual(await contents(queue), ['1:a', '2:b', '3:c']);
      assert.deepEqual(await contents(queue, 1, 1), ['2:b']);
      assert.equal(queue.nextSequence, 4);
    });

    rowsTest('acknowledge() forgets rows, and no number is used again', roomy, async (queue, reopen) => {
      await queue.append([row('a'), row('b'), row('c')], signal);
      await queue.acknowledge(2, signal);
      assert.deepEqual(await contents(queue), ['3:c']);
      await queue.acknowledge(3, signal);
      const again = await reopen();
      assert.equal(again.nextSequence, 4);
      await again.append([row('d')], signal);
      assert.deepEqual(await contents(again), ['4:d']);
    });

    rowsTest('append() merges a series into its newest row until it is taken', roomy, async (queue) => {
      await queue.append([row('a1', 'a'), row('b1', 'b'), row('x'), row('a2', 'a')], signal);
      await queue.append([row('x'), row('a3', 'a')], signal);
      assert.deepEqual(await contents(queue), ['2:b1', '3:x', '5:x', '6:a3']);
      await queue.append([row('a4', 'a')], signal);
      await queue.append([row('a5', 'a')], signal);
      assert.deepEqual(await contents(queue), ['2:b1', '3:x', '5:x', '6:a3', '8:a5']);
    });

    rowsTest(
      'append() drops the oldest rows beyond rowsMax and leaves one gap',
      { ...roomy, rowsMax: 3 },
      async (queue, reopen) => {
        await queue.append([row('a'), row('b'), row('c'), row('d')], signal);
        assert.deepEqual(await contents(queue), ['1:gap 1', '2:b', '3:c', '4:d']);
        await queue.append([row('e'), row('f')], signal);
        const again = await reopen();
        assert.deepEqual(await contents(again), ['3:gap 3', '4:d', '5:e', '6:f']);
        assert.deepEqual(await contents(again, 3), ['4:d', '5:e', '6:f']);
        await again.acknowledge(3, signal);
        assert.deepEqual(await contents(again), ['4:d', '5:e', '6:f']);
        await again.append([row('g')], signal);
        assert.deepEqual(await contents(again), ['4:gap 1', '5:e', '6:f', '7:g']);
      },
    );

    rowsTest('append() drops the oldest rows beyond bytesMax', { ...roomy, bytesMax: 5 }, async (queue) => {
      await queue.append([row('aa'), row('bb')], signal);
      await queue.append([row('cc')], signal);
      assert.deepEqual(await contents(queue), ['1:gap 1', '2:bb', '3:cc']);
      await queue.append([row('too long')], signal);
      assert.deepEqual(await contents(queue), ['4:gap 4']);
      await queue.append([row('d')], signal);
      assert.deepEqual(await contents(queue), ['4:gap 4', '5:d']);
    });

    rowsTest('a reopened queue has the same rows', roomy, async (queue, reopen) => {
      await queue.append([row('a', 'a'), row(''), row('b')], signal);
      const before = await contents(queue);
      const again = await reopen();
      assert.deepEqual(await contents(again), before);
      assert.deepEqual(before, ['1:a', '2:', '3:b']);
    });

    rowsTest('append() rejects with the reason of an aborted signal', roomy, async (queue) => {
      await assert.rejects(queue.append([row('a')], AbortSignal.abort(new Error('enough'))), { message: 'enough' });
      assert.deepEqual(await contents(queue), []);
    });
  });
}

function row(text: string, series = ''): NewRow {
  return { bytes: Buffer.from(text), series };
}

async function contents(queue: RowQueue, after = 0, rowsMax = 100): Promise<string[]> {
  const rows = await queue.read(after, rowsMax, signal);
  return rows.map((found) => {
    const text = found.kind === 'gap' ? `gap ${found.droppedCount}` : Buffer.from(found.bytes).toString();
    return `${found.sequence}:${text}`;
  });
}
