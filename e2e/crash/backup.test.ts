import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { revisionsSkippedByRestore, type Store } from '../../kernel/ports/store.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { readArchive, skipFile } from '../../programs/backup/archive-file.ts';
import { firstOutput } from '../world.ts';
import { markedCommit } from './crash-rows.ts';
import { requireTool } from './require-tool.ts';

const processPath = new URL('./backup-process.ts', import.meta.url).pathname;
const { signal } = new AbortController();
const random = seededRandom(11);
const killCount = 15;
/** The first run, which says how long one takes, may be the slowest: a kill that came too late brings the next ones nearer. */
const tooLate = 0.8;
const commitCount = 40;
const head = commitCount * 100;
const blobCount = 40;

/** A folder with a data folder of some megabytes. */
async function openWorld(inFolder = tmpdir()) {
  const folder = await mkdtemp(join(inFolder, 'planform-backup-'));
  const dataFolder = join(folder, 'data');
  for (let index = 0; index < blobCount; index++) {
    const bytes = Buffer.alloc(50_000, index);
    const hex = createHash('sha256').update(bytes).digest('hex');
    await mkdir(join(dataFolder, 'blobs', 'sha256', hex.slice(0, 2)), { recursive: true });
    await writeFile(join(dataFolder, 'blobs', 'sha256', hex.slice(0, 2), hex), bytes);
  }
  const store = await open(dataFolder);
  for (let index = 0; index < commitCount; index++) await store.append(markedCommit(index * 100, 100, 'backup'));
  await store.close();
  const archive = join(folder, 'backup.tar');
  return { folder, dataFolder, archive, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function open(dataFolder: string): Promise<Store> {
  const path = join(dataFolder, 'store.db');
  return openSqliteStore({ path, random, logger: silentLogger, pid: process.pid, signal });
}

/** Runs the process to its end. @returns how long it took, milliseconds. */
async function runWhole(...args: readonly string[]): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  const { status, stderr } = spawnSync(process.execPath, [processPath, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return systemClock.monotonicMs() - startedMs;
}

/** Kills the process at a random moment after it began. @returns whether it had come to its end. */
async function runAndKill(withinMs: number, ...args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [processPath, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await firstOutput(child);
  await systemClock.sleep(random.nextFloat() * withinMs, signal);
  child.kill('SIGKILL');
  await closed;
  return output.includes('end');
}

test(`kill -9 of a backup, ${killCount} times, leaves the old file or the new one, and the data as it was`, async () => {
  await using world = await openWorld();
  const { dataFolder, archive, folder } = world;
  let withinMs = await runWhole('backup', dataFolder, archive);
  let killedCount = 0;
  for (let kill = 0; kill < killCount; kill++) {
    const isFirst = kill % 2 === 0;
    if (isFirst) await rm(archive, { force: true });
    if (await runAndKill(withinMs, 'backup', dataFolder, archive)) withinMs *= tooLate;
    else killedCount++;
    if (!isFirst || existsSync(archive)) {
      const { files } = await readArchive(archive, skipFile);
      assert.equal(files.length, 1 + blobCount);
    }
    if (!existsSync(archive)) await runWhole('backup', dataFolder, archive);
  }
  assert.ok(killedCount > killCount / 3, `Only ${killedCount} were killed in time: this shows nothing`);
  await runWhole('backup', dataFolder, archive);
  assert.deepEqual((await readdir(folder)).sort(), ['backup.tar', 'data']);
  assert.deepEqual((await readdir(dataFolder)).sort(), ['blobs', 'store.db']);
  const store = await open(dataFolder);
  assert.equal(store.recovery.head, head);
  await store.close();
});

test(`kill -9 of a restore, ${killCount} times, leaves a whole data folder or none`, async () => {
  await using world = await openWorld();
  const { archive, folder } = world;
  await runWhole('backup', world.dataFolder, archive);
  const target = join(folder, 'restored');
  let withinMs = await runWhole('restore', target, archive);
  const epochs = new Set<string>();
  let killedCount = 0;
  for (let kill = 0; kill < killCount; kill++) {
    await rm(target, { recursive: true, force: true });
    if (await runAndKill(withinMs, 'restore', target, archive)) withinMs *= tooLate;
    else killedCount++;
    if (!existsSync(target)) await runWhole('restore', target, archive);
    const store = await open(target);
    assert.equal(store.recovery.head, head + revisionsSkippedByRestore);
    epochs.add(store.recovery.epoch);
    await store.close();
    assert.equal(
      (await readdir(join(target, 'blobs', 'sha256'), { recursive: true, withFileTypes: true })).filter((entry) =>
        entry.isFile(),
      ).length,
      blobCount,
    );
  }
  assert.ok(killedCount > killCount / 3, `Only ${killedCount} were killed in time: this shows nothing`);
  assert.equal(epochs.size, killCount, 'Every restore has an epoch of its own');
  assert.deepEqual((await readdir(folder)).sort(), ['backup.tar', 'data', 'restored']);
});

test('a full disk stops a backup and a restore and leaves what was there before', async (t) => {
  const unshare = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  if (!requireTool(t, 'unshare', [...unshare, 'true'])) return;
  await using world = await openWorld();
  const { folder, dataFolder, archive } = world;
  await runWhole('backup', dataFolder, archive);
  const disk = join(folder, 'disk');
  await mkdir(disk);
  await rename(archive, join(folder, 'good.tar'));
  // A disk that takes a part of the archive, with a small old backup on it. $0: the disk, $1 and so on: the command.
  const mount =
    'mount -t tmpfs -o size=3m none "$0" && cp "$0/../old.tar" "$0/b.tar" && "$@"; echo "exit $?"; ls "$0"; cmp "$0/../old.tar" "$0/b.tar"';
  await writeFile(join(folder, 'old.tar'), 'planform-backup/ stands at the beginning of every backup');
  for (const [what, data, file] of [
    ['backup', dataFolder, join(disk, 'b.tar')],
    ['restore', join(disk, 'r'), join(folder, 'good.tar')],
  ] as const) {
    const argv = [...unshare, 'sh', '-c', mount, disk, process.execPath, processPath, what, data, file];
    const { stdout, stderr, status } = spawnSync('unshare', argv, { encoding: 'utf8' });
    assert.match(stderr, /CommandError: Cannot .*: its disk is full/, what);
    assert.match(stdout, /^begin\nexit 1\nb\.tar\n$/, what);
    assert.equal(status, 0, 'The old backup is as it was');
  }
});
