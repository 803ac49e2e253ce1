import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import type { ApiRequest } from '../../kernel/ports/endpoint.ts';
import { testRow } from '../../kernel/ports/store-conformance.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { readArchive, skipFile, writeArchive } from './archive-file.ts';
import { backupHandler, backupPaths } from './path.ts';

const { signal } = new AbortController();
const random = seededRandom(3);
const admin = { name: 'admin', groups: ['system:masters'] };

async function openWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'planform-backup-path-'));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const path = join(dataFolder, 'store.db');
  const store = await openSqliteStore({ path, random, logger: silentLogger, pid: process.pid, signal });
  await store.append({ expectedHead: 0, rows: [testRow({ revision: 1, bytes: new Uint8Array(100_000) })] });
  const handler = backupHandler({ dataFolder, store, name: 'hub', version: '1' }, new VirtualClock());
  const request = (method: string, path: string): ApiRequest => ({
    method,
    path,
    query: new URLSearchParams(),
    headers: {},
    credentials: {},
    readBody: () => Promise.resolve(new Uint8Array()),
    signal,
    receivedAtMs: 0,
    requestId: 'r',
  });
  return {
    folder,
    dataFolder,
    send: async (method: string, at: string = backupPaths.sealed) => {
      const { status, headers, body } = await handler.handle(request(method, at), admin);
      assert.ok(body !== undefined && !(body instanceof Uint8Array), 'The body is a stream');
      return { status, headers, body };
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

test('backupHandler() streams a whole backup and says how to call it', async () => {
  await using world = await openWorld();
  const { status, headers, body } = await world.send('GET');
  assert.equal(status, 200);
  assert.match(headers['content-disposition'] ?? '', /^attachment; filename="planform-hub-\d{8}T\d{6}Z\.tar"$/);
  const path = join(world.folder, 'b.tar');
  await writeArchive(path, body);
  assert.equal((await readArchive(path, skipFile)).name, 'hub');
});

test('backupHandler() gives the keys of Secrets out at a path of their own, to be granted by itself', async () => {
  await using world = await openWorld();
  mkdirSync(join(world.dataFolder, 'pki'));
  const secret = Buffer.alloc(32, 1).toString('base64');
  writeFileSync(join(world.dataFolder, 'pki', 'encryption.keys'), JSON.stringify({ keys: [{ secret }] }));
  const filesAt = async (path: string) => {
    const to = join(world.folder, 'b.tar');
    const { files, keyIds } = await writeArchive(to, (await world.send('GET', path)).body);
    return [files.map((file) => file.path), keyIds?.length];
  };
  assert.deepEqual(await filesAt('/planform/backup'), [['store.db'], 1]);
  assert.deepEqual(await filesAt('/planform/backup/with-encryption-key'), [
    ['store.db', 'pki/encryption.keys'],
    undefined,
  ]);
  await assert.rejects(world.send('GET', '/planform/backup/other'), (error) => isApiError(error, 'NotFound'));
});

test('backupHandler() makes one backup at a time, and the next one when the first was given up', async () => {
  await using world = await openWorld();
  const first = (await world.send('GET')).body[Symbol.asyncIterator]();
  await assert.rejects(world.send('GET'), (error) => isApiError(error, 'TooManyRequests'));
  await first.next();
  await first.return?.();
  assert.deepEqual(
    readdirSync(world.dataFolder).filter((name) => name.startsWith('backup')),
    [],
  );
  const { body } = await world.send('GET');
  for await (const _chunk of body);
  await assert.rejects(world.send('POST'), (error) => isApiError(error, 'MethodNotAllowed'));
});
