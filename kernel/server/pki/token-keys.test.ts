import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AuthorityFileError } from './file-authority.ts';
import { openTokenKeys } from './token-keys.ts';

test('openTokenKeys() makes a key once, takes others besides it, and refuses a damaged file', async (t) => {
  const [folder, other] = [mkdtempSync(join(tmpdir(), 'keys-')), mkdtempSync(join(tmpdir(), 'keys-'))];
  t.after(() => [folder, other].forEach((path) => rmSync(path, { recursive: true })));
  const path = join(folder, 'service-accounts.key');
  const first = await openTokenKeys(folder);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal((await openTokenKeys(folder)).signing.id, first.signing.id);
  const next = await openTokenKeys(other);
  // A key is replaced by a new one in front of it.
  writeFileSync(path, readFileSync(join(other, 'service-accounts.key'), 'utf8') + readFileSync(path, 'utf8'));
  const both = await openTokenKeys(folder);
  assert.equal(both.signing.id, next.signing.id);
  assert.deepEqual([...both.verifying.keys()], [next.signing.id, first.signing.id]);
  writeFileSync(path, 'nonsense');
  await assert.rejects(openTokenKeys(folder), AuthorityFileError);
});
