import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './output.ts';

test('formatTable() aligns columns and leaves no spaces at the end', () => {
  const text = formatTable(
    ['SITE', 'PHASE', 'ALERTS'],
    [
      ['site-1', 'Ready', '-'],
      ['a', 'Unreachable', ''],
    ],
  );
  assert.equal(text, 'SITE    PHASE        ALERTS\nsite-1  Ready        -\na       Unreachable');
});

test('formatTable() without rows is its header', () => {
  assert.equal(formatTable(['A', 'B'], []), 'A  B');
});
