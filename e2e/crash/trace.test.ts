import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireTool } from './require-tool.ts';

const writerPath = new URL('./writer-process.ts', import.meta.url).pathname;
const commitCount = 60;

test('no acknowledgement precedes the fdatasync that covers it', async (t) => {
  if (!requireTool(t, 'strace', ['--version'])) return;
  const folder = await mkdtemp(join(tmpdir(), 'planform-trace-'));
  const [path, tracePath] = [join(folder, 'log.db'), join(folder, 'trace')];
  const calls = 'trace=pwrite64,write,fsync,fdatasync';
  // 6,000 characters: a whole page of the log, of which the trace shows what rows are in it.
  const strace = ['-f', '-y', '-e', calls, '-e', 'signal=none', '-s', '6000', '-o', tracePath];
  const writer = [process.execPath, writerPath, path, 'trace', '4', String(commitCount)];
  const { status, stderr } = spawnSync('strace', [...strace, ...writer], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const acknowledged = checkTrace(await readFile(tracePath, 'latin1'));
  assert.equal(acknowledged, commitCount);
  await rm(folder, { recursive: true });
});

/**
 * Reads the calls in the order they ended. A revision is on disk once a sync of the log has begun after its row was
 * written there, and has ended. @returns how many acknowledgements were checked.
 */
function checkTrace(trace: string): number {
  const written = new Set<number>();
  const durable = new Set<number>();
  /** Revisions covered by the sync a thread is in. */
  const syncing = new Map<string, number[]>();
  let acknowledged = 0;
  for (const line of trace.split('\n')) {
    const [thread = ''] = line.split(' ', 1);
    if (/ pwrite64\(\d+<[^>]*-wal>/.test(line)) {
      for (const [, revision] of line.matchAll(/\{\\"revision\\":(\d+),/g)) written.add(Number(revision));
    }
    if (/ f(data)?sync\(\d+<[^>]*-wal>/.test(line)) syncing.set(thread, [...written]);
    if (/ (f(data)?sync\(\d+<[^>]*-wal>\)|<\.\.\. f(data)?sync resumed>.*) += 0$/.test(line)) {
      for (const revision of syncing.get(thread) ?? []) durable.add(revision);
      syncing.delete(thread);
    }
    for (const revision of acknowledgedBy(line)) {
      assert.ok(durable.has(revision), `Revision ${revision} was acknowledged before it was on disk: ${line}`);
      acknowledged++;
    }
  }
  return acknowledged;
}

/** Last revision of the commit an `ack` line names. */
function acknowledgedBy(line: string): number[] {
  const end = / write\(1<.*"ack (\d+) \d+\\n"/.exec(line)?.[1];
  return end === undefined ? [] : [Number(end)];
}
