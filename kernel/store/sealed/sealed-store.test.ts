import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { KeyServiceError } from '../../ports/keys.ts';
import { storeConformance, testRow } from '../../ports/store-conformance.ts';
import type { Commit, Store, StoreRow } from '../../ports/store.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { openMemoryStore } from '../memory/memory-store.ts';
import { DataKeys } from './data-keys.ts';
import { localKeyService } from './local-keys.ts';
import { resealStore, surveySeals } from './reseal.ts';
import { readSeal } from './seal.ts';
import { sealedStore } from './sealed-store.ts';
import { Sealing } from './sealing.ts';
import { openSealedWorld, testKey } from './testing/world.ts';

const { signal } = new AbortController();

storeConformance('sealed', async () => {
  const disk = new MemoryDisk();
  const backup = () => disk.backups.get('backup') ?? new MemoryDisk('missing');
  // Stores keep any bytes, here also those that nobody encrypted.
  const rules = [{ resources: ['*.*'], providers: ['local', 'identity'] }];
  const openOn = async (on: MemoryDisk) => (await openSealedWorld(on, undefined, rules)).store;
  return {
    backupPath: 'backup',
    open: () => openOn(disk),
    openBackup: () => openOn(backup()),
    openRestored: (epoch) => openOn(backup().restored(epoch)),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

const secret = (revision: number, part: Partial<StoreRow> = {}) =>
  testRow({ revision, resource: 'secrets', bytes: Buffer.from('{"data":"hunter2"}'), ...part });
const secretRules = [{ resources: ['secrets'], providers: ['local'] }];
const unreadable = (message: RegExp) => ({ name: 'StoreError', code: 'Unreadable', message });

test('sealedStore() encrypts what the rules name and passes commits with nothing to encrypt as they are', async () => {
  const passed: Commit[] = [];
  const { sealing, raw } = await openSealedWorld(undefined, undefined, secretRules);
  const recording = { ...raw, append: async (commit: Commit) => void passed.push(commit) };
  const store = sealedStore(recording, sealing);
  const plain = { expectedHead: 0, rows: [testRow({ revision: 1 })] };
  await store.append(plain);
  assert.equal(passed[0], plain);
  await store.append({ expectedHead: 1, rows: [secret(2), testRow({ revision: 3 })] });
  assert.doesNotMatch(Buffer.from(passed[1]?.rows[0]?.bytes ?? []).toString('latin1'), /hunter2/);
  assert.match(Buffer.from(passed[1]?.rows[1]?.bytes ?? []).toString(), /"revision":3/);
});

test('sealedStore() names row and key when it has another key, none of that id, or no such service', async () => {
  const disk = new MemoryDisk();
  const world = await openSealedWorld(disk, [testKey(1, 'a')], secretRules);
  await world.store.append({ expectedHead: 0, rows: [secret(5)] });
  const reads = async (keys: Parameters<typeof openSealedWorld>[1]) => {
    const { store } = await openSealedWorld(disk, keys, secretRules);
    return store.readCurrent(0, 10, signal);
  };
  const place = /secrets "default\/one" at revision 5: it is encrypted with key "a" of "local", expected in the test: /;
  await assert.rejects(
    reads([testKey(2, 'a')]),
    unreadable(new RegExp(`${place.source}the key of that id is another`)),
  );
  await assert.rejects(reads([testKey(2, 'b')]), unreadable(new RegExp(`${place.source}there is no such key`)));
  const random = seededRandom(1);
  const store = sealedStore(openMemoryStore({ disk }), new Sealing([], new DataKeys([], random), random));
  await assert.rejects(store.readLog(0, 10, signal), unreadable(/which is not configured here/));
});

test('sealedStore() refuses values in the clear where the provider identity is not listed', async () => {
  const disk = new MemoryDisk();
  await openMemoryStore({ disk }).append({ expectedHead: 0, rows: [secret(1)] });
  const { store } = await openSealedWorld(disk, [testKey(1)], secretRules);
  await assert.rejects(store.readCurrent(0, 10, signal), unreadable(/not encrypted, and "identity" is not among/));
  const mixed = [{ resources: ['secrets'], providers: ['local', 'identity'] }];
  const lenient = await openSealedWorld(disk, [testKey(1)], mixed);
  assert.equal((await lenient.store.readCurrent(0, 10, signal)).rows.length, 1);
});

test('DataKeys asks its service once for a data key, however many rows wait for it', async () => {
  const disk = new MemoryDisk();
  const world = await openSealedWorld(disk);
  const rows = Array.from({ length: 50 }, (_, index) => secret(index + 1));
  await world.store.append({ expectedHead: 0, rows });
  let unwrapped = 0;
  const random = seededRandom(9);
  const local = localKeyService({ name: 'local', place: 'the test', keys: () => [testKey(1)], random });
  const counting = {
    ...local,
    unwrap: (...key: Parameters<typeof local.unwrap>) => (unwrapped++, local.unwrap(...key)),
  };
  const keys = new DataKeys([counting], random);
  const store = sealedStore(openMemoryStore({ disk }), new Sealing([], keys, random));
  await Promise.all([store.readLog(0, 100, signal), store.readCurrent(0, 100, signal)]);
  assert.equal(unwrapped, 1);
  const failing = { ...local, unwrap: () => Promise.reject(new KeyServiceError('Unavailable', 'it ended with 1')) };
  const cut = sealedStore(openMemoryStore({ disk }), new Sealing([], new DataKeys([failing], random), random));
  await assert.rejects(cut.readLog(0, 1, signal), unreadable(/expected in the test: it ended with 1/));
});

test('Sealing takes the first rule that names a resource, with the wildcards of Kubernetes', () => {
  // Kubernetes: EncryptionConfiguration, "*.<group>", "*." for the core group, "*.*".
  const rules = [
    { resources: ['configmaps'], providers: ['identity'] },
    { resources: ['*.apps', 'pandas.awesome.bears'], providers: ['a'] },
    { resources: ['*.'], providers: ['b'] },
    { resources: ['*.*'], providers: ['c'] },
  ];
  const sealing = new Sealing(rules, new DataKeys([], seededRandom(1)), seededRandom(1));
  const writers = ['configmaps', 'deployments.apps', 'pandas.awesome.bears', 'secrets', 'leases.coordination.k8s.io'];
  assert.deepEqual(
    writers.map((resource) => sealing.writerOf(resource)),
    [undefined, 'a', 'a', 'b', 'c'],
  );
});

test('resealStore() brings every row under the new key and out of the clear; a second run has nothing to do', async () => {
  const disk = new MemoryDisk();
  await openMemoryStore({ disk }).append({ expectedHead: 0, rows: [secret(1), testRow({ revision: 2 })] });
  const mixed = [{ resources: ['secrets'], providers: ['local', 'identity'] }];
  const old = await openSealedWorld(disk, [testKey(1, 'old')], mixed);
  const more = Array.from({ length: 90 }, (_, index) => secret(index + 3, { operation: 'update', keep: true }));
  await old.store.append({ expectedHead: 2, rows: more });
  const before = (await old.store.readLog(0, 1_000, signal)).rows;
  const world = await openSealedWorld(disk, [testKey(2, 'new'), testKey(1, 'old')], mixed);
  const seen: number[] = [];
  const walk = () => resealStore(world.raw, world.sealing, ({ revision }) => seen.push(revision), signal);
  assert.equal((await walk()).rowsRewritten, 91);
  assert.equal((await walk()).rowsRewritten, 0);
  assert.deepEqual(new Set(seen), new Set([92]));
  const survey = await surveySeals(world.raw, world.sealing, { tries: true }, signal);
  const keys = [{ service: 'local', keyId: 'new', rowCount: 91 }];
  assert.deepEqual(survey, { keys, clearCount: 0, outdatedCount: 0, findings: [] });
  const alone = await openSealedWorld(disk, [testKey(2, 'new')], secretRules);
  assert.deepEqual((await alone.store.readLog(0, 1_000, signal)).rows.map(textOf), before.map(textOf));
});

test('resealStore() that was interrupted goes on with what is left', async () => {
  const disk = new MemoryDisk();
  const old = await openSealedWorld(disk, [testKey(1, 'old')], secretRules);
  for (let head = 0; head < 300; head += 100) {
    const rows = Array.from({ length: 100 }, (_, index) => secret(head + index + 1));
    await old.store.append({ expectedHead: head, rows });
  }
  const world = await openSealedWorld(disk, [testKey(2, 'new'), testKey(1, 'old')], secretRules);
  let batches = 0;
  const dying: Store = {
    ...sealedStore(world.raw, world.sealing),
    readLog: (...range) => world.raw.readLog(...range),
    replaceValues: (values) =>
      ++batches > 1 ? Promise.reject(new Error('power cut')) : world.raw.replaceValues(values),
  };
  const walk = (store: Store) => resealStore(store, world.sealing, () => undefined, signal);
  await assert.rejects(walk(dying), /power cut/);
  assert.equal((await surveySeals(world.raw, world.sealing, { tries: true }, signal)).outdatedCount, 200);
  assert.equal((await walk(world.raw)).rowsRewritten, 200);
});

test('resealStore() finds what is on its way under the old key', async () => {
  const disk = new MemoryDisk();
  const old = await openSealedWorld(disk, [testKey(1, 'old')], secretRules);
  await old.store.append({ expectedHead: 0, rows: [secret(1)] });
  const world = await openSealedWorld(disk, [testKey(2, 'new'), testKey(1, 'old')], secretRules);
  const late = old.store.append({ expectedHead: 1, rows: [secret(2)] });
  await resealStore(world.raw, world.sealing, () => undefined, signal);
  await late;
  const { rows } = await world.raw.readLog(0, 10, signal);
  assert.deepEqual(new Set(rows.map((row) => readSeal(row)?.keyId)), new Set(['new']));
});

test('surveySeals() tells which rows cannot be decrypted', async () => {
  const disk = new MemoryDisk();
  const world = await openSealedWorld(disk, [testKey(1)], secretRules);
  await world.store.append({ expectedHead: 0, rows: [secret(1), secret(2, { name: 'two' })] });
  const [one] = (await world.raw.readLog(0, 1, signal)).rows;
  await world.raw.replaceValues([{ revision: 2, bytes: one?.bytes ?? Buffer.of() }]);
  const { findings } = await surveySeals(world.raw, world.sealing, { tries: true }, signal);
  assert.equal(findings.length, 1);
  assert.match(findings[0] ?? '', /secrets "default\/two" at revision 2: it is not what was encrypted/);
});

function textOf({ revision, bytes }: StoreRow): string {
  return `${revision} ${Buffer.from(bytes).toString()}`;
}
