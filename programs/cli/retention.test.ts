import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { defaultRetention } from '../../kernel/registry/compaction.ts';
import { addRetentionOptions, readRetention } from './retention.ts';

function parse(...args: readonly string[]) {
  const command = addRetentionOptions(new Command('hub'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return readRetention(command.parse([...args], { from: 'user' }).opts());
}

test('retention options have the defaults of the kernel', () => {
  assert.deepEqual(parse(), defaultRetention);
  assert.deepEqual(parse('--history-days', '2', '--history-per-object', '7', '--store-budget', '16'), {
    historyAgeMaxMs: 2 * 86_400_000,
    historyPerObjectMax: 7,
    storeBytesMax: 16 * 1024 * 1024,
  });
  assert.throws(() => parse('--history-days', '0'), /whole number from 1 to 3650/);
});
