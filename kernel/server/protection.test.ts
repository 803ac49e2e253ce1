import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, silentLogger } from '../base/logger.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Protection } from './protection.ts';

test('Protection counts each client, and has one line of the log for those of ten seconds', async () => {
  const clock = new VirtualClock();
  const lines: (LogFields | undefined)[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: LogFields) => void lines.push(fields) };
  const protection = new Protection(clock, logger);
  protection.count('slow_reader', '10.0.0.1');
  await clock.advance(9_000);
  protection.count('slow_reader', '10.0.0.2');
  protection.count('connections', '10.0.0.2');
  await clock.advance(1_000);
  assert.deepEqual(lines, [{ firstAddress: '10.0.0.1', slowReaders: 2, connections: 1 }]);
  protection.count('slow_reader', '10.0.0.3');
  await clock.advance(10_000);
  assert.deepEqual(lines[1], { firstAddress: '10.0.0.3', slowReaders: 1 });
  const [family] = protection.metrics();
  const values = [...(family?.samples ?? [])].map(({ labels, value }) => [labels['reason'], value]);
  assert.deepEqual(values, [
    ['slow_reader', 3],
    ['waiting_streams', 0],
    ['address_connections', 0],
    ['connections', 1],
  ]);
});
