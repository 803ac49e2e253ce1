import assert from 'node:assert/strict';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { testRow } from '../../kernel/ports/store-conformance.ts';
import type { Store } from '../../kernel/ports/store.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { KeyFile } from '../encryption/key-file.ts';
import { archiveName, archivePath, readArchive, skipFile, writeArchive } from './archive-file.ts';
import { isBackupPath } from './manifest.ts';
import { restoreArchive } from './restore.ts';
import { backupArchive } from './source.ts';

const { signal } = new AbortController();
const random = seededRandom(5);
const clock = new VirtualClock();

/** A data folder with three revisions, a blob and a key. */
async function openWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'planform-backup-'));
  const dataFolder = join(folder, 'data');
  const blob = join('blobs', 'sha256', 'ab', 'ab'.repeat(32));
  mkdirSync(join(dataFolder, 'blobs', 'sha256', 'ab'), { recursive: true });
  mkdirSync(join(dataFolder, 'pki'));
  writeFileSync(join(dataFolder, blob), 'layer');
  writeFileSync(join(dataFolder, 'pki', 'ca.key'), 'key', { mode: 0o600 });
  const store = await open(dataFolder);
  await store.append({ expectedHead: 0, rows: [1, 2, 3].map((revision) => testRow({ revision })) });
  const back = () => writeArchive(join(folder, 'b.tar'), backupArchive({ ...source, store }, signal));
  const source = { dataFolder, name: 'hub', version: '1.2.3', nowMs: 0 };
  return {
    folder,
    dataFolder,
    archive: join(folder, 'b.tar'),
    target: join(folder, 'restored'),
    blob,
    store,
    back,
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function open(dataFolder: string): Promise<Store> {
  const path = join(dataFolder, 'store.db');
  return openSqliteStore({ path, random, logger: silentLogger, pid: process.pid, signal });
}

test('a backup of an open store, restored: all contents, another epoch, revisions nobody has seen', async () => {
  await using world = await openWorld();
  const manifest = await world.back();
  assert.deepEqual(
    manifest.files.map(({ path }) => path),
    ['store.db', world.blob, 'pki/ca.key'],
  );
  await world.store.append({ expectedHead: 3, rows: [testRow({ revision: 4 })] });
  const restored = await restoreArchive({ archivePath: world.archive, dataFolder: world.target, clock, random });
  assert.equal(readFileSync(join(world.target, world.blob), 'utf8'), 'layer');
  assert.equal(statSync(join(world.target, 'pki', 'ca.key')).mode & 0o777, 0o600);
  const store = await open(world.target);
  assert.equal(store.recovery.head, 1_000_000_003);
  assert.equal(await store.readFloor(signal), store.recovery.head);
  assert.notEqual(store.recovery.epoch, world.store.recovery.epoch);
  assert.equal(store.recovery.epoch, restored.store.epoch);
  const { rows } = await store.readLog(0, 10, signal);
  assert.deepEqual(
    rows.map(({ revision }) => revision),
    [1, 2, 3],
  );
  await store.close();
});

test('a backup can be read by tar, is private, and leaves nothing in the data folder', async () => {
  await using world = await openWorld();
  await world.back();
  const names = execFileSync('tar', ['tf', world.archive], { encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(names.at(0), 'planform-backup/store.db');
  assert.deepEqual(names.at(-1), 'planform-backup/manifest.json');
  assert.equal(statSync(world.archive).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(world.dataFolder).filter((name) => name.startsWith('backup')),
    [],
  );
});

test('restoreArchive() refuses a folder with something in it, and takes an empty one', async () => {
  await using world = await openWorld();
  await world.back();
  const restore = (dataFolder: string) => restoreArchive({ archivePath: world.archive, dataFolder, clock, random });
  await assert.rejects(restore(world.dataFolder), { name: 'CommandError', message: /is not empty/ });
  mkdirSync(world.target);
  await restore(world.target);
  await assert.rejects(restore(world.target), { message: /is not empty/ });
});

test('a damaged or shortened backup is refused, and nothing is left of the attempt', async () => {
  await using world = await openWorld();
  await world.back();
  const whole = readFileSync(world.archive);
  const bytes = Array.from({ length: 60 }, (_, index) => Math.floor((index / 60) * whole.length));
  for (const at of bytes) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    writeFileSync(world.archive, flipped);
    // Padding and unused header fields mean nothing; everything else is noticed.
    const outcome = await readArchive(world.archive, skipFile).then(
      () => 'read',
      () => 'refused',
    );
    if (outcome === 'read') assert.equal(whole[at], 0, `Byte ${at}`);
    if (at > whole.length - 2_048) continue; // only the end marks would be missing
    writeFileSync(world.archive, whole.subarray(0, at));
    await assert.rejects(restoreArchive({ archivePath: world.archive, dataFolder: world.target, clock, random }), {
      name: 'CommandError',
    });
    assert.deepEqual(readdirSync(world.folder).sort(), ['b.tar', 'data']);
  }
});

test('keys of Secrets are left out; where no value needs them, a new one takes their place', async () => {
  await using world = await openWorld();
  const ports = { clock, random };
  const keyPath = join(world.dataFolder, 'pki', 'encryption.keys');
  const id = await (await KeyFile.open(keyPath, ports)).add();
  const manifest = await world.back();
  assert.deepEqual(manifest.keyIds, [id]);
  assert.ok(!manifest.files.some(({ path }) => path.includes('encryption.keys')));
  const options = { archivePath: world.archive, dataFolder: world.target, ...ports };
  const { keysElsewhere } = await restoreArchive(options);
  assert.deepEqual(keysElsewhere, []);
  const fresh = await KeyFile.open(join(world.target, 'pki', 'encryption.keys'), ports);
  assert.equal(fresh.keys.length, 1, 'What is written from now on is encrypted as it was');
  assert.notEqual(fresh.keys[0]?.id, id);
  assert.deepEqual(readdirSync(world.target).sort(), ['blobs', 'pki', 'store.db']);
  rmSync(world.target, { recursive: true });
  await restoreArchive({ ...options, encryptionKeyFile: keyPath });
  assert.equal((await KeyFile.open(join(world.target, 'pki', 'encryption.keys'), ports)).keys[0]?.id, id);
  rmSync(world.target, { recursive: true });
  await assert.rejects(restoreArchive({ ...options, encryptionKeyFile: world.dataFolder }), {
    message: /Cannot read the key file ".*": it is a folder/,
  });
});

test('writeArchive() replaces a backup, and nothing else', async () => {
  await using world = await openWorld();
  await world.back();
  const before = readFileSync(world.archive);
  const broken = async function* () {
    yield before.subarray(0, 4_000);
    throw new Error('the connection broke');
  };
  await assert.rejects(writeArchive(world.archive, broken()), { message: 'the connection broke' });
  assert.deepEqual(readFileSync(world.archive), before);
  await world.back();
  writeFileSync(join(world.folder, 'letter.txt'), 'dear reader');
  const source = createReadStream(world.archive);
  await assert.rejects(writeArchive(join(world.folder, 'letter.txt'), source), { message: /is no backup/ });
  source.destroy();
});

test('archivePath() takes a file, or a folder for a file named after the moment', async () => {
  await using world = await openWorld();
  const name = archiveName('hub', 0);
  assert.equal(archivePath(world.folder, name), join(world.folder, 'planform-hub-19700101T000000Z.tar'));
  assert.equal(archivePath('/nowhere/x.tar', name), '/nowhere/x.tar');
  assert.equal(archivePath('/nowhere/', name), `/nowhere/${name}`);
});

test('paths that cannot be used are refused with what is wrong with them', async () => {
  await using world = await openWorld();
  const { archive, folder } = world;
  await world.back();
  const content = readFileSync(archive);
  const chunks = async function* () {
    yield content;
  };
  const copy = join(folder, 'made', 'copy.tar');
  await writeArchive(copy, chunks());
  await readArchive(copy, skipFile);
  const below = join(archive, 'x.tar');
  await assert.rejects(writeArchive(below, chunks()), { message: /x\.tar": there is a file of that name/ });
  await assert.rejects(readArchive(join(folder, 'absent.tar'), skipFile), { message: /absent\.tar": there is none/ });
  await assert.rejects(readArchive(below, skipFile), { message: /x\.tar": a part of its path is a file/ });
  await assert.rejects(readArchive(folder, skipFile), { message: /": it is a folder/ });
  const into = (dataFolder: string) => restoreArchive({ archivePath: copy, dataFolder, clock, random });
  await assert.rejects(into('/proc/planform'), { message: /Cannot restore to "\/proc\/planform": no folder/ });
});

test('isBackupPath() keeps a restore inside its folder', () => {
  const good = ['store.db', 'pki/ca.pem', `blobs/sha256/ab/${'ab'.repeat(32)}`, 'identity/site.key'];
  const bad = [
    '',
    'pki',
    'pki/',
    '../store.db',
    'pki/../../x',
    '/etc/passwd',
    'runtime/x',
    'pki//x',
    'pki/./x',
    'pki/a b',
  ];
  assert.deepEqual(
    good.filter((path) => !isBackupPath(path)),
    [],
  );
  assert.deepEqual(bad.filter(isBackupPath), []);
});
