import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { exportLog } from './export.ts';
import { headsPath } from './heads.ts';
import { tamper } from './testing/tampering.ts';
import { WrittenLog } from './testing/written-log.ts';

const { signal } = new AbortController();
/** Some ten records. */
const small = { segmentBytesMax: 2_000 };

function segmentsOf(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('audit-'));
}

test('records end up in segments that follow from each other, over restarts', async () => {
  using log = new WrittenLog();
  await log.write(100, 10, small);
  const { recordCount, firstSequence, lastSequence, findings, anchored, unanchoredCount } = await log.verify();
  assert.deepEqual(
    { recordCount, firstSequence, lastSequence, findings, unanchoredCount },
    {
      recordCount: 100,
      firstSequence: 1,
      lastSequence: 100,
      findings: [],
      unanchoredCount: 0,
    },
  );
  assert.equal(anchored?.sequence, 100);
  assert.ok(segmentsOf(log.folder).length >= 4);
  assert.equal(log.disk.records.length, 0, 'The store has forgotten what is synced');
});

test('verify() names the place of whatever was done to a record before the last head', async () => {
  using log = new WrittenLog();
  await log.write(60, 12, small);
  const random = seededRandom(7);
  for (let trial = 0; trial < 100; trial++) {
    using tampered = tamper(log.folder, 60, random);
    const { how, sequence, folder } = tampered;
    const [first] = (await log.verify(folder)).findings;
    const name = `trial ${trial}: ${how} record ${sequence}`;
    assert.ok(first !== undefined, name);
    const isThere = how === 'rewrite' ? first.sequence >= sequence : Math.abs(first.sequence - sequence) <= 1;
    assert.ok(isThere, `${name}, found ${JSON.stringify(first)}`);
    assert.match(first.segment, /^audit-\d{16}\.jsonl$/, name);
  }
});

test('a log that was cut off is found by a head that was kept elsewhere, and only by one', async () => {
  using log = new WrittenLog();
  await log.write(30, 10);
  const anchors = join(log.folder, 'elsewhere');
  writeFileSync(anchors, log.statements.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const [segment = ''] = segmentsOf(log.folder);
  const path = join(log.folder, segment);
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, lines.slice(0, 21).join('\n').concat('\n'));
  const heads = readFileSync(headsPath(log.folder), 'utf8').split('\n');
  writeFileSync(headsPath(log.folder), heads.slice(0, 2).join('\n').concat('\n'));
  assert.deepEqual((await log.verify()).findings, []);
  const { findings } = await log.verify(log.folder, anchors);
  assert.match(findings[0]?.message ?? '', /records 21 to 30 are missing: the log ends before the head of /);
});

test('records after the last head are counted, and a head that nobody signed is a finding', async () => {
  using log = new WrittenLog();
  await log.write(10, 10);
  const anchors = join(log.folder, 'elsewhere');
  writeFileSync(anchors, `${JSON.stringify(log.statements[0])}\n`);
  await log.write(7, 7);
  const { unanchoredCount, findings } = await log.verify(log.folder, anchors);
  assert.deepEqual([unanchoredCount, findings], [7, []]);
  writeFileSync(anchors, `${JSON.stringify({ ...log.statements[0], hash: 'f'.repeat(64) })}\n`);
  assert.match((await log.verify(log.folder, anchors)).findings[0]?.message ?? '', /not signed by the key of this log/);
});

test('what a crash left is written again from the store, and a torn end is dropped', async () => {
  for (const cutBytes of [0, 1, 90, 400, 3_000]) {
    using log = new WrittenLog();
    await log.write(20, 20, small);
    // The process dies before the segment is synced: the store has everything still.
    const dying = await log.open(small);
    await log.record(15);
    await dying.file(signal);
    await dying.close(AbortSignal.abort());
    assert.equal(log.disk.records.length, 15);
    const last = join(log.folder, segmentsOf(log.folder).at(-1) ?? '');
    if (cutBytes > 0) truncateSync(last, Math.max(0, readFileSync(last).byteLength - cutBytes));
    else appendFileSync(last, '{"kind":"Event","half a rec');
    await log.write(5, 5, small);
    const { recordCount, lastSequence, findings } = await log.verify();
    assert.deepEqual([recordCount, lastSequence, findings], [40, 40, []], `${cutBytes} bytes cut`);
  }
});

test('records that were synced and are gone leave a gap that stays visible', async () => {
  using log = new WrittenLog();
  await log.write(10, 10);
  for (const name of segmentsOf(log.folder)) rmSync(join(log.folder, name));
  await log.write(5, 5);
  const { findings, recordCount } = await log.verify();
  assert.equal(recordCount, 5);
  assert.match(findings[0]?.message ?? '', /records 1 to 10 are missing/);
});

test('retention removes the oldest segments, signs what went, and the rest is whole', async () => {
  using log = new WrittenLog();
  await log.write(60, 10, small);
  const before = segmentsOf(log.folder).length;
  const open = await log.open(small, { ageMaxMs: Infinity, bytesMax: 6_000 });
  await log.record(30);
  await open.close(signal);
  const { findings, firstSequence, removed, lastSequence } = await log.verify();
  assert.deepEqual(findings, []);
  assert.ok(segmentsOf(log.folder).length < before && firstSequence > 1);
  assert.equal(removed?.sequence, firstSequence - 1);
  assert.equal(lastSequence, 90);
  const [oldest = ''] = segmentsOf(log.folder);
  rmSync(join(log.folder, oldest));
  assert.match((await log.verify()).findings[0]?.message ?? '', /are missing/);
});

test('run() files, syncs and signs records as they come', async () => {
  using log = new WrittenLog();
  const open = await log.open();
  const stop = new AbortController();
  const running = open.run(stop.signal);
  await log.record(3);
  open.poke();
  while (log.statements.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    await log.clock.advance(1_000);
  }
  assert.equal(log.statements[0]?.sequence, 3);
  stop.abort();
  await running;
  await open.close(signal);
  assert.deepEqual((await log.verify()).findings, []);
});

test('exportLog() gives lines or CloudEvents of a span of time', async () => {
  using log = new WrittenLog();
  await log.write(20, 20, small);
  const span = { sinceMs: 1_005_000, untilMs: 1_008_000 };
  const lines: string[] = [];
  for await (const line of exportLog({ folder: log.folder, format: 'jsonl', source: '', ...span })) lines.push(line);
  const numbers = lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
  assert.deepEqual(numbers, [5, 6, 7]);
  const events: string[] = [];
  for await (const line of exportLog({ folder: log.folder, format: 'cloudevents', source: '/hub', ...span }))
    events.push(line);
  const { specversion, id, source, time } = JSON.parse(events[0] ?? '') as Record<string, string>;
  assert.deepEqual(
    { specversion, id, source, time },
    { specversion: '1.0', id: '5', source: '/hub', time: '1970-01-01T00:16:45.000Z' },
  );
});

test('a full disk leaves no file open, and the log goes on once there is room', async () => {
  using log = new WrittenLog();
  const opened = await log.open();
  const { signal } = new AbortController();
  // Linux: every write to /dev/full fails as on a full disk. Node ends a process that forgets an open FileHandle.
  const segment = join(log.folder, 'audit-0000000000000001.jsonl');
  symlinkSync('/dev/full', segment);
  await log.record(1);
  await assert.rejects(opened.file(signal), /ENOSPC/);
  const links = readdirSync('/proc/self/fd').map((fd) => join('/proc/self/fd', fd));
  assert.ok(!links.some((link) => existsSync(link) && readlinkSync(link) === '/dev/full'));
  rmSync(segment);
  await opened.close(signal);
  assert.deepEqual([(await log.verify()).recordCount, (await log.verify()).findings], [1, []]);
});
