import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../kernel/base/logger.ts';
import { openKeptKeys } from './kept-keys.ts';

test('keys of issuers outlive the process, in a file that may be damaged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'planform-kept-keys-'));
  try {
    const path = join(folder, 'issuer-keys.json');
    const kept = await openKeptKeys(path, silentLogger);
    assert.equal(kept.read('a'), undefined);
    const keys = { keys: [{ kty: 'EC', kid: '1' }], fetchedAtMs: 5 };
    await Promise.all([kept.write('a', keys), kept.write('b', { ...keys, fetchedAtMs: 6 })]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const again = await openKeptKeys(path, silentLogger);
    assert.deepEqual([again.read('a'), again.read('b')?.fetchedAtMs], [keys, 6]);
    for (let index = 0; index < 128; index++) await again.write(`c${index}`, keys);
    assert.deepEqual([again.read('b'), again.read('c0')], [undefined, keys], 'The oldest goes');

    for (const damaged of ['', '{', '[]', '{"a":{"keys":1,"fetchedAtMs":1}}', '{"a":{"keys":[]}}', '{"a":null}']) {
      writeFileSync(path, damaged);
      assert.equal((await openKeptKeys(path, silentLogger)).read('a'), undefined, damaged);
    }
    const nowhere = await openKeptKeys(join(path, 'below-a-file'), silentLogger).catch((error: unknown) => error);
    assert.ok(nowhere instanceof Error);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
