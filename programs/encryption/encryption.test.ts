import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { seededRandom } from '../../kernel/base/random.ts';
import { VirtualClock } from '../../kernel/base/virtual-clock.ts';
import { testRow } from '../../kernel/ports/store-conformance.ts';
import { MemoryDisk } from '../../kernel/store/memory/memory-disk.ts';
import { openMemoryStore } from '../../kernel/store/memory/memory-store.ts';
import { Encryption } from './encryption.ts';
import { KeyFile } from './key-file.ts';
import { openEncryptionKeys } from './open.ts';
import { encryptionAdmission } from './refusal.ts';

const { signal } = new AbortController();
const clock = new VirtualClock();

function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'planform-encryption-'));
  mkdirSync(join(folder, 'pki'));
  const disk = new MemoryDisk();
  const random = seededRandom(7);
  return {
    folder,
    disk,
    keyPath: join(folder, 'pki', 'encryption.keys'),
    statePath: join(folder, 'pki', 'encryption.json'),
    async open(options: { readonly isNewStore?: boolean; readonly configPath?: string } = {}) {
      const shared = { dataFolder: folder, clock, log: silentLogger };
      const keys = await openEncryptionKeys({ ...shared, random, isNewStore: false, ...options }, signal);
      return new Encryption({ ...shared, keys, store: openMemoryStore({ disk }) });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

async function ended(encryption: Encryption) {
  let last;
  for await (const progress of encryption.progress()) last = progress;
  return last;
}

const secret = (revision: number) =>
  testRow({ revision, resource: 'secrets', bytes: Buffer.from('{"data":"hunter2"}') });
const isClear = (disk: MemoryDisk) => disk.log.map(({ bytes }) => Buffer.from(bytes).includes('hunter2'));

test('a new folder gets a key file of its owner alone, and Secrets are encrypted with it', async () => {
  using world = openFolder();
  const encryption = await world.open({ isNewStore: true });
  await encryption.store.append({ expectedHead: 0, rows: [secret(1)] });
  assert.deepEqual(isClear(world.disk), [false]);
  assert.equal(statSync(world.keyPath).mode & 0o777, 0o600);
  const again = await world.open();
  assert.match(Buffer.from((await again.store.readLog(0, 1, signal)).rows[0]?.bytes ?? []).toString(), /hunter2/);
  rmSync(world.keyPath);
  const without = await world.open();
  await assert.rejects(without.store.readLog(0, 1, signal), {
    code: 'Unreadable',
    message: /encryption\.keys": there is no/,
  });
});

test('an older folder stays as it is until it is rotated; then nothing in the clear is read any more', async () => {
  using world = openFolder();
  const encryption = await world.open();
  await encryption.store.append({ expectedHead: 0, rows: [secret(1)] });
  assert.deepEqual([isClear(world.disk), existsSync(world.keyPath)], [[true], false]);
  await encryption.rotate();
  await encryption.store.append({ expectedHead: 1, rows: [secret(2)] });
  assert.deepEqual(await ended(encryption), { rowsRead: 2, rowsRewritten: 1, revision: 2, isDone: true });
  assert.deepEqual([isClear(world.disk), existsSync(world.statePath)], [[false, false], false]);
  await openMemoryStore({ disk: world.disk }).append({ expectedHead: 2, rows: [secret(3)] });
  await assert.rejects(encryption.store.readLog(0, 9, signal), /not encrypted/);
  await encryption.close();
});

test('a rotation that a crash ended before its first row goes on at the next start', async () => {
  using world = openFolder();
  const first = await world.open({ isNewStore: true });
  await first.store.append({ expectedHead: 0, rows: [secret(1)] });
  // What a crash leaves right after the new key was made.
  writeFileSync(world.statePath, '{"readsClear":false}');
  await (await KeyFile.open(world.keyPath, { clock, random: seededRandom(8) })).add();
  const second = await world.open();
  assert.equal((await second.status(signal)).outdatedCount, 1);
  second.start();
  assert.equal((await ended(second))?.rowsRewritten, 1);
  const { outdatedCount, keys } = await second.status(signal);
  assert.deepEqual([outdatedCount, keys.length, existsSync(world.statePath)], [0, 1, false]);
  await second.close();
});

test('removeKey() takes away what nothing needs, and nothing else', async () => {
  using world = openFolder();
  const encryption = await world.open({ isNewStore: true });
  await encryption.store.append({ expectedHead: 0, rows: [secret(1)] });
  const [old = ''] = (await encryption.status(signal)).services[0]?.keys ?? [];
  await assert.rejects(encryption.removeKey(old, signal), { reason: 'Conflict', message: /is written with/ });
  await assert.rejects(encryption.removeKey('other', signal), { reason: 'NotFound' });
  await encryption.rotate();
  await assert.rejects(encryption.rotate(), { reason: 'Conflict' });
  await ended(encryption);
  await encryption.removeKey(old, signal);
  const [service] = (await encryption.status(signal)).services;
  assert.deepEqual([service?.keys?.length, service?.keys?.includes(old)], [1, false]);
  assert.doesNotMatch(readFileSync(world.keyPath, 'utf8'), new RegExp(old));
  await encryption.close();
});

test('what is wrong with a configuration or a key file is told without a word of what is in it', async () => {
  using world = openFolder();
  const configPath = join(world.folder, 'config.yaml');
  const key = Buffer.alloc(31, 'topsecret').toString('base64');
  const configuration = (providers: string) =>
    `{apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration, resources: [{resources: [secrets], providers: ${providers}}]}`;
  const refusals: readonly (readonly [string, RegExp])[] = [
    [
      configuration(`[{aesgcm: {keys: [{name: a, secret: ${key}}]}}]`),
      /keys\[0\]\.secret must be base64 of 32 bytes, it is of 31/,
    ],
    [
      configuration(`[{aescbc: {keys: [{name: a, secret: ${key}}]}}]`),
      /aescbc is a provider that is not supported here: use aesgcm/,
    ],
    [configuration('[{keyFile: {path: keys.json}}]'), /keyFile\.path is "keys\.json": it must be absolute/],
    [configuration('[{keyFile: {path: /nowhere/keys.json}}]'), /"\/nowhere\/keys\.json": there is no such file/],
    [configuration('[{command: {argv: [/bin/false], timeout: 1h}}]'), /timeout must be a time such as 3s/],
    [configuration('[{command: {argv: []}}]'), /argv must be a list of 1 to 100/],
    [
      configuration('[{command: {argv: [/bin/false]}}]'),
      /command "\/bin\/false": cannot encrypt: it ended with exit code 1/,
    ],
    [configuration('[{command: {argv: [/nowhere/vault]}}]'), /cannot encrypt: it cannot be run \(ENOENT\)/],
    [configuration('[{command: {argv: [/usr/bin/yes]}}]'), /it answered with more than 65536 bytes/],
    [`{"secret": ${key}`, /it is no YAML of one object/],
    ['{kind: EncryptionConfiguration}', /must be an apiserver\.config\.k8s\.io\/v1 EncryptionConfiguration/],
  ];
  for (const [text, message] of refusals) {
    writeFileSync(configPath, text);
    await assert.rejects(world.open({ configPath }), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(!error.message.includes(key));
      return true;
    });
  }
  writeFileSync(world.keyPath, `{"keys": ["${key}`);
  await assert.rejects(world.open(), /Cannot read the key file ".*": it is damaged$/);
});

test('encryptionAdmission() refuses writes, not deletes, while there is a problem', async () => {
  const plugin = encryptionAdmission((resource) => (resource === 'secrets' ? 'the vault is silent' : undefined));
  const attributes = (plural: string, operation: string) =>
    ({ operation, dryRun: false, definition: { plural, group: '' } }) as Parameters<typeof plugin.handles>[0];
  assert.equal(plugin.handles(attributes('secrets', 'delete')), false);
  assert.equal(plugin.handles(attributes('secrets', 'update')), true);
  await plugin.validate?.(undefined, attributes('configmaps', 'create'), { signal });
  await assert.rejects(Promise.resolve(plugin.validate?.(undefined, attributes('secrets', 'create'), { signal })), {
    reason: 'InternalError',
    message: 'Internal error occurred: cannot encrypt secrets: the vault is silent',
  });
});
