/** A thousand attacks on one record of an audit log each: every one is found, at its place. `SOAK_TRIALS` takes another number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../kernel/base/random.ts';
import { tamper } from '../../kernel/audit/testing/tampering.ts';
import { WrittenLog } from '../../kernel/audit/testing/written-log.ts';

const trials = Number(process.env['SOAK_TRIALS'] ?? 1_000);
const recordCount = 200;

test(`${trials} records flipped, dropped, moved, repeated or written anew are found`, async (t) => {
  using log = new WrittenLog();
  await log.write(recordCount, 20, { segmentBytesMax: 5_000 });
  const random = seededRandom(11);
  const counts = new Map<string, number>();
  for (let trial = 0; trial < trials; trial++) {
    using tampered = tamper(log.folder, recordCount, random);
    const { how, sequence, folder } = tampered;
    const [first] = (await log.verify(folder)).findings;
    const name = `trial ${trial}: ${how} record ${sequence}`;
    assert.ok(first !== undefined, name);
    const isThere = how === 'rewrite' ? first.sequence >= sequence : Math.abs(first.sequence - sequence) <= 1;
    assert.ok(isThere, `${name}, found ${JSON.stringify(first)}`);
    counts.set(how, (counts.get(how) ?? 0) + 1);
  }
  t.diagnostic([...counts].map(([how, count]) => `${how} ${count}`).join(', '));
});
