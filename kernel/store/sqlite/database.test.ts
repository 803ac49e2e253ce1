import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { DatabaseOptions } from './database.ts';
import { openDatabase, readMeta, restartWal, walFrameCount, writeMeta } from './database.ts';
import { inspectWal, reserveWal } from './wal.ts';

function temporaryDatabase(): { readonly options: DatabaseOptions; readonly folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'planform-database-'));
  const options = {
    path: join(folder, 'test.db'),
    noun: 'store',
    applicationId: 7,
    migrations: ['CREATE TABLE u (b);'],
    schema: 'CREATE TABLE t (a);',
    creationId: 'new',
    pid: 4711,
  };
  return { options, folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test('openDatabase() creates, closes without remains and opens again', () => {
  using temporary = temporaryDatabase();
  const first = openDatabase(temporary.options);
  writeMeta(first.connection, 'colour', 'blue');
  first.close();
  assert.deepEqual(readdirSync(temporary.folder), ['test.db']);
  const second = openDatabase(temporary.options);
  assert.equal(readMeta(second.connection, 'colour'), 'blue');
  assert.equal(readMeta(second.connection, 'absent'), undefined);
  assert.deepEqual(second.notes, []);
  second.close();
});

test('openDatabase() says who has it open', () => {
  using temporary = temporaryDatabase();
  const holder = openDatabase(temporary.options);
  assert.throws(() => openDatabase(temporary.options), {
    code: 'Locked',
    message: `Cannot open the store "${temporary.options.path}": process 4711 has it open`,
  });
  holder.close();
  openDatabase(temporary.options).close();
});

test('openDatabase() leaves data of a newer version as it is', () => {
  using temporary = temporaryDatabase();
  openDatabase({ ...temporary.options, migrations: ['', ''] }).close();
  const before = readFileSync(temporary.options.path);
  assert.throws(() => openDatabase(temporary.options), {
    code: 'NewerFormat',
    message: `Cannot open the store "${temporary.options.path}": its format version is 3, this program knows versions up to 2. Use a newer Planform`,
  });
  assert.deepEqual(readdirSync(temporary.folder), ['test.db']);
  assert.deepEqual(readFileSync(temporary.options.path), before);
});

test('openDatabase() refuses files that are not its own', () => {
  const contents = [
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('hello world\n'.repeat(1000))],
  ] as const;
  for (const [name, bytes] of contents) {
    using temporary = temporaryDatabase();
    writeFileSync(temporary.options.path, bytes);
    assert.throws(() => openDatabase(temporary.options), { code: 'Corrupt' }, name);
    assert.deepEqual(readFileSync(temporary.options.path), bytes, name);
  }
  using temporary = temporaryDatabase();
  using foreign = new DatabaseSync(temporary.options.path);
  foreign.exec('CREATE TABLE t (a)');
  assert.throws(() => openDatabase(temporary.options), { code: 'Corrupt', message: /it is not a Planform store/ });
});

test('openDatabase() refuses a log without its main file', () => {
  using temporary = temporaryDatabase();
  writeFileSync(`${temporary.options.path}-wal`, 'x');
  assert.throws(() => openDatabase(temporary.options), { code: 'Corrupt', message: /the main file is missing/ });
});

test('openDatabase() in a missing folder fails with the reason', () => {
  using temporary = temporaryDatabase();
  const path = join(temporary.folder, 'absent', 'test.db');
  assert.throws(() => openDatabase({ ...temporary.options, path }), {
    code: 'Failed',
    message: /^Cannot open the store/,
  });
});

test('restartWal() begins a new log over the old one', () => {
  using temporary = temporaryDatabase();
  const database = openDatabase(temporary.options);
  const wal = () => inspectWal(`${temporary.options.path}-wal`);
  for (let count = 0; count < 10; count++) database.connection.exec('INSERT INTO t VALUES (randomblob(9000))');
  const { bytes } = wal();
  assert.equal(wal().framePages.length, walFrameCount(database.connection));
  restartWal(database.connection);
  assert.equal(wal().bytes, bytes);
  assert.equal(wal().framePages.length, 1);
  assert.equal(walFrameCount(database.connection), 1);
  database.close();
});

test('openDatabase() keeps its files from other users, also those that were readable before', () => {
  using temporary = temporaryDatabase();
  const { path } = temporary.options;
  const modes = () => [path, `${path}-wal`].map((file) => statSync(file).mode & 0o777);
  const first = openDatabase(temporary.options);
  writeMeta(first.connection, 'colour', 'blue');
  assert.deepEqual(modes(), [0o600, 0o600]);
  first.close();
  chmodSync(path, 0o644);
  const second = openDatabase(temporary.options);
  writeMeta(second.connection, 'colour', 'red');
  assert.deepEqual(modes(), [0o600, 0o600]);
  second.close();
});

test('reserveWal() grows the file and nothing else', () => {
  using temporary = temporaryDatabase();
  const database = openDatabase(temporary.options);
  const path = `${temporary.options.path}-wal`;
  database.connection.exec('INSERT INTO t VALUES (1)');
  const frameCount = walFrameCount(database.connection);
  const { bytes } = inspectWal(path);
  reserveWal(path, frameCount);
  reserveWal(path, frameCount);
  assert.deepEqual(
    { ...inspectWal(path), framePages: [] },
    { bytes: bytes + 1024 ** 2, framePages: [], partialBytes: 0 },
  );
  assert.equal(inspectWal(path).framePages.length, frameCount);
  database.connection.exec('INSERT INTO t VALUES (2)');
  assert.equal(walFrameCount(database.connection), frameCount + 1);
  assert.equal(inspectWal(path).bytes, bytes + 1024 ** 2);
  database.close();
});
