import { join } from 'node:path';
import { formatCount } from '../../kernel/base/count.ts';
import { silentLogger } from '../../kernel/base/logger.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';
import { DataKeys } from '../../kernel/store/sealed/data-keys.ts';
import { type KeyUse, surveySeals } from '../../kernel/store/sealed/reseal.ts';
import { Sealing } from '../../kernel/store/sealed/sealing.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { CommandError } from '../cli/exit.ts';
import { pathProblem } from '../data-folder.ts';
import { KeyFile, type KeyFilePorts } from '../encryption/key-file.ts';
import { defaultService } from '../encryption/open.ts';
import { encryptionKeyFile, type Manifest, storeFile } from './manifest.ts';

/** What the keys of a restored folder come from. */
interface KeySources extends KeyFilePorts {
  /** Named by whoever restores. */
  readonly encryptionKeyFile?: string | undefined;
}

/**
 * Puts the keys into a folder that is being restored without which its values cannot be read. Where no value needs one, a new key
 * takes the place of those that were left out: what is written from now on is encrypted as it was.
 * @returns what its values need besides, from key services that a configuration names.
 * @throws {CommandError} naming what is missing.
 */
export async function restoreEncryptionKeys(
  folder: string,
  { keyIds = [] }: Manifest,
  sources: KeySources,
): Promise<readonly KeyUse[]> {
  const { encryptionKeyFile: given } = sources;
  const target = join(folder, encryptionKeyFile);
  if (given !== undefined) await copyKeyFile(given, target, sources);
  const file = await KeyFile.open(target, sources);
  const used = await readKeyUse(join(folder, storeFile), sources);
  const isThere = new Set(file.keys.map(({ id }) => id));
  const missing = used.filter(({ service, keyId }) => service === defaultService && !isThere.has(keyId));
  if (missing.length > 0) refuse(missing, given);
  if (keyIds.length > 0 && isThere.size === 0) await file.add();
  return used.filter(({ service }) => service !== defaultService);
}

async function copyKeyFile(from: string, target: string, ports: KeyFilePorts): Promise<void> {
  const text = await readFileIfThere(from).catch((cause: unknown) => fail(from, pathProblem(cause, ''), cause));
  if (text === undefined) return fail(from, 'there is no such file');
  // Read first: what is no key file is not copied.
  await KeyFile.open(from, ports);
  await replaceFile(target, text, 0o600);
}

function fail(path: string, why: string | undefined, cause?: unknown): never {
  if (why === undefined) throw cause;
  const options = { option: '--encryption-key', ...(cause === undefined ? {} : { cause }) };
  throw new CommandError(`Cannot read the key file "${path}": ${why}`, undefined, options);
}

async function readKeyUse(path: string, { random }: KeySources): Promise<readonly KeyUse[]> {
  const { signal } = new AbortController();
  const store = await openSqliteStore({ path, random, logger: silentLogger, pid: process.pid, signal });
  try {
    const nothing = new Sealing([], new DataKeys([], random), random);
    return (await surveySeals(store, nothing, { tries: false }, signal)).keys;
  } finally {
    await store.close();
  }
}

function refuse(missing: readonly KeyUse[], given: string | undefined): never {
  const ids = missing.map(({ keyId }) => `"${keyId}"`).join(', ');
  const rowCount = missing.reduce((sum, use) => sum + use.rowCount, 0);
  const values = formatCount(rowCount, 'value is', 'values are');
  const where = given === undefined ? 'the backup' : `"${given}"`;
  const hint =
    given === undefined
      ? `say --encryption-key FILE: ${encryptionKeyFile} of the folder that was backed up, or the copy you kept of it`
      : `it is the wrong file, or from before a rotation: wanted is ${encryptionKeyFile} of the folder that was backed up, or a copy of it`;
  throw new CommandError(
    `Cannot restore: ${values} encrypted with the key ${ids}, which ${where} does not hold`,
    hint,
    {
      option: '--encryption-key',
    },
  );
}
