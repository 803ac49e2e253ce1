import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DriverError } from '../api/runtime.ts';
import type { Volumes } from '../api/volume.ts';
import { openHostVolumes } from './host-volumes.ts';

const { signal } = new AbortController();
const ref = { podUid: 'uid-1', name: 'settings' };
const file = (path: string, text: string, mode = 0o644) => ({ path, bytes: new TextEncoder().encode(text), mode });

async function withVolumes(use: (volumes: Volumes, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'planform-volumes-'));
  try {
    await use(await openHostVolumes({ folder }), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('project() shows exactly the files, with their modes', () =>
  withVolumes(async (volumes) => {
    const path = await volumes.project(ref, [file('a', '1'), file('sub/b', '2', 0o600)], signal);
    assert.equal(await readFile(join(path, 'a'), 'utf8'), '1');
    assert.equal(await readFile(join(path, 'sub/b'), 'utf8'), '2');
    assert.equal((await stat(join(path, 'sub/b'))).mode & 0o777, 0o600);
    await volumes.project(ref, [file('c', '3')], signal);
    assert.deepEqual(
      (await readdir(path)).filter((name) => !name.startsWith('..')),
      ['c'],
    );
    assert.equal((await readdir(path)).length, 3, 'one link, one state, one name');
  }));

test('project() swaps all files in one step: a folder opened before sees all old or all new', () =>
  withVolumes(async (volumes) => {
    const path = await volumes.project(ref, [file('a', 'old'), file('b', 'old')], signal);
    const stop = new AbortController();
    const reads: string[] = [];
    const reader = (async () => {
      while (!stop.signal.aborted) {
        const data = join(path, '..data');
        const texts = await Promise.all(
          ['a', 'b'].map((name) => readFile(join(data, name), 'utf8').catch(() => 'gone')),
        );
        if (!texts.includes('gone')) reads.push(texts[0] ?? '');
      }
    })();
    for (let round = 0; round < 20; round++) {
      await volumes.project(ref, [file('a', `${round}`), file('b', `${round}`)], signal);
    }
    stop.abort();
    await reader;
    assert.equal(await readFile(join(path, 'a'), 'utf8'), '19');
  }));

test('project() mends what a crash left and does nothing when nothing changed', () =>
  withVolumes(async (volumes) => {
    const files = [file('a', '1')];
    const path = await volumes.project(ref, files, signal);
    await rm(join(path, 'a'));
    await writeFile(join(path, '..draft'), 'half');
    await volumes.project(ref, files, signal);
    assert.equal(await readFile(join(path, 'a'), 'utf8'), '1');
    const { mtimeMs } = await stat(join(path, '..data'));
    await volumes.project(ref, files, signal);
    assert.equal((await stat(join(path, '..data'))).mtimeMs, mtimeMs);
  }));

test('resolve() stays inside the volume and makes missing folders', () =>
  withVolumes(async (volumes, folder) => {
    const path = await volumes.project(ref, [file('a', '1')], signal);
    assert.equal(await readFile(await volumes.resolve(path, 'a', signal), 'utf8'), '1');
    const scratch = await volumes.scratch({ ...ref, name: 'tmp' }, signal);
    assert((await stat(await volumes.resolve(scratch, 'x/y', signal))).isDirectory());
    await symlink(folder, join(scratch, 'out'));
    for (const subPath of ['../settings', 'out', 'x/../../..']) {
      await assert.rejects(volumes.resolve(scratch, subPath, signal), DriverError, subPath);
    }
  }));

test('host() checks and makes paths as their type says', () =>
  withVolumes(async (volumes, folder) => {
    assert.equal(await volumes.host(join(folder, 'made'), 'DirectoryOrCreate', signal), join(folder, 'made'));
    await volumes.host(join(folder, 'file'), 'FileOrCreate', signal);
    await assert.rejects(volumes.host(join(folder, 'file'), 'Directory', signal), /it is no directory/);
    await assert.rejects(volumes.host(join(folder, 'missing'), '', signal), /it does not exist/);
    await assert.rejects(volumes.host('relative', '', signal), /it is not absolute/);
  }));

test('project() writes nothing outside the volume', () =>
  withVolumes(async (volumes, folder) => {
    await volumes.project(ref, [file('a', '1')], signal);
    const paths = ['../b', 'a/../../b', '/b', '..data', '..x/b', '', 'a//b', './b', 'a\0b', `${'../'.repeat(30)}tmp/b`];
    for (const path of paths) {
      const attempt = volumes.project(ref, [file('a', '2'), file(path, 'evil')], signal);
      await assert.rejects(attempt, { code: 'PathUnusable' }, path);
    }
    assert.deepEqual(await readdir(folder), ['uid-1']);
    assert.equal(await readFile(join(folder, 'uid-1/settings/a'), 'utf8'), '1');
  }));

test('remove() takes all volumes of one pod and nothing else', () =>
  withVolumes(async (volumes) => {
    await volumes.scratch(ref, signal);
    await volumes.scratch({ podUid: 'uid-2', name: 'tmp' }, signal);
    await volumes.remove('uid-1', signal);
    await volumes.remove('uid-3', signal);
    assert.deepEqual(await volumes.list(signal), ['uid-2']);
    await assert.rejects(volumes.remove('../uid-2', signal), DriverError);
  }));
